/** The whole port against the playground's service: what a conversation meets, with everything that may go either way. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createAgentPort } from '../../../src/adapters/anthropic/sessions.ts';
import type { AgentPortOptions } from '../../../src/adapters/anthropic/sessions.ts';
import type { FeedItem } from '../../../src/core/agent-event.ts';
import { findSend, formatMark } from '../../../src/core/mark.ts';
import { systemClock } from '../../../src/lib/time.ts';
import type { Feed } from '../../../src/ports.ts';
import { startAgentsServer } from '../../../src/playground/agents/index.ts';
import type { AgentsServer, DropHow } from '../../../src/playground/agents/index.ts';
import { failureOf, keptLog } from './wire.ts';

let server: AgentsServer;
let ids: { agentId: string; environmentId: string };

beforeEach(async () => {
  server = await startAgentsServer({ pace: 0, heartbeatMs: 0, settings: { limits: false, answerLagMs: 0 } });
  ids = server.control.seed();
});

afterEach(() => server.stop());

const portTo = (more: Partial<AgentPortOptions> = {}) =>
  createAgentPort({
    apiKey: 'sk-ant-test',
    baseURL: server.url,
    agent: { id: ids.agentId, version: 1 },
    environmentId: ids.environmentId,
    appId: 'A1',
    log: keptLog(),
    clock: systemClock,
    ...more,
  });

/** A thread that begins now, as those of a real workspace do. */
const thread = { team: 'T1', channel: 'C1', ts: `${Math.floor(Date.now() / 1000)}.000100` };
const asked = { title: 'A question', thread, gen: 1, budgetUsd: 10 };
const mark = { ts: thread.ts, channel: 'C1', user: 'U1', name: 'Ada', role: 'member', n: 1 } as const;
const hello = { type: 'user.message', texts: ['hello', formatMark(mark)] } as const;
const never = new AbortController().signal;

/** Reads until an item of the type has come. */
async function until(feed: Feed, type: FeedItem['type']): Promise<readonly FeedItem[]> {
  const items: FeedItem[] = [];
  for await (const batch of feed) {
    items.push(...batch);
    if (items.some((item) => item.type === type)) break;
  }
  return items;
}

describe('a turn', () => {
  it('attach, send, read to the idle; the history says the same', async () => {
    const port = portTo();
    server.control.script({ requests: [[{ op: 'think' }, { op: 'say', text: ['Hel', 'lo, ', 'Ada.'] }]] });
    const session = await port.create(asked);
    const feed = await port.attach(session, never);
    const [sent] = await port.send(session, [hello]);
    const items = await until(feed, 'session.status_idle');
    const echoes = items.filter((item) => item.type === 'user.message');
    expect(echoes.map(({ at }) => at === null)).toEqual([true, false]);
    expect(echoes[1]).toMatchObject({ id: sent?.id, text: 'hello', mark });
    const answer = items.find((item) => item.type === 'agent.message');
    expect(answer).toMatchObject({ text: 'Hello, Ada.' });
    const previewed = items.filter((item) => item.type === 'event_delta').map(({ text }) => text);
    expect(previewed.join('')).toBe('Hello, Ada.');
    expect(items.at(-1)).toMatchObject({ type: 'session.status_idle', reason: { type: 'end_turn' } });
    const history = await port.history(session, {});
    expect(findSend(history, mark)?.id).toBe(sent?.id);
    expect(history.find(({ type }) => type === 'agent.message')).toEqual(answer);
  });

  it('a tool that asks holds messages back until it is answered', async () => {
    const port = portTo();
    server.control.script({
      requests: [[{ op: 'use', key: 'k', name: 'bash', input: { command: 'ls' }, policy: 'ask' }], ['Done.']],
    });
    const session = await port.create(asked);
    const feed = await port.attach(session, never);
    await port.send(session, [hello]);
    const items = await until(feed, 'session.status_idle');
    const use = items.find((item) => item.type === 'agent.tool_use');
    expect(use).toMatchObject({ name: 'bash', permission: 'ask', input: { command: 'ls' } });
    const idle = items.find((item) => item.type === 'session.status_idle');
    expect(idle).toMatchObject({ reason: { type: 'requires_action', eventIds: [use?.id] } });
    expect(await failureOf(port.send(session, [hello]))).toMatchObject({
      kind: 'refused',
      code: 'requires_action',
    });
    const answer = { type: 'user.tool_confirmation', toolUseId: use?.id ?? '', result: 'allow' } as const;
    await port.send(session, [answer]);
    await server.control.until(() => server.control.session(session)?.status === 'idle');
    expect(await failureOf(port.send(session, [answer]))).toMatchObject({ kind: 'refused' });
  });

  it('interrupt and redirect go in one request', async () => {
    const port = portTo();
    server.control.script({ requests: [[{ op: 'gate', name: 'held' }, 'Never said.']] });
    const session = await port.create(asked);
    await port.send(session, [hello]);
    await server.control.until(() => server.control.session(session)?.status === 'running');
    server.control.script({ requests: [['Redirected.']] });
    const sent = await port.send(session, [
      { type: 'user.interrupt' },
      { type: 'user.message', texts: ['other', formatMark({ ...mark, n: 2 })] },
    ]);
    expect(sent.map(({ id }) => id.startsWith('sevt_'))).toEqual([true, true]);
    await server.control.until(() => {
      const { events = [], status } = server.control.session(session) ?? {};
      return status === 'idle' && events.some(({ type }) => type === 'agent.message');
    });
    const history = await port.history(session, { types: ['agent.message'] });
    expect(history).toMatchObject([{ type: 'agent.message', text: 'Redirected.' }]);
  });
});

describe('a lost answer is looked up', () => {
  it.each(['reset', 'hang'] as const)('create: %s after it happened', async (kind) => {
    const port = portTo({ writeMs: 100 });
    server.control.fault({ endpoint: 'sessions.create', kind, commit: 'after' });
    expect(await failureOf(port.create(asked))).toMatchObject({ kind: 'unknown' });
    const found = await port.find(thread, 1);
    expect(found).toBe(server.control.sessions()[0]?.id);
    expect(await port.find(thread, 2)).toBeUndefined();
    expect(await port.find({ ...thread, channel: 'C2' }, 1)).toBeUndefined();
    expect(server.control.calls()['sessions.create']).toBe(1);
  });

  it.each(['reset', 'hang'] as const)('create: %s before it happened', async (kind) => {
    const port = portTo({ writeMs: 100 });
    server.control.fault({ endpoint: 'sessions.create', kind, commit: 'before' });
    expect(await failureOf(port.create(asked))).toMatchObject({ kind: 'unknown' });
    expect(await port.find(thread, 1)).toBeUndefined();
  });

  it.each([
    ['reset', 'last'],
    ['status', 'last'],
    ['reset', 'first'],
  ] as const)('send: %s after it happened, unprocessed events %s', async (kind, unprocessedInList) => {
    const port = portTo();
    server.control.set({ unprocessedInList });
    server.control.script({ requests: [[{ op: 'gate', name: 'held' }, 'ok']] });
    const session = await port.create(asked);
    server.control.fault({ endpoint: 'events.send', kind, status: 529, commit: 'after' });
    expect(await failureOf(port.send(session, [hello]))).toMatchObject({ kind: 'unknown' });
    const found = findSend(await port.history(session, { types: ['user.message'] }), mark);
    expect(found).toBeDefined();
    expect(server.control.calls()['events.send']).toBe(1);
    server.control.open('held');
  });

  it('send: cut before it happened', async () => {
    const port = portTo();
    const session = await port.create(asked);
    server.control.fault({ endpoint: 'events.send', kind: 'reset', commit: 'before' });
    expect(await failureOf(port.send(session, [hello]))).toMatchObject({ kind: 'unknown' });
    expect(findSend(await port.history(session, { types: ['user.message'] }), mark)).toBeUndefined();
  });

  it('of two sessions for one thread the oldest is found, through every page', async () => {
    const port = portTo();
    const first = await port.create(asked);
    for (let i = 0; i < 120; i += 1) await port.create({ ...asked, gen: 2 + i });
    await port.create(asked);
    expect(await port.find(thread, 1)).toBe(first);
    expect(await port.find(thread, 121)).toBeDefined();
    expect(server.control.calls()['sessions.list']).toBeGreaterThan(2);
  });
});

describe('how a stream breaks', () => {
  it.each([
    ['rst', { kind: 'retry', code: 'connection_lost' }],
    ['garbage', { kind: 'retry', code: 'bad_json' }],
    ['error', { kind: 'retry' }],
  ] as const)('%s', async (how: DropHow, expected) => {
    const port = portTo();
    const session = await port.create(asked);
    const feed = await port.attach(session, never);
    const failing = failureOf(until(feed, 'session.deleted'));
    expect(server.control.drop(how, session)).toBe(1);
    expect(await failing).toMatchObject(expected);
    await server.control.until(() => server.control.session(session)?.streams === 0);
  });

  it('a clean end in the middle of a turn is an end', async () => {
    const port = portTo();
    const session = await port.create(asked);
    const feed = await port.attach(session, never);
    const reading = until(feed, 'session.deleted');
    server.control.drop('fin', session);
    expect(await reading).toEqual([]);
  });

  it('a stalled one is given up by the watchdog', async () => {
    const port = portTo({ silentMs: 60 });
    const session = await port.create(asked);
    const feed = await port.attach(session, never);
    const failing = failureOf(until(feed, 'session.deleted'));
    server.control.drop('stall', session);
    expect(await failing).toMatchObject({ kind: 'retry', code: 'silent' });
  });
});

describe('the end of a session', () => {
  it.each([400, 404, 409] as const)(
    'a send to an archived one, told with %s, is gone',
    async (closedSendStatus) => {
      const port = portTo();
      server.control.set({ closedSendStatus });
      const session = await port.create(asked);
      await port.archive(session);
      expect(await failureOf(port.send(session, [hello]))).toMatchObject({ kind: 'gone' });
      expect(await port.status(session)).toBe('terminated');
      await port.archive(session);
      expect(await port.find(thread, 1)).toBeUndefined();
    },
  );

  it('a deleted one is gone for everything, and archiving it is done', async () => {
    const port = portTo();
    const session = await port.create(asked);
    server.control.remove(session);
    expect(await failureOf(port.send(session, [hello]))).toMatchObject({ kind: 'gone' });
    expect(await failureOf(port.status(session))).toMatchObject({ kind: 'gone' });
    expect(await failureOf(port.history(session, {}))).toMatchObject({ kind: 'gone' });
    expect(await failureOf(port.attach(session, never))).toMatchObject({ kind: 'gone' });
    await port.archive(session);
  });

  it('one that runs is not archived yet (fault: archive-too-early)', async () => {
    const port = portTo();
    server.control.script({ requests: [[{ op: 'gate', name: 'held' }, 'ok']] });
    const session = await port.create(asked);
    await port.send(session, [hello]);
    await server.control.until(() => server.control.session(session)?.status === 'running');
    expect(await failureOf(port.archive(session))).toMatchObject({ kind: 'retry', code: 'session_running' });
    server.control.open('held');
    await server.control.until(() => server.control.session(session)?.status === 'idle');
  });

  it('a budget that is used up refuses messages under its own code', async () => {
    const port = portTo();
    server.control.script({ requests: [[{ op: 'end', spend: 'rest' }]], stop: { type: 'budget_reached' } });
    const session = await port.create({ ...asked, budgetUsd: 0.01 });
    const feed = await port.attach(session, never);
    await port.send(session, [hello]);
    const items = await until(feed, 'session.status_idle');
    expect(items.at(-1)).toMatchObject({ reason: { type: 'budget_reached' } });
    expect(await failureOf(port.send(session, [hello]))).toMatchObject({
      kind: 'refused',
      code: 'budget_reached',
    });
    await port.send(session, [{ type: 'user.interrupt' }]);
  });
});

describe('limits', () => {
  it('a 429 says how long to wait and is not tried again here (fault: agents-limited)', async () => {
    const port = portTo();
    const session = await port.create(asked);
    server.control.fault({ endpoint: 'sessions.retrieve', kind: 'status', status: 429, retryAfter: 12 });
    expect(await failureOf(port.status(session))).toMatchObject({
      kind: 'retry',
      status: 429,
      retryAfterMs: 12_000,
    });
    expect(server.control.calls()['sessions.retrieve']).toBe(1);
  });
});
