/** Clicks below an answer: who may, which session is read, what is said where it is gone, and votes that count once. */
import { describe, expect, it, vi } from 'vitest';
import { DETAIL_TYPES, feedbackText } from '../../src/core/details.ts';
import type { IncomingForm } from '../../src/core/event-forms.ts';
import type { Role } from '../../src/core/event.ts';
import { encodeState } from '../../src/core/record.ts';
import {
  routeWords,
  type ToDetails,
  type ToFeedback,
  type ToFeedbackWords,
} from '../../src/core/route-over.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { PortError } from '../../src/errors.ts';
import { showDetails, takeFeedback, takeWords, type OverDeps } from '../../src/flow/over.ts';
import type { Trail } from '../../src/flow/trail.ts';
import { systemClock } from '../../src/lib/time.ts';
import { THREAD } from '../core/support/inputs.ts';
import { play } from '../core/support/play.ts';
import { quietLog } from '../support/quiet-log.ts';

function outside(over: { role?: Role; remembered?: boolean; found?: string; gone?: boolean } = {}) {
  const p = play().working();
  const use = p.ev.tool('bash');
  p.live(use, p.ev.text('x'), p.ev.idle());
  const seen = new Set<string>();
  const history = vi.fn<OverDeps['agent']['history']>(async () => {
    if (over.gone) throw new PortError({ kind: 'gone', code: 'not_found_error' });
    return [use, p.ev.result(use.id)];
  });
  const updateForm = vi.fn<OverDeps['slack']['updateForm']>(async () => undefined);
  const feedback = vi.fn<(verdict: 'up' | 'down') => void>();
  const note = vi.fn<Trail['note']>();
  const say = vi.fn<OverDeps['store']['audit']['say']>(async () => undefined);
  const deps: OverDeps = {
    store: {
      peek: async () => (over.remembered === false ? undefined : (encodeState(p.state) ?? undefined)),
      once: async (key) => !seen.has(key) && seen.add(key) !== undefined,
      audit: { say },
    },
    random: { token: () => 'nonce' },
    slack: { person: async (_, user) => ({ user, name: user, role: over.role ?? 'member' }), updateForm },
    agent: { history, find: async () => over.found },
    meter: { feedback },
    trail: { note, flush: async () => undefined },
    log: quietLog,
    clock: systemClock,
  };
  const ref = { thread: THREAD, gen: 1, first: use.id, last: use.id, page: 0 };
  const click: ToDetails = { to: 'details', user: 'UADA', ref };
  return { deps, click, history, updateForm, feedback, note, say };
}

it('the steps are read from the session that the thread says it was', async () => {
  const { deps, click, history } = outside();
  const { form } = await showDetails(deps, DEFAULT_SETTINGS, click);
  expect(JSON.stringify(form?.blocks)).toContain('bash');
  expect(history).toHaveBeenCalledWith('sesn_1', { types: DETAIL_TYPES });
});

it('another page is put into the form that is open', async () => {
  const { deps, click, updateForm } = outside();
  expect(await showDetails(deps, DEFAULT_SETTINGS, { ...click, viewId: 'V1' })).toEqual({});
  expect(updateForm).toHaveBeenCalledWith(expect.objectContaining({ team: 'T1', viewId: 'V1' }));
});

it.each([
  ['it was deleted', { gone: true }],
  ['the thread is forgotten, and no session names it', { remembered: false }],
])('where %s the form says so', async (_, over) => {
  const { deps, click } = outside(over);
  const { form } = await showDetails(deps, DEFAULT_SETTINGS, click);
  expect(JSON.stringify(form?.blocks)).toMatch(/was deleted/);
});

it('a thread that is forgotten is found by what the session says of itself', async () => {
  const { deps, click, history } = outside({ remembered: false, found: 'sesn_found' });
  await showDetails(deps, DEFAULT_SETTINGS, click);
  expect(history).toHaveBeenCalledWith('sesn_found', expect.anything());
});

it.each<Role>(['guest', 'outsider', 'bot', 'unknown'])(
  'a %s sees nothing and counts for nothing',
  async (role) => {
    const { deps, click, history, updateForm, feedback } = outside({ role });
    expect(Object.keys(await showDetails(deps, DEFAULT_SETTINGS, click))).toEqual(['content']);
    expect(Object.keys(await showDetails(deps, DEFAULT_SETTINGS, { ...click, viewId: 'V1' }))).toEqual([
      'content',
    ]);
    const vote: ToFeedback = {
      to: 'feedback',
      user: 'UEVE',
      ref: { thread: THREAD, gen: 1, turn: 1, verdict: 'up' },
    };
    await takeFeedback(deps, DEFAULT_SETTINGS, vote);
    expect([history, updateForm, feedback].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0]);
  },
);

describe('words about an answer', () => {
  const ref = { thread: THREAD, gen: 1, turn: 1, verdict: 'down' } as const;
  const vote: ToFeedback = { to: 'feedback', user: 'UADA', ref, opens: true };
  const sent = (values: IncomingForm['values'], data = feedbackText(ref)): ToFeedbackWords | undefined =>
    routeWords({
      kind: 'form',
      team: 'T1',
      user: 'UADA',
      channel: '',
      callbackId: 'heddle.feedback_words',
      data,
      values,
    });

  it('are asked for where it did not help; the vote counts without them', async () => {
    const { deps, feedback, say } = outside();
    const { form } = await takeFeedback(deps, DEFAULT_SETTINGS, vote);
    expect(form).toMatchObject({ callbackId: 'heddle.feedback_words', data: feedbackText(ref) });
    expect(feedback).toHaveBeenCalledWith('down');
    const up = await takeFeedback(deps, DEFAULT_SETTINGS, { ...vote, ref: { ...ref, verdict: 'up' } });
    expect(Object.keys(up)).toEqual(['content']);
    expect(sent({})).toEqual({ to: 'feedback-words', user: 'UADA', ref });
    const empty = await takeWords(deps, DEFAULT_SETTINGS, { to: 'feedback-words', user: 'UADA', ref });
    expect(JSON.stringify(empty.form)).toContain('Thank you');
    expect(say).not.toHaveBeenCalled();
  });

  it('are kept once an answer and person, and stand in no log', async () => {
    const lines: unknown[] = [];
    const kept = (fields: object): void => {
      lines.push(fields);
    };
    const { deps, say } = outside();
    const log = { ...quietLog, info: kept, warn: kept, error: kept, debug: kept };
    const to = sent({ why: 'missed', words: ' I asked for the *other* report. ' });
    if (!to) throw new Error('no route');
    const first = await takeWords({ ...deps, log }, DEFAULT_SETTINGS, to);
    const again = await takeWords({ ...deps, log }, DEFAULT_SETTINGS, { ...to, words: 'and more' });
    expect([first, again].map(({ form }) => form?.title)).toEqual(['Thank you', 'Thank you']);
    const of = { channel: THREAD.channel, thread: THREAD.ts, gen: 1, turn: 1 };
    const said = { by: 'UADA', ...of, why: 'missed', words: 'I asked for the *other* report.' };
    expect(say.mock.calls).toEqual([['T1', 'nonce', said]]);
    expect(JSON.stringify(lines)).not.toContain('report');
  });

  it('of nobody who may not write here, of no other workspace, and no reason that is none', async () => {
    const { deps, say } = outside({ role: 'guest' });
    await takeWords(deps, DEFAULT_SETTINGS, { to: 'feedback-words', user: 'UEVE', ref, words: 'pay me' });
    expect(say).not.toHaveBeenCalled();
    expect(sent({ words: 'x' }, feedbackText({ ...ref, thread: { ...THREAD, team: 'T2' } }))).toBeUndefined();
    expect(sent({ why: 'because' })).not.toHaveProperty('why');
  });
});

it('each person counts once an answer, also who changes their mind, and is thanked', async () => {
  const { deps, feedback, note } = outside();
  const says = async (user: string, turn: number, verdict: 'up' | 'down'): Promise<string> =>
    (
      await takeFeedback(deps, DEFAULT_SETTINGS, {
        to: 'feedback',
        user,
        ref: { thread: THREAD, gen: 1, turn, verdict },
      })
    ).content?.text ?? '';
  expect(await says('UADA', 1, 'up')).toMatch(/Thank you, that is noted/);
  expect(await says('UADA', 1, 'down')).toMatch(/differently/);
  expect(await says('UADA', 1, 'down')).toMatch(/already/);
  await says('UGRACE', 1, 'down');
  await says('UADA', 2, 'down');
  expect(feedback.mock.calls.flat()).toEqual(['up', 'down', 'down']);
  expect(note.mock.calls.map(([, entry]) => entry)).toEqual(
    [
      ['UADA', 1, 'up'],
      ['UADA', 1, 'down'],
      ['UGRACE', 1, 'down'],
      ['UADA', 2, 'down'],
    ].map(([by, turn, verdict]) => ({
      what: 'fed-back',
      by,
      turn,
      verdict,
      gen: 1,
      channel: THREAD.channel,
      thread: THREAD.ts,
    })),
  );
});
