import {
  accumulateManagedAgentsEvent,
  type AccumulatedEvent,
} from '@anthropic-ai/sdk/lib/sessions/accumulate';
import { describe, expect, it } from 'vitest';
import {
  isIdle,
  listen,
  newSession,
  say,
  spoken,
  startService,
  type StreamEvent,
} from './support/service.ts';

function previews(events: readonly StreamEvent[]): StreamEvent[] {
  return events.filter((event) => event.type === 'event_start' || event.type === 'event_delta');
}

function previewText(events: readonly StreamEvent[]): string {
  return events
    .map((event) =>
      event.type === 'event_delta' && event.delta.content.type === 'text' ? event.delta.content.text : '',
    )
    .join('');
}

describe('previews', () => {
  it('fold into the final message, and go only to who opted in', async () => {
    const service = await startService();
    const session = await newSession(service);
    const plain = await listen(service, session);
    const opted = await listen(service, session, ['agent.message', 'agent.thinking']);
    await say(service, session, 'code');
    await opted.until((event) => isIdle(event));
    await plain.until((event) => isIdle(event));
    expect(previews(plain.events)).toEqual([]);
    let folded: AccumulatedEvent | undefined;
    for (const event of opted.events) {
      if (event.type === 'event_start' || event.type === 'event_delta')
        folded = accumulateManagedAgentsEvent(folded, event);
    }
    const final = opted.events.find((event) => event.type === 'agent.message');
    expect(final).toBeDefined();
    expect(folded?.id).toBe(final?.id);
    expect(folded?.content).toEqual(final?.content);
    expect(previews(opted.events).length).toBeGreaterThan(3);
    const types = opted.types();
    expect(types.indexOf('event_start')).toBeGreaterThan(types.indexOf('span.model_request_start'));
    expect(types.lastIndexOf('event_delta')).toBeLessThan(types.indexOf('agent.message'));
  });

  it('several blocks come by index, without a gap', async () => {
    const service = await startService();
    const session = await newSession(service);
    service.server.control.script(
      { requests: [[{ op: 'say', text: ['first 🧵🧵🧵 block', 'second'] }]] },
      session,
    );
    const stream = await listen(service, session, ['agent.message']);
    await say(service, session, 'go');
    let folded: AccumulatedEvent | undefined;
    await stream.until((event) => isIdle(event));
    for (const event of stream.events)
      if (event.type !== 'agent.message') folded = accumulateManagedAgentsEvent(folded, event);
    expect(folded?.content).toEqual([
      { type: 'text', text: 'first 🧵🧵🧵 block' },
      { type: 'text', text: 'second' },
    ]);
  });

  it('are not sent to a stream opened in the middle of the request, nor kept', async () => {
    const service = await startService();
    const session = await newSession(service);
    service.server.control.script({ requests: [[{ op: 'gate', name: 'late' }, 'Hello there']] }, session);
    const early = await listen(service, session, ['agent.message']);
    await say(service, session, 'go');
    await early.until((event) => event.type === 'span.model_request_start');
    const late = await listen(service, session, ['agent.message']);
    service.server.control.open('late');
    await late.until((event) => isIdle(event));
    await early.until((event) => isIdle(event));
    expect(previews(early.events).length).toBeGreaterThan(0);
    expect(previews(late.events)).toEqual([]);
    const stored = service.server.control.session(session)?.events.map((event) => event.type) ?? [];
    expect(stored.filter((type) => type.startsWith('event_'))).toEqual([]);
  });

  it.each([
    ['tail', 1],
    ['all', 0],
  ] as const)('shed %s: what is shown stays a prefix', async (shedDeltas, least) => {
    const service = await startService({ settings: { shedDeltas } });
    const session = await newSession(service);
    const stream = await listen(service, session, ['agent.message']);
    await say(service, session, 'table');
    await stream.until((event) => isIdle(event));
    const shown = previewText(stream.events);
    expect(shown.length).toBeGreaterThanOrEqual(least);
    expect(shown.length).toBeLessThan(spoken(stream.events).length);
    expect(spoken(stream.events).startsWith(shown)).toBe(true);
    expect(stream.types()).toContain('event_start');
  });

  it('refuse unknown names', async () => {
    const service = await startService();
    const session = await newSession(service);
    await expect(
      service.client.beta.sessions.events.stream(session, {
        event_deltas: ['agent.tool_use' as 'agent.message'],
      }),
    ).rejects.toMatchObject({ status: 400 });
  });
});

describe('streams that break', () => {
  it('end without an error on a clean close', async () => {
    const service = await startService();
    const session = await newSession(service);
    const stream = await listen(service, session);
    expect(service.server.control.drop('fin', session)).toBe(1);
    expect(await stream.untilEnd()).toBe('end');
  });

  it('throw the runtime’s own error on a reset', async () => {
    const service = await startService();
    const session = await newSession(service);
    const stream = await listen(service, session);
    service.server.control.drop('rst', session);
    expect(await stream.untilEnd()).toBeInstanceOf(TypeError);
  });

  it('throw on garbage and on an error frame', async () => {
    const service = await startService();
    const session = await newSession(service);
    const garbage = await listen(service, session);
    service.server.control.drop('garbage', session);
    expect(await garbage.untilEnd()).toBeInstanceOf(SyntaxError);
    await service.server.control.until(() => service.server.control.session(session)?.streams === 0);
    const failing = await listen(service, session);
    service.server.control.drop('error', session);
    expect(await failing.untilEnd()).toMatchObject({ type: 'overloaded_error', status: undefined });
  });

  it('a stalled stream stays open and says nothing, not even a ping', async () => {
    const service = await startService({ heartbeatMs: 5 });
    const session = await newSession(service);
    const stalled = await fetch(`${service.server.url}/v1/sessions/${session}/events/stream`, {
      headers: { 'x-api-key': 'k', 'anthropic-beta': 'managed-agents-2026-04-01' },
    });
    const reader = stalled.body?.getReader();
    const first = await reader?.read();
    expect(Buffer.from(first?.value ?? []).toString()).toContain('event: ping');
    service.server.control.drop('stall', session);
    const other = await listen(service, session);
    await say(service, session, 'hi');
    await other.until((event) => isIdle(event));
    const rest: string[] = [];
    const drain = async (): Promise<void> => {
      for (let chunk = await reader?.read(); chunk && !chunk.done; chunk = await reader?.read()) {
        rest.push(Buffer.from(chunk.value).toString());
      }
    };
    const draining = drain();
    service.server.control.drop('rst', session);
    await draining.catch(() => {});
    expect(rest.join('')).not.toContain('session.status_idle');
  });

  it('duplicates and unknown types reach the client', async () => {
    const service = await startService({ settings: { duplicateEvents: true } });
    const session = await newSession(service);
    const stream = await listen(service, session);
    service.server.control.emit(session, { type: 'agent.levitated', height: 3 });
    await stream.until((event) => (event.type as string) === 'agent.levitated');
    service.server.control.set({ duplicateEvents: false });
    service.server.control.repeat(session);
    await service.server.control.until(() => stream.events.length >= 2);
    await expect.poll(() => stream.events.length).toBe(3);
    expect(new Set(stream.events.map((event) => ('id' in event ? event.id : ''))).size).toBe(1);
  });
});
