/** What stands in the thread and in direct messages where approvals are asked for there. */
import { describe, expect, it } from 'vitest';
import type { Ask, Direct } from '../../src/core/ask.ts';
import { picture } from '../../src/render/picture.ts';
import { play } from '../core/support/play.ts';
import { readable, refusals } from './slack-limits.ts';

const KNOWN = {
  is: 'known',
  copies: [
    { user: 'UGRACE', channel: 'D1' },
    { user: 'ULINUS', channel: 'D2' },
  ],
  unreached: [],
  more: 0,
} as const satisfies Direct;

function shown(direct: Direct, over: Partial<Ask> = {}, posted = {}) {
  const p = play().asking();
  const rule = { ...p.ask().rule, approvers: ['UGRACE', 'SOPS'], expiresAt: 0 } as NonNullable<Ask['rule']>;
  const ask = { ...p.ask(), rule, direct, ...over };
  const state = { ...p.state, asks: [ask], posted };
  const { messages } = picture(state, { previews: [], holdBack: false });
  return messages
    .filter(({ slot }) => !slot.startsWith('t'))
    .map(({ slot, content, at, file }) => ({
      slot: slot.replace(ask.toolUseId, 'tool'),
      words: readable(content),
      ...(JSON.stringify(content).includes('heddle.approve') ? { buttons: true } : {}),
      ...(at ? { at } : {}),
      ...(file ? { file: file.title } : {}),
      refused: refusals(content),
    }));
}

const toolUse = play().asking().ask().toolUseId;
const STANDING = Object.fromEntries(
  KNOWN.copies.map(({ user }, at) => [
    `q1.${toolUse}@${user}`,
    { intent: 1, gen: 0, ts: `1790000009.00010${at}` },
  ]),
);
const words = (direct: Direct, over: Partial<Ask> = {}): readonly string[] =>
  shown(direct, over, STANDING).map((message) => message.words);

describe('where each approver has a card of their own', () => {
  it('the thread names the tool and who is asked, and nothing can be pressed there', () => {
    const [line, ...copies] = shown(KNOWN);
    expect(line).toMatchObject({ slot: 'q1.tool', refused: [] });
    expect(line).not.toHaveProperty('buttons');
    expect(line).not.toHaveProperty('at');
    expect(line?.words).toMatch(/Heddle waits for leave to use `bash`\./);
    expect(line?.words).toMatch(/It is for <@UGRACE> or a member of <!subteam\^SOPS> to decide\./);
    expect(line?.words).toMatch(/Asked in direct messages: <@UGRACE> and <@ULINUS>\./);
    expect(line?.words).not.toContain('command');
    expect(copies).toMatchObject([
      { slot: 'q1.tool@UGRACE', at: { channel: 'D1' }, buttons: true, refused: [] },
      { slot: 'q1.tool@ULINUS', at: { channel: 'D2' }, buttons: true, refused: [] },
    ]);
    expect(copies[0]?.words).toMatch(/"command": "ls"/);
    expect(copies[0]?.words).toMatch(/In <https:[^|]*\|this thread> for <@UADA>\./);
  });

  it('all of them say what came of it', () => {
    const step = { is: 'answered', verdict: 'allow', by: 'UGRACE' } as const;
    for (const text of words(KNOWN, { step }))
      expect(text).toMatch(/asked to use `bash`.*Approved by <@UGRACE>/s);
    const expired = { is: 'answered', verdict: 'deny', by: '', expired: true } as const;
    for (const text of words(KNOWN, { step: expired })) expect(text).toMatch(/Expired/);
    for (const text of words(KNOWN, { step: { is: 'void' } })) expect(text).toMatch(/before the run ended/);
  });

  it('who was not reached before it was decided is not told of it', () => {
    const step = { is: 'answered', verdict: 'allow', by: 'UGRACE' } as const;
    const posted = {
      [`q1.${toolUse}@UGRACE`]: { intent: 1, gen: 0, ts: '1790000009.000100' },
      [`q1.${toolUse}@ULINUS`]: { intent: 1, gen: 0 },
    };
    const slots = (given: object): readonly string[] => shown(KNOWN, { step }, given).map(({ slot }) => slot);
    expect(slots(posted)).toEqual(['q1.tool', 'q1.tool@UGRACE']);
    // It may stand there: that is found out, and then it is edited.
    const doubt = { ...posted, [`q1.${toolUse}@ULINUS`]: { intent: 1, gen: 0, doubt: true } };
    expect(slots(doubt)).toEqual(['q1.tool', 'q1.tool@UGRACE', 'q1.tool@ULINUS']);
  });

  it('a long input stands whole below each card, once that stands', () => {
    const over = { input: 'x'.repeat(5_000) };
    expect(shown(KNOWN, over).map(({ slot }) => slot)).toEqual([
      'q1.tool',
      'q1.tool@UGRACE',
      'q1.tool@ULINUS',
    ]);
    const posted = { [`q1.${toolUse}@UGRACE`]: { intent: 1, gen: 0, ts: '1790000009.000100' } };
    expect(shown(KNOWN, over, posted)[2]).toMatchObject({
      slot: 'f1.tool@UGRACE',
      at: { channel: 'D1', threadTs: '1790000009.000100' },
      file: 'Input of bash',
    });
  });

  it('says how many are not asked, and that it is being found out', () => {
    expect(words({ ...KNOWN, more: 25 })[0]).toMatch(/25 more may decide and were not asked/);
    expect(words({ is: 'finding' })).toEqual([expect.stringMatching(/being asked in direct messages/)]);
  });
});

describe('where somebody cannot be reached', () => {
  it('the thread has the card, with the reason', () => {
    const some: Direct = { ...KNOWN, copies: KNOWN.copies.slice(0, 1), unreached: ['ULINUS'] };
    const [card, copy, ...more] = shown(some);
    expect(card).toMatchObject({ buttons: true, refused: [] });
    expect(card?.words).toMatch(
      /No direct message could be sent to <@ULINUS>, so it can be decided here, too/,
    );
    expect(copy).toMatchObject({ at: { channel: 'D1' }, buttons: true });
    expect(more).toEqual([]);
    const nobody = words({ ...KNOWN, copies: [] });
    expect(nobody).toEqual([expect.stringMatching(/Nobody could be asked in a direct message/)]);
  });

  it('or it stands there because it is their direct message, without a word', () => {
    const [card] = shown({ ...KNOWN, copies: [], here: true });
    expect(card).toMatchObject({ buttons: true });
    expect(card?.words).not.toMatch(/direct message/);
  });
});
