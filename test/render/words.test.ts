/** What people read that the agent did not write: each says what happened and what they can do. */
import { describe, expect, it } from 'vitest';
import type { SessionErrorFact } from '../../src/core/agent-event.ts';
import type { Tell } from '../../src/core/state.ts';
import type { End } from '../../src/core/turn.ts';
import {
  duration,
  endLine,
  introLine,
  noteLine,
  passingTrouble,
  sessionLine,
  statusLine,
  tellLine,
  trouble,
} from '../../src/render/words.ts';
import { help } from '../../src/render/command-words.ts';
import { COMMANDS } from '../../src/core/event.ts';
import { play, type Play } from '../core/support/play.ts';
import { tokens } from './slack-limits.ts';

const HOSTILE = '<!channel> <@U1> `x` *b* <https://evil.example|good.example> & \u202e\n\nsecond line';
const error: SessionErrorFact = { type: 'model_overloaded_error', message: HOSTILE, retry: 'exhausted' };

const ENDS: readonly End[] = [
  { is: 'silent' },
  { is: 'stopped', by: 'UADA', unanswered: 0 },
  { is: 'stopped', by: '', unanswered: 3 },
  { is: 'interrupted', by: 'UADA' },
  { is: 'refused', category: 'cyber', explanation: HOSTILE },
  { is: 'refused', category: null, explanation: null },
  { is: 'refused', category: 'of_tomorrow', explanation: 'x'.repeat(5_000) },
  { is: 'failed', error, unanswered: 1 },
  { is: 'failed', unanswered: 0 },
  { is: 'budget' },
  { is: 'lost', how: 'archived' },
  { is: 'lost', how: 'deleted', error },
  { is: 'lost', how: 'terminated' },
  { is: 'unreachable', code: 'authentication_error', final: true },
  { is: 'unreachable', code: HOSTILE, final: false },
];

describe('how a turn ended', () => {
  it.each(ENDS)('says so for %j', (end) => {
    const line = endLine(end) ?? '';
    expect(line.length).toBeGreaterThan(20);
    expect(line.length).toBeLessThan(1_500);
    expect(line).not.toContain('undefined');
    expect(line).not.toMatch(/hourglass|Working/);
    expect(tokens(line).filter((token) => token !== '<@UADA>')).toEqual([]);
  });

  it('needs no words where the answer speaks for itself', () => {
    expect(endLine({ is: 'answered' })).toBeUndefined();
  });

  it('differs for each way', () => {
    expect(new Set(ENDS.map(endLine)).size).toBe(ENDS.length);
  });

  it('names who stopped, and how many messages went unanswered', () => {
    expect(endLine({ is: 'stopped', by: 'UADA', unanswered: 2 })).toMatch(
      /<@UADA>.*2 messages went unanswered/,
    );
    expect(endLine({ is: 'stopped', by: 'UADA', unanswered: 1 })).toMatch(/1 message went unanswered/);
  });

  it('says who has to act where people cannot', () => {
    expect(endLine({ is: 'unreachable', code: 'billing_error', final: true })).toMatch(
      /billing.*runs Heddle/,
    );
    expect(endLine({ is: 'unreachable', code: 'timeout', final: false })).toMatch(/reply to try again/);
  });
});

describe('trouble', () => {
  const TYPES = [
    'unknown_error',
    'model_overloaded_error',
    'model_rate_limited_error',
    'model_request_failed_error',
    'mcp_connection_failed_error',
    'mcp_authentication_failed_error',
    'billing_error',
    'credential_host_unreachable_error',
    'tool_use_limit_reached_error',
    'compaction_limit_reached_error',
    'repository_authentication_error',
    'repository_forbidden_error',
    'repository_not_found_error',
    'repository_checkout_error',
    'repository_clone_error',
    'an_error_of_tomorrow',
    '__proto__',
    'constructor',
  ];

  it.each(TYPES)('%s is explained, without the words of the service', (type) => {
    const line = trouble({ type, message: 'internal: sk-secret', retry: 'retrying' });
    expect(line).toMatch(/^[A-Z].*\.$/);
    expect(line).not.toContain('sk-secret');
    expect(line).not.toContain('undefined');
  });

  it('names the server or repository, safely', () => {
    const line = trouble({
      type: 'mcp_connection_failed_error',
      message: '',
      retry: 'retrying',
      subject: HOSTILE,
    });
    expect(tokens(line)).toEqual([]);
    expect(line).toContain('&lt;!channel&gt;');
  });

  it('that passes says that it is tried again', () => {
    expect(passingTrouble({ ...error, retry: 'retrying' })).toMatch(/trying again/);
    expect(passingTrouble({ ...error, type: 'repository_clone_error' })).not.toMatch(/trying again/);
  });
});

describe('notes', () => {
  const NOTES: readonly Parameters<typeof noteLine>[0][] = [
    { is: 'help' },
    { is: 'closed', why: 'idle', idleMs: 1_800_000 },
    { is: 'closed', why: 'asked', by: 'UADA', idleMs: 1_800_000 },
    { is: 'files-refused', refused: [{ name: 'big.zip', why: 'too-large', mb: 25 }], left: 0 },
    { is: 'files-refused', refused: [], left: 30 },
    {
      is: 'files-refused',
      refused: Array.from({ length: 20 }, () => ({
        name: `<!channel> \`${'x'.repeat(5_000)}`,
        why: 'no-scope' as const,
      })),
      left: 980,
    },
    { is: 'outputs-refused', refused: [{ name: '<@UEVE>.bin', why: 'too-large', mb: 100 }], left: 2 },
    { is: 'outputs-refused', refused: [{ name: 'a', why: 'no-scope' }], left: 0 },
    { is: 'output', file: 'file_1', name: 'the report, <!here>', size: 1 },
    { is: 'cut', chars: 70_000, limit: 64_000 },
    { is: 'unanswered', by: 'UADA', count: 1 },
    { is: 'unanswered', by: '', count: 2 },
  ];

  it.each(NOTES)('%j', (note) => {
    const line = noteLine(note);
    expect(line.length).toBeGreaterThan(20);
    expect(line.length).toBeLessThan(2_900);
    expect(line).not.toContain('undefined');
    expect(tokens(line).filter((token) => token !== '<@UADA>')).toEqual([]);
  });

  it('of closing say after how long, or by whom', () => {
    expect(noteLine({ is: 'closed', why: 'idle', idleMs: 90_000 })).toContain('90 s');
    expect(noteLine({ is: 'closed', why: 'asked', by: 'UADA', idleMs: 90_000 })).toContain('<@UADA>');
  });

  it('of unanswered words agree in number', () => {
    expect(noteLine({ is: 'unanswered', by: '', count: 1 })).toMatch(/1 message went unanswered; it goes/);
    expect(noteLine({ is: 'unanswered', by: '', count: 2 })).toMatch(/2 messages went unanswered; they go/);
  });
});

describe('the beginning of a new session', () => {
  it.each([
    [{ why: 'idle', messages: 0, leftOut: 0, missing: false }, 'Nothing had been said before'],
    [{ why: 'idle', messages: 1, leftOut: 0, missing: false }, 'the one earlier message'],
    [{ why: 'age', messages: 12, leftOut: 0, missing: false }, 'the last 12 messages'],
    [{ why: 'budget', messages: 12, leftOut: 1, missing: false }, '1 older one did not fit'],
    [{ why: 'budget', messages: 12, leftOut: 3, missing: false }, '3 older ones did not fit'],
    [{ why: 'failed', messages: 0, leftOut: 0, missing: true }, 'could not be read'],
  ])('%j', (intro, words) => {
    expect(introLine(intro)).toContain(words);
    expect(introLine(intro)).toContain('new session');
  });

  it('is none where the agent only joins what people said', () => {
    expect(introLine({ why: 'joined', messages: 4, leftOut: 2, missing: false })).not.toContain(
      'new session',
    );
  });
});

describe('what only one person reads', () => {
  const TELLS: readonly Exclude<Tell, { is: 'sessions' | 'cost' | 'agents' | 'settings' }>[] = [
    { is: 'refused', role: 'guest' },
    { is: 'refused', role: 'unknown' },
    { is: 'unverified' },
    { is: 'nothing-running' },
    { is: 'nothing-open' },
    { is: 'still-working' },
    { is: 'closing' },
    { is: 'not-yours', owner: 'UADA' },
    { is: 'open-already' },
    { is: 'not-owner', owner: 'UADA' },
    { is: 'not-owner', owner: '' },
    { is: 'owner-already', owner: 'UADA' },
    { is: 'handover-whom' },
    { is: 'direct-handover' },
    { is: 'unverified-other', user: 'UADA' },
    { is: 'not-for-them', user: 'UADA', role: 'guest' },
    { is: 'not-there', user: 'UADA' },
    { is: 'forking-already' },
    { is: 'not-begun' },
    { is: 'card-over' },
    { is: 'card-answered', by: 'UADA' },
    { is: 'card-answered', by: '' },
    { is: 'untuned', wrong: { [HOSTILE]: `There is no setting called “${HOSTILE}”.` } },
    { is: 'tuned-meanwhile', keys: ['model', HOSTILE] },
    { is: 'tuned-already' },
    { is: 'help' },
    { is: 'status' },
    { is: 'later', what: HOSTILE },
  ];

  it.each(TELLS)('%j', (tell) => {
    const line = tellLine(tell, undefined);
    expect(line.length).toBeGreaterThan(10);
    expect(line).not.toContain('undefined');
    expect(tokens(line).filter((token) => token !== '<@UADA>')).toEqual([]);
  });

  it.each(['channel', 'im', 'thread'] as const)(
    'help in a %s names every command that works there',
    (place) => {
      // A direct message is always for the bot.
      const none = place === 'im' ? ['help', 'handover', 'mute', 'unmute'] : ['help'];
      for (const command of COMMANDS.filter((name) => !none.includes(name))) {
        expect(help(place)).toContain(`\`${command === 'sessions' ? '' : command}`);
      }
    },
  );
});

describe('status', () => {
  const places: readonly [string, (p: Play) => unknown][] = [
    ['No session yet', () => undefined],
    ['being started', (p) => p.asked()],
    ['Heddle is working', (p) => p.working()],
    ['approve or deny', (p) => p.asking()],
    ['rests', (p) => p.resting()],
    ['being closed', (p) => p.resting().wait(p.settings.idleTimeoutMs)],
    ['is closed', (p) => p.closed()],
  ];

  it.each(places)('says "%s"', (words, go) => {
    const p = play();
    go(p);
    expect(statusLine(p.state)).toContain(words);
    expect(sessionLine(p.state, p.now)).toContain(words);
  });

  it('of a thread that is not known says that there is no session', () => {
    expect(statusLine(undefined)).toContain('No session yet');
  });

  it('names the session, so that it can be found at Anthropic', () => {
    expect(statusLine(play().working().state)).toContain('sesn_1');
  });

  it("leads to the thread in Slack's own client", () => {
    expect(sessionLine(play().working().state, 0)).toContain('/archives/C1/p1790000000000100');
  });
});

describe('durations', () => {
  it.each([
    [0, '0 s'],
    [90_000, '90 s'],
    [119_999, '120 s'],
    [120_000, '2 min'],
    [1_800_000, '30 min'],
    [7_199_999, '120 min'],
    [8 * 3_600_000, '8 h'],
  ])('%d ms is %s', (ms, words) => {
    expect(duration(ms)).toBe(words);
  });
});
