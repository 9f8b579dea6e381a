import { describe, expect, it } from 'vitest';
import { isIdle, listen, message, newSession, say, spoken, startService } from './support/service.ts';

const RUN = ['session.status_running', 'session.thread_status_running'];
const IDLE = ['session.thread_status_idle', 'session.usage', 'session.status_idle'];

describe('orders of events', () => {
  it('a plain turn: the message twice with one id, RUN before its processed copy', async () => {
    const service = await startService();
    const session = await newSession(service);
    service.server.control.script({ requests: [['Hello']] }, session);
    const stream = await listen(service, session);
    const sent = await say(service, session, 'hi');
    await stream.until((event) => isIdle(event));
    expect(stream.types()).toEqual([
      'user.message',
      ...RUN,
      'user.message',
      'span.model_request_start',
      'agent.message',
      'span.model_request_end',
      ...IDLE,
    ]);
    const copies = stream.events.filter((event) => event.type === 'user.message');
    expect(copies.map((copy) => copy.id)).toEqual([sent.id, sent.id]);
    expect(copies.map((copy) => copy.processed_at === null)).toEqual([true, false]);
    expect(sent.processed_at).toBeNull();
    const stamps = stream.events.flatMap((event) =>
      'processed_at' in event && typeof event.processed_at === 'string' ? [event.processed_at] : [],
    );
    expect(new Set(stamps).size).toBe(stamps.length);
    expect([...stamps].sort()).toEqual(stamps);
  });

  it('an interrupt kills the preview, closes the request, and the queued message runs next', async () => {
    const service = await startService({ pace: 1, settings: { startMs: 0, interruptMs: 5 } });
    const session = await newSession(service);
    service.server.control.script(
      { requests: [[{ op: 'say', text: 'word '.repeat(400), ms: 60_000 }]] },
      session,
    );
    service.server.control.script({ requests: [[{ op: 'say', text: 'second', ms: 0 }]] }, session);
    const stream = await listen(service, session, ['agent.message']);
    await say(service, session, 'write');
    const start = await stream.until((event) => event.type === 'event_start');
    const before = stream.events.length;
    await service.client.beta.sessions.events.send(session, {
      events: [{ type: 'user.interrupt' }, message('rather this')],
    });
    await stream.until((event) => event.type === 'agent.message');
    await stream.until(
      (event) =>
        event.type === 'session.status_idle' &&
        event === stream.events.at(-1) &&
        spoken(stream.events) === 'second',
    );
    const types = stream
      .types()
      .slice(before)
      .filter((type) => type !== 'event_delta');
    expect(types).toEqual([
      'user.interrupt',
      'user.message',
      'span.model_request_end',
      'user.interrupt',
      ...IDLE,
      ...RUN,
      'user.message',
      'span.model_request_start',
      'event_start',
      'agent.message',
      'span.model_request_end',
      ...IDLE,
    ]);
    const finals = stream.events.filter((event) => event.type === 'agent.message').map((event) => event.id);
    expect(start.type === 'event_start' && finals.includes(start.event.id)).toBe(false);
  });

  it.each([
    ['join', ['user.message', 'span.model_request_start']],
    ['after-idle', ['session.thread_status_running', 'user.message']],
  ] as const)('a message to a running session in %s mode', async (queueMode, pair) => {
    const service = await startService({ settings: { queueMode } });
    const session = await newSession(service);
    service.server.control.script({ requests: [['one', { op: 'gate', name: 'more' }], ['two']] }, session);
    const stream = await listen(service, session);
    await say(service, session, 'go');
    await stream.until((event) => event.type === 'agent.message');
    const second = await say(service, session, 'and also this');
    service.server.control.open('more');
    await stream.until(
      (event) => event.type === 'user.message' && event.id === second.id && event.processed_at !== null,
    );
    await stream.until((event) => isIdle(event));
    await service.server.control.until(
      () =>
        service.server.control.session(session)?.status === 'idle' &&
        service.server.control.session(session)?.queued === 0,
    );
    await stream.until(
      (event) => event.type === 'agent.message' && spoken([event]).includes('and also this'),
    );
    const at = stream.events.findIndex(
      (event) => event.type === 'user.message' && event.id === second.id && event.processed_at !== null,
    );
    const seen =
      queueMode === 'join' ? stream.types().slice(at, at + 2) : stream.types().slice(at - 1, at + 1);
    expect(seen).toEqual(pair);
    const idles = stream
      .types()
      .slice(0, at)
      .filter((type) => type === 'session.status_idle').length;
    expect(idles).toBe(queueMode === 'join' ? 0 : 1);
  });

  it('errors: rescheduled and run again, until exhausted flushes the queue', async () => {
    const service = await startService({ settings: { queueMode: 'after-idle' } });
    const session = await newSession(service);
    const overloaded = { type: 'model_overloaded_error', message: 'Overloaded' };
    service.server.control.script({
      ops: [
        { op: 'request' },
        { op: 'end', error: true },
        { op: 'error', error: overloaded, retry: 'retrying' },
        { op: 'run' },
        { op: 'gate', name: 'sent' },
        { op: 'error', error: overloaded, retry: 'exhausted' },
      ],
    });
    const stream = await listen(service, session);
    await say(service, session, 'go');
    await stream.until((event) => event.type === 'session.status_rescheduled');
    const lost = await say(service, session, 'lost');
    service.server.control.open('sent');
    await stream.until((event) => isIdle(event, 'retries_exhausted'));
    const types = stream.types().filter((type) => type !== 'user.message');
    expect(types).toEqual([
      ...RUN,
      'span.model_request_start',
      'span.model_request_end',
      'session.error',
      'session.thread_status_rescheduled',
      'session.status_rescheduled',
      ...RUN,
      'session.error',
      ...IDLE,
    ]);
    const stored = service.server.control.session(session)?.events.find((event) => event.id === lost.id);
    expect(stored?.processed_at).toBeNull();
    expect(service.server.control.session(session)?.queued).toBe(0);
  });

  it('termination says so and closes the streams', async () => {
    const service = await startService();
    const session = await newSession(service);
    const stream = await listen(service, session);
    await say(service, session, 'terminate');
    expect(await stream.untilEnd()).toBe('end');
    expect(stream.types().slice(-3)).toEqual([
      'session.error',
      'session.thread_status_terminated',
      'session.status_terminated',
    ]);
    await expect(say(service, session, 'still there?')).rejects.toMatchObject({ status: 409 });
  });

  it('a budget holds the script until it is raised', async () => {
    const service = await startService();
    const session = await newSession(service, {
      budget: { type: 'limit', max_list_cost: { amount: '50', currency: 'USD' } },
    });
    const stream = await listen(service, session);
    await say(service, session, 'use up the budget');
    await stream.until((event) => isIdle(event, 'budget_reached'));
    await expect(say(service, session, 'go on')).rejects.toMatchObject({
      status: 400,
      errorCode: 'budget_reached',
    });
    const before = stream.events.length;
    await service.client.beta.sessions.events.send(session, { events: [{ type: 'user.interrupt' }] });
    await service.client.beta.sessions.update(session, {
      budget: { type: 'limit', max_list_cost: { amount: '900', currency: 'USD' } },
    });
    await stream.until((event) => isIdle(event, 'end_turn'));
    expect(stream.types().slice(before, before + 3)).toEqual(['session.updated', ...RUN]);
    expect(spoken(stream.events)).toContain('The budget was raised');
  });

  it('a refusal carries its details', async () => {
    const service = await startService();
    const session = await newSession(service);
    const stream = await listen(service, session);
    await say(service, session, 'please refuse');
    const idle = await stream.until((event) => isIdle(event));
    expect(idle).toMatchObject({
      stop_reason: { type: 'refusal' },
      stop_details: { type: 'refusal', category: 'cyber' },
    });
  });

  it('an outcome is evaluated, revised and satisfied', async () => {
    const service = await startService();
    const session = await newSession(service);
    const stream = await listen(service, session);
    const sent = await service.client.beta.sessions.events.send(session, {
      events: [
        { type: 'user.define_outcome', description: 'A poem', rubric: { type: 'text', content: 'rhymes' } },
      ],
    });
    expect(sent.data?.[0]?.processed_at).not.toBeNull();
    await stream.until((event) => isIdle(event));
    const spans = stream.types().filter((type) => type.startsWith('span.outcome'));
    expect(spans).toEqual([
      'span.outcome_evaluation_start',
      'span.outcome_evaluation_ongoing',
      'span.outcome_evaluation_end',
      'span.outcome_evaluation_start',
      'span.outcome_evaluation_end',
    ]);
    const record = await service.client.beta.sessions.retrieve(session);
    expect(record.outcome_evaluations).toMatchObject([{ iteration: 1, result: 'satisfied' }]);
  });

  it('subagents show as threads with their own events', async () => {
    const service = await startService();
    const session = await newSession(service);
    const stream = await listen(service, session);
    await say(service, session, 'ask your subagents'.replace('ask your ', ''));
    await stream.until((event) => isIdle(event));
    const types = stream.types();
    const at = types.indexOf('session.thread_created');
    expect(types.slice(at, at + 3)).toEqual([
      'session.thread_created',
      'agent.thread_message_sent',
      'session.thread_status_running',
    ]);
    const threads = [];
    for await (const thread of service.client.beta.sessions.threads.list(session)) threads.push(thread);
    expect(threads).toHaveLength(3);
    expect(threads[0]?.parent_thread_id).toBeNull();
    const child = threads[1];
    const own = [];
    for await (const event of service.client.beta.sessions.threads.events.list(child?.id ?? '', {
      session_id: session,
    }))
      own.push(event.type);
    expect(own).toEqual([
      'session.thread_created',
      'agent.thread_message_sent',
      'session.thread_status_running',
      'agent.thread_message_received',
      'session.thread_status_idle',
    ]);
  });

  it('archiving ends an idle session, deleting removes it', async () => {
    const service = await startService();
    const [one, two] = [await newSession(service), await newSession(service)];
    const first = await listen(service, one);
    const archived = await service.client.beta.sessions.archive(one);
    expect(archived.status).toBe('terminated');
    expect(archived.archived_at).not.toBeNull();
    expect(await first.untilEnd()).toBe('end');
    expect(first.types()).toEqual(['session.thread_status_terminated', 'session.status_terminated']);
    const second = await listen(service, two);
    await service.client.beta.sessions.delete(two);
    expect(await second.untilEnd()).toBe('end');
    expect(second.types()).toEqual(['session.deleted']);
    await expect(service.client.beta.sessions.retrieve(two)).rejects.toMatchObject({ status: 404 });
  });

  it('the record says running a little longer than the stream, and archiving is refused meanwhile', async () => {
    const service = await startService({ settings: { statusLagMs: 400 } });
    const session = await newSession(service);
    const stream = await listen(service, session);
    await say(service, session, 'hi');
    await stream.until((event) => isIdle(event));
    const record = await service.client.beta.sessions.retrieve(session);
    expect(record.status).toBe('running');
    await expect(service.client.beta.sessions.archive(session)).rejects.toMatchObject({ status: 400 });
    await expect
      .poll(async () => (await service.client.beta.sessions.retrieve(session)).status, { interval: 20 })
      .toBe('idle');
    await service.client.beta.sessions.archive(session);
  });
});
