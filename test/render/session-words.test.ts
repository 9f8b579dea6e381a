/** What is said and offered of sessions that people take care of: within Slack's limits, and pinging nobody else. */
import { describe, expect, it } from 'vitest';
import { beginningContent, notBegunContent } from '../../src/render/beginning.ts';
import { sessionBlocks } from '../../src/render/session-buttons.ts';
import { forkedIntro, handedLine, resumedLine } from '../../src/render/session-words.ts';
import type { ThreadState } from '../../src/core/state.ts';
import { play } from '../core/support/play.ts';
import { readable, refusals, tokens } from './slack-limits.ts';

const HOSTILE = '<!channel> <@UEVE> `*_~ \u202e';

describe('what carries over', () => {
  it.each([
    [{ messages: 1, leftOut: 0, missing: false }, 'the one message of'],
    [{ messages: 4, leftOut: 0, missing: false }, 'the last 4 messages of'],
    [{ messages: 4, leftOut: 1, missing: false }, '1 older one does not fit'],
    [{ messages: 4, leftOut: 7, missing: false }, '7 older ones do not fit'],
    [{ messages: 0, leftOut: 0, missing: false }, 'Nothing had been said'],
    [{ messages: 0, leftOut: 0, missing: true }, 'could not be read'],
  ])('%j', (carried, words) => {
    expect(resumedLine({ is: 'resumed', by: 'UADA', ...carried })).toContain(words);
    expect(resumedLine({ is: 'resumed', by: 'UADA', ...carried })).toContain('sandbox');
    expect(resumedLine({ is: 'resumed', by: 'UADA', forked: true, ...carried })).toContain(words);
    expect(forkedIntro(carried)).toContain('new session');
  });
});

describe('handing over', () => {
  const line = (cards: number, leaves: number): string =>
    handedLine({ is: 'handed', by: 'UADA', to: 'UBOB', cards, leaves });

  it('names both, and what stays with whom it was', () => {
    expect(tokens(line(2, 1))).toEqual(['<@UADA>', '<@UBOB>']);
    expect(line(0, 0)).not.toMatch(/card|always/);
    expect(line(1, 0)).toContain('The card that is open stays');
    expect(line(2, 0)).toContain('The cards that are open stay');
    expect(line(0, 1)).toContain('asked about again');
  });
});

describe('a message in somebody’s name', () => {
  const { state } = play().resting();
  const base = { id: 'x', by: 'UADA', top: true } as const;

  it.each([
    ['a request', { ...base, words: HOSTILE }],
    ['a request that is very long', { ...base, words: `${HOSTILE}${'x'.repeat(40_000)}` }],
    ['a fork', { ...base, words: HOSTILE, fork: { until: 1 } }],
    ['a fork without words', { ...base, words: '', fork: { until: 1 } }],
    [
      'about a message',
      { ...base, top: false, words: HOSTILE, quoted: { ts: '1.2', user: 'U', name: HOSTILE, text: HOSTILE } },
    ],
  ])('%s', (_, beginning) => {
    const content = beginningContent(state, beginning);
    expect(refusals(content)).toEqual([]);
    const said = content.blocks.filter(({ text }) => (text as { type: string }).type === 'mrkdwn');
    const isOurs = (token: string): boolean =>
      token === '<@UADA>' || token.startsWith('<https://slack.com/archives/C1/');
    expect(readable({ text: '-', blocks: said })).toContain('<@UADA>');
    expect(tokens(readable({ text: '-', blocks: said })).filter((token) => !isOurs(token))).toEqual([]);
    expect(tokens(content.text).filter((token) => !isOurs(token))).toEqual([]);
  });

  it.each(['is_archived', 'not_in_channel', 'restricted_action'])(
    'that was not posted (%s) is given back',
    (code) => {
      const content = notBegunContent('C1', code, `${HOSTILE} words`);
      expect(readable(content)).toContain('Nothing was begun');
      expect(readable(content)).toContain('words');
      expect(refusals(content)).toEqual([]);
    },
  );
});

describe('the buttons of a session', () => {
  const acts = (state: ThreadState, user: string): readonly string[] =>
    JSON.stringify(sessionBlocks(state, user, { text: 'x', block_id: 'b' }))
      .split('"action_id":"heddle.')
      .slice(1)
      .map((rest) => rest.split('"')[0] ?? '');

  it('are what this person can do about it', () => {
    expect(acts(play().working().state, 'UADA')).toEqual(['stop', 'handover', 'fork']);
    expect(acts(play().resting().state, 'UADA')).toEqual(['close', 'handover', 'fork']);
    expect(acts(play().resting().state, 'UGRACE')).toEqual(['close', 'fork']);
    expect(acts(play().closed().state, 'UADA')).toEqual(['resume', 'fork']);
    expect(acts({ ...play().resting().state, owner: 'UGRACE' }, 'UADA')).toEqual(['close', 'fork']);
    expect(acts({ ...play().resting().state, surface: 'im' }, 'UADA')).toEqual(['close', 'fork']);
    expect(acts(play().state, 'UADA')).toEqual([]);
  });
});
