/** One bot message of a turn: words, what is going on, how it ended, and the Stop button while it runs. */
import { describe, expect, it } from 'vitest';
import { parseThreadKey } from '../../src/core/event.ts';
import type { End } from '../../src/core/turn.ts';
import {
  FORM_LIMITS,
  contextBlock,
  turnMessage,
  workingLine,
  type MessageParts,
} from '../../src/render/message.ts';
import { splitMarkdown } from '../../src/render/markdown.ts';
import { RETRY, THREAD, UNKNOWN, calls, says, stops } from '../core/support/inputs.ts';
import { play, type Play } from '../core/support/play.ts';
import { readable, refusals } from './slack-limits.ts';

function lineOf(p: Play): string {
  if (!p.turn) throw new Error('no turn');
  return workingLine(p.state, p.turn);
}

function message(p: Play, over: Partial<MessageParts> = {}): ReturnType<typeof turnMessage> {
  if (!p.turn) throw new Error('no turn');
  return turnMessage({
    state: p.state,
    turn: p.turn,
    part: undefined,
    first: true,
    last: true,
    carded: false,
    ...over,
  });
}

describe('what is going on', () => {
  const places: readonly [string, (p: Play) => unknown, RegExp][] = [
    ['the session is being made', (p) => p.asked(), /Starting a session/],
    ['what was said is being read', (p) => p.give(calls(3, 'so?')), /Reading what was said/],
    [
      'making it is in doubt',
      (p) => p.asked().give({ kind: 'create-failed', gen: 1, failure: UNKNOWN }),
      /Starting a session/,
    ],
    [
      'the service does not answer',
      (p) => p.asked().give({ kind: 'create-failed', gen: 1, failure: RETRY }),
      /does not answer; trying again/,
    ],
    ['it works', (p) => p.working(), /Working…$/],
    ['it asks', (p) => p.asking(), /Waiting for a decision below/],
    ['it is being stopped', (p) => p.working().give(stops()), /Stopping…/],
    [
      'a reply waits',
      (p) => {
        p.asking();
        p.give(says(2, 'by the way'));
      },
      /1 reply waits/,
    ],
    [
      'a tool runs and another is done',
      (p) => {
        p.working();
        const done = p.ev.tool('read');
        p.live(done, p.ev.result(done.id), p.ev.tool('ba`sh <!channel>'));
      },
      /^✓ `read`\n▸ `ba'sh &lt;!channel&gt;`$/m,
    ],
    [
      'the model is overloaded',
      (p) => p.working().live(p.ev.error('model_overloaded_error')),
      /overloaded at the moment\. Heddle is trying again/,
    ],
  ];

  it.each(places)('where %s', (_, go, words) => {
    const p = play();
    go(p);
    expect(lineOf(p)).toMatch(words);
    expect(refusals(message(p))).toEqual([]);
  });

  it('does not change with time alone, so that it costs no edits', () => {
    const p = play().working();
    const before = lineOf(p);
    p.now += 60_000;
    expect(lineOf(p)).toBe(before);
  });

  it('shows a name of a tool on one line, however long', () => {
    const p = play().working();
    p.live(p.ev.tool(`x\n${'y'.repeat(500)}`));
    expect(lineOf(p).split('\n')).toHaveLength(2);
    expect(lineOf(p).length).toBeLessThan(120);
  });
});

describe('the Stop button', () => {
  it('stands on the last message of a running turn and names its thread', () => {
    const button = JSON.stringify(message(play().working()).blocks);
    expect(button).toContain('"heddle.stop"');
    const value = /"value":"([^"]*)"/.exec(button)?.[1] ?? '';
    expect(parseThreadKey(value)).toEqual(THREAD);
  });

  it('stands on no other', () => {
    const p = play().working();
    expect(JSON.stringify(message(p, { last: false }).blocks)).not.toContain('heddle.stop');
    p.live(p.ev.text('done'), p.ev.idle());
    expect(JSON.stringify(message(p).blocks)).not.toContain('heddle.stop');
  });
});

describe('forms of output', () => {
  const LONGEST: End = { is: 'refused', category: 'cyber', explanation: 'because '.repeat(200) };

  /** A turn that says as much around its words as one can. */
  function wordy(form: number): { readonly p: Play; readonly part: MessageParts['part'] } {
    const p = play().closed();
    p.give(says(2, 'back'));
    p.give({
      kind: 'recalled',
      before: '1790000000.009900',
      messages: 1_234,
      leftOut: 5_678,
      missing: false,
      text: 'B',
    });
    p.give({ kind: 'created', gen: 2, session: 'sesn_2' });
    for (let times = 0; times < form; times += 1) p.give({ kind: 'plainer' });
    const last = p.turn;
    if (last) p.state = { ...p.state, turns: [...p.state.turns.slice(0, -1), { ...last, end: LONGEST }] };
    const source = 'word & <x> '.repeat(3_000);
    const [part] = splitMarkdown(source, { limit: FORM_LIMITS[form] ?? 0 });
    return { p, part };
  }

  it.each([0, 1, 2, 3])('%d is taken by Slack with the most that can be said around the words', (form) => {
    const { p, part } = wordy(form);
    const content = message(p, { part });
    expect(refusals(content)).toEqual([]);
    expect(content.blocks.map(({ type }) => type)).toEqual(
      [
        ['context', 'markdown', 'context'],
        ['context', 'markdown', 'context'],
        ['context', 'section', 'context'],
        [],
      ][form],
    );
  });

  it.each([0, 1, 2, 3])('%d shows every word of its part, and how the turn ended', (form) => {
    const { p, part } = wordy(form);
    const shown = readable(message(p, { part }));
    expect(shown).toContain(part?.markdown.trim());
    expect(shown).toContain('declined this request');
  });

  it('always show something', () => {
    const p = play().working();
    p.live(p.ev.text(' '), p.ev.text('x'), p.ev.idle());
    expect(message(p)).toEqual({ text: 'Done.', blocks: [contextBlock('Done.')] });
  });
});

describe('a secret', () => {
  it('is said to be masked, on the message where it stood', () => {
    const [part] = splitMarkdown(`the key is sk-ant-api03-${'a1B2'.repeat(24)}`, { limit: 11_000 });
    const p = play().working();
    expect(readable(message(p, { part }))).toContain('looked like a secret was masked');
    expect(readable(message(p, { part }))).not.toContain('a1B2a1B2');
  });
});
