import { describe, expect, it } from 'vitest';
import {
  accept,
  asTyped,
  candidates,
  completingAt,
  type Sources,
} from '../../../src/playground/page/client/completion.ts';

const sources: Sources = {
  users: [
    { id: 'U0', name: 'heddle', real_name: 'Heddle', detail: '' },
    { id: 'U1', name: 'ada', real_name: 'Ada Lovelace', detail: '' },
    { id: 'U2', name: 'grace', real_name: 'Grace Hopper', detail: '' },
  ],
  groups: [{ id: 'S1', handle: 'oncall', name: 'On call', users: ['U1', 'U2'] }],
  channels: [
    { id: 'C1', name: 'general', topic: '' },
    { id: 'C2', name: 'engineering', topic: '' },
  ],
  commands: [{ command: '/heddle', description: 'Sessions', usage_hint: '[help|status|stop]' }],
  emoji: ['tada', 'thread', 'eyes'],
};

/** What is offered where `|` stands in the text. */
function offered(marked: string): string[] {
  const caret = marked.indexOf('|');
  const completing = completingAt(marked.replace('|', ''), caret);
  return completing === null ? [] : candidates(completing, sources).map((one) => one.value);
}

describe('what is offered at the caret', () => {
  it.each([
    ['@|', ['@heddle', '@ada', '@grace', '@oncall']],
    ['ask @onc|', ['@oncall']],
    ['ask @call|', ['@oncall']],
    ['hi @lov|', ['@ada']],
    ['hi @GRA|', ['@grace']],
    ['mail me@ada|', []],
    ['(@ad|', ['@ada']],
    ['see #eng|', ['#engineering']],
    ['#ral|', ['#general']],
    ['/|', ['/heddle']],
    ['/hed|', ['/heddle']],
    ['say /hed|', []],
    ['/heddle |', ['help', 'status', 'stop']],
    ['/heddle st|', ['status', 'stop']],
    ['/heddle stop|', []],
    ['/other st|', []],
    ['fine :t|', []],
    ['fine :ta|', [':tada:']],
    ['at 10:30|', []],
    ['@ada |', []],
  ])('%s', (marked, values) => {
    expect(offered(marked)).toEqual(values);
  });

  it.each([
    ['hi @gr| now', 'hi @grace| now', 4],
    ['hi @gr|', 'hi @grace |', 0],
    ['/heddle st|', '/heddle status |', 0],
  ])('a choice in %s gives %s', (marked, expected) => {
    const caret = marked.indexOf('|');
    const text = marked.replace('|', '');
    const completing = completingAt(text, caret);
    const [choice] = completing === null ? [] : candidates(completing, sources);
    if (completing === null || choice === undefined) throw new Error('nothing offered');
    const result = accept(text, caret, completing, choice);
    const shown = `${result.text.slice(0, result.caret)}|${result.text.slice(result.caret)}`;
    expect(shown.replace(/ \|/, expected.includes(' |') ? ' |' : '| ')).toBe(expected);
  });
});

describe('a stored text, typed again', () => {
  it('has handles, channel names, bare links and plain characters', () => {
    const stored = '<@U1> in <#C1|general> or <#C9|old>: <https://a.b|here>, <!here> &lt;b&gt; &amp;amp;';
    const names = { U1: 'ada', C1: 'general' };
    const look = (id: string): string | null => names[id as keyof typeof names] ?? null;
    expect(asTyped(stored, look, look)).toBe('@ada in #general or #old: https://a.b, @here <b> &amp;');
    const group = (id: string): string | null => (id === 'S1' ? 'oncall' : null);
    expect(asTyped('<!subteam^S1> and <!subteam^S2|@old>', look, look, group)).toBe('@oncall and @old');
  });
});
