/** The card of a tool that waits for a person: the raw action, who may decide, and what came of it. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCardValue } from '../../src/core/route-clicks.ts';
import type { Ask, AskStep } from '../../src/core/state.ts';
import { askCard } from '../../src/render/cards.ts';
import { THREAD } from '../core/support/inputs.ts';
import { play } from '../core/support/play.ts';
import { readable, refusals, tokens } from './slack-limits.ts';

const state = play().asking().state;
const ask: Ask = {
  toolUseId: 'sevt_1',
  token: 'tok',
  name: 'bash',
  input: '{"command":"rm -rf build"}',
  turn: 1,
  step: { is: 'open' },
};
const card = (over: Partial<Ask> = {}): ReturnType<typeof askCard> => askCard(state, { ...ask, ...over });
const buttonsOf = (over: Partial<Ask> = {}): readonly Record<string, unknown>[] =>
  card(over).blocks.flatMap((block) =>
    block.type === 'actions' ? (block['elements'] as Record<string, unknown>[]) : [],
  );

const STEPS: readonly AskStep[] = [
  { is: 'open' },
  { is: 'answering', verdict: 'allow', by: 'UADA', at: 0 },
  { is: 'answered', verdict: 'allow', by: 'UADA' },
  { is: 'answered', verdict: 'deny', by: '' },
  { is: 'void' },
];

describe('an open card', () => {
  it('shows the tool, the raw input and who may decide', () => {
    const shown = readable(card({ server: 'github' }));
    expect(shown).toContain('<@UADA>, may Heddle use `bash` of `github`?');
    expect(shown).toContain('{"command":"rm -rf build"}');
  });

  it('names the subagent that wants to use it, then and afterwards', () => {
    const asked = { agent: 'rev`iew*er*' };
    expect(readable(card(asked))).toContain("may Heddle’s subagent `rev'iew*er*` use `bash`?");
    const over = card({
      ...asked,
      step: { is: 'answered', verdict: 'deny', by: '', expired: true },
    });
    expect(over.text).toMatch(/Heddle’s subagent `rev'iew\*er\*` asked to use `bash`\. .*Expired/);
  });

  it('has buttons that carry the thread and the token', () => {
    expect(buttonsOf().map((button) => button['action_id'])).toEqual([
      'heddle.approve',
      'heddle.deny',
      'heddle.deny_reason',
      'heddle.always',
    ]);
    for (const button of buttonsOf()) {
      expect(parseCardValue(String(button['value']))).toEqual({ thread: THREAD, token: 'tok' });
    }
  });

  it('shows the input as plain text: nothing in it is read as markup', () => {
    const block = card({ input: '*bold* <!channel> :tada:' }).blocks.find(({ type }) => type === 'section');
    const sections = card({ input: '*bold* <!channel> :tada:' }).blocks.filter(
      ({ type }) => type === 'section',
    );
    expect(block).toBeDefined();
    expect(sections[1]).toMatchObject({ text: { type: 'plain_text', emoji: false } });
  });

  it('says how long an input is that does not fit', () => {
    expect(readable(card({ input: 'x'.repeat(9_000) }))).toContain('9000 characters in all');
    expect(readable(card())).not.toContain('characters in all');
  });

  it('makes visible what would turn a command around (fault: text-odd)', () => {
    const shown = readable(card({ input: 'cp a \u202e b\u200b', name: 'ba\u202esh' }));
    expect(shown).toContain('⟨U+202E⟩');
    expect(shown).toContain('⟨U+200B⟩');
    expect(shown).not.toMatch(/[\u202e\u200b]/);
  });
});

describe('a card that is over', () => {
  it.each(STEPS.slice(1))('has no buttons and says what came of it: %j', (step) => {
    expect(buttonsOf({ step })).toEqual([]);
    expect(readable(card({ step }))).toMatch(/Approved|Denied|Nobody answered/);
    expect(card({ step }).text).toMatch(/Approved|Denied|Nobody answered/);
  });

  it('names who answered, where that is known', () => {
    expect(readable(card({ step: { is: 'answered', verdict: 'allow', by: 'UADA' } }))).toContain(
      'by <@UADA>',
    );
    expect(readable(card({ step: { is: 'answered', verdict: 'deny', by: '' } }))).not.toContain('by <@');
  });
});

describe('any card', () => {
  const words = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 200 }),
    fc.string({ unit: 'binary', maxLength: 200 }),
    fc.constantFrom(
      '',
      '`',
      '`x` <!channel>',
      '<@U1>',
      'x'.repeat(30_000),
      '👩‍👩‍👧‍👦'.repeat(2_000),
      '\u202e'.repeat(5_000),
      '&'.repeat(4_000),
      '\n\n',
    ),
  );

  it('is taken by Slack, pings nobody but who may decide, and is the same each time', () => {
    const asks = fc.record({
      name: words,
      server: words,
      input: words,
      step: fc.constantFrom(...STEPS),
      token: fc.constantFrom('tok', 'A'.repeat(24)),
    });
    fc.assert(
      fc.property(asks, (over) => {
        const content = card(over);
        expect(refusals(content)).toEqual([]);
        expect(card(over)).toEqual(content);
        const marked = content.blocks
          .filter(({ type }) => type !== 'actions')
          .flatMap((block) => {
            const text = block['text'] as { type: string; text: string } | undefined;
            return text
              ? text.type === 'mrkdwn'
                ? [text.text]
                : []
              : [readable({ text: '', blocks: [block] })];
          });
        for (const text of [content.text, ...marked]) {
          expect(tokens(text).filter((token) => token !== '<@UADA>')).toEqual([]);
        }
      }),
    );
  });
});
