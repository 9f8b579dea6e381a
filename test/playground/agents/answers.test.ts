import { describe, expect, it } from 'vitest';
import { isIdle, listen, newSession, say, spoken, startService } from './support/service.ts';

const RUN = ['session.status_running', 'session.thread_status_running'];
const IDLE = ['session.thread_status_idle', 'session.usage', 'session.status_idle'];

describe('calls that wait for an answer', () => {
  it('always_ask: idles with the ids, re-emits the remainder, runs on when all are answered', async () => {
    const service = await startService();
    const session = await newSession(service);
    const stream = await listen(service, session);
    await say(service, session, 'ask two');
    const idle = await stream.until((event) => isIdle(event, 'requires_action'));
    const ids =
      idle.type === 'session.status_idle' && idle.stop_reason.type === 'requires_action'
        ? idle.stop_reason.event_ids
        : [];
    expect(ids).toHaveLength(2);
    const [first = '', second = ''] = ids;
    const before = stream.events.length;
    await service.client.beta.sessions.events.send(session, {
      events: [{ type: 'user.tool_confirmation', tool_use_id: first, result: 'allow' }],
    });
    await stream.until((event) => event !== idle && isIdle(event));
    expect(stream.types().slice(before)).toEqual([
      'user.tool_confirmation',
      'user.tool_confirmation',
      'session.status_idle',
    ]);
    expect(stream.events.at(-1)).toMatchObject({
      stop_reason: { type: 'requires_action', event_ids: [second] },
    });
    const later = stream.events.length;
    await service.client.beta.sessions.events.send(session, {
      events: [
        { type: 'user.tool_confirmation', tool_use_id: second, result: 'deny', deny_message: 'not now' },
      ],
    });
    await stream.until((event) => isIdle(event, 'end_turn'));
    expect(stream.types().slice(later, later + 6)).toEqual([
      'user.tool_confirmation',
      'user.tool_confirmation',
      ...RUN,
      'agent.tool_result',
      'agent.mcp_tool_result',
    ]);
    expect(stream.events.find((event) => event.type === 'agent.mcp_tool_result')).toMatchObject({
      is_error: true,
      content: [{ text: 'not now' }],
    });
    expect(spoken(stream.events)).toContain('Build 412 is on staging.');
    expect(spoken(stream.events)).toContain('I opened no issue. not now');
  });

  it('a custom tool answered before the idle skips the idle', async () => {
    const service = await startService({ pace: 1 });
    const session = await newSession(service);
    service.server.control.script({
      ops: [
        { op: 'request' },
        { op: 'use', key: 'q', kind: 'custom', name: 'lookup', input: { q: 'x' } },
        { op: 'gate', name: 'answered' },
        { op: 'end' },
        { op: 'await' },
        { op: 'result', key: 'q', text: '', ms: 0 },
        { op: 'idle' },
      ],
    });
    const stream = await listen(service, session);
    await say(service, session, 'go');
    const use = await stream.until((event) => event.type === 'agent.custom_tool_use');
    await service.client.beta.sessions.events.send(session, {
      events: [
        {
          type: 'user.custom_tool_result',
          custom_tool_use_id: 'id' in use ? use.id : '',
          content: [{ type: 'text', text: '42' }],
        },
      ],
    });
    service.server.control.open('answered');
    await stream.until((event) => isIdle(event));
    expect(stream.events.filter((event) => isIdle(event))).toHaveLength(1);
    const result = stream.events.filter((event) => event.type === 'user.custom_tool_result');
    expect(result).toHaveLength(1);
    expect(result[0]?.processed_at).not.toBeNull();
  });

  it('a custom tool answered after the idle: RUN and on', async () => {
    const service = await startService();
    const session = await newSession(service);
    const stream = await listen(service, session);
    await say(service, session, 'custom');
    const use = await stream.until((event) => event.type === 'agent.custom_tool_use');
    await stream.until((event) => isIdle(event, 'requires_action'));
    await service.client.beta.sessions.events.send(session, {
      events: [
        {
          type: 'user.custom_tool_result',
          custom_tool_use_id: 'id' in use ? use.id : '',
          content: [{ type: 'text', text: 'blue' }],
        },
      ],
    });
    await stream.until((event) => isIdle(event, 'end_turn'));
    expect(spoken(stream.events)).toContain('It said: blue');
  });

  it('an interrupt while an answer is missing closes the calls with errors and ends the turn', async () => {
    const service = await startService();
    const session = await newSession(service);
    const stream = await listen(service, session);
    await say(service, session, 'ask');
    await stream.until((event) => isIdle(event, 'requires_action'));
    const before = stream.events.length;
    await service.client.beta.sessions.events.send(session, { events: [{ type: 'user.interrupt' }] });
    await stream.until((event) => isIdle(event, 'end_turn'));
    expect(stream.types().slice(before)).toEqual([
      'user.interrupt',
      'agent.tool_result',
      'user.interrupt',
      ...IDLE,
    ]);
    expect(stream.events[before + 1]).toMatchObject({
      is_error: true,
      content: [{ text: 'Tool execution was interrupted before completion. Please retry.' }],
    });
  });
});
