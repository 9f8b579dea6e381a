import Anthropic, { type APIError } from '@anthropic-ai/sdk';
import { describe, expect, it } from 'vitest';
import type { WireCall } from '../../../src/playground/wire.ts';
import { clientOf, isIdle, listen, message, newSession, say, startService } from './support/service.ts';

const BETA = { 'anthropic-beta': 'managed-agents-2026-04-01' };

describe('the door', () => {
  it('takes both forms of authentication and no other', async () => {
    const { server } = await startService();
    const url = `${server.url}/v1/agents?beta=true`;
    expect((await fetch(url, { headers: { ...BETA, 'x-api-key': 'k' } })).status).toBe(200);
    expect((await fetch(url, { headers: { ...BETA, authorization: 'Bearer k' } })).status).toBe(200);
    const refused = await fetch(url, { headers: BETA });
    expect(refused.status).toBe(401);
    const body = (await refused.json()) as { error: { type: string }; request_id: string };
    expect(body.error.type).toBe('authentication_error');
    expect(body.request_id).toBe(refused.headers.get('request-id'));
  });

  it('hides Managed Agents without the beta header, but not files', async () => {
    const { server } = await startService();
    const headers = { 'x-api-key': 'k' };
    expect((await fetch(`${server.url}/v1/agents`, { headers })).status).toBe(404);
    expect((await fetch(`${server.url}/v1/files`, { headers })).status).toBe(200);
    expect((await fetch(`${server.url}/v1/files?scope_id=sesn_1`, { headers })).status).toBe(400);
  });

  it('errors are the SDK’s classes, with a request id', async () => {
    const service = await startService();
    const error = await service.client.beta.sessions.retrieve('sesn_none').catch((e: unknown) => e);
    expect(error).toBeInstanceOf(Anthropic.NotFoundError);
    expect((error as APIError).requestID).toMatch(/^req_/);
    expect((error as APIError).type).toBe('not_found_error');
  });

  it('refuses unknown fields and missing ones', async () => {
    const service = await startService();
    const wrong = { agent: service.agentId, environment_id: service.environmentId, colour: 'red' };
    await expect(service.client.beta.sessions.create(wrong)).rejects.toThrow(
      'colour: Extra inputs are not permitted',
    );
    const { agent } = wrong;
    await expect(
      service.client.beta.sessions.create({ agent } as unknown as Parameters<
        typeof service.client.beta.sessions.create
      >[0]),
    ).rejects.toThrow('environment_id: Field required');
  });

  it('enforces create and read limits with retry-after', async () => {
    const service = await startService({ settings: { createPerMinute: 3, readPerMinute: 4 } });
    for (let i = 0; i < 3; i += 1) await newSession(service);
    const refused = await newSession(service).catch((e: unknown) => e);
    expect(refused).toBeInstanceOf(Anthropic.RateLimitError);
    const wait = Number((refused as APIError).headers?.get('retry-after'));
    expect(wait).toBeGreaterThan(50);
    expect(wait).toBeLessThanOrEqual(60);
    for (let i = 0; i < 4; i += 1) await service.client.beta.agents.retrieve(service.agentId);
    await expect(service.client.beta.agents.retrieve(service.agentId)).rejects.toMatchObject({ status: 429 });
    service.server.control.set({ limits: false });
    await service.client.beta.agents.retrieve(service.agentId);
  });

  it('reports every exchange, without secrets', async () => {
    const calls: WireCall[] = [];
    const service = await startService({ onCall: (call) => calls.push(call) });
    const vault = await service.client.beta.vaults.create({ display_name: 'v' });
    await service.client.beta.vaults.credentials.create(vault.id, {
      auth: { type: 'static_bearer', mcp_server_url: 'https://mcp.example.com', token: 'hush-hush' },
    });
    await service.client.beta.sessions.retrieve('sesn_none').catch(() => {});
    expect(calls.map((call) => [call.method, call.path.split('?')[0], call.status])).toEqual([
      ['POST', '/v1/vaults', 200],
      ['POST', `/v1/vaults/${vault.id}/credentials`, 200],
      ['GET', '/v1/sessions/sesn_none', 404],
    ]);
    expect(JSON.stringify(calls)).not.toContain('hush-hush');
    expect(calls[1]?.side).toBe('agents');
  });
});

describe('agents and environments', () => {
  it('versions agents, locks optimistically, and pins sessions', async () => {
    const service = await startService();
    const { client } = service;
    const agent = await client.beta.agents.create({
      name: 'Weaver',
      model: 'claude-opus-5-5',
      tools: [{ type: 'agent_toolset_20260401' }, { type: 'mcp_toolset', mcp_server_name: 'gh' }],
      mcp_servers: [{ type: 'url', name: 'gh', url: 'https://mcp.example.com' }],
    });
    expect(agent).toMatchObject({ version: 1, model: { id: 'claude-opus-5-5', effort: { type: 'high' } } });
    expect(agent.tools).toMatchObject([
      { default_config: { permission_policy: { type: 'always_allow' } } },
      { default_config: { permission_policy: { type: 'always_ask' } } },
    ]);
    const session = await client.beta.sessions.create({
      agent: agent.id,
      environment_id: service.environmentId,
    });
    const next = await client.beta.agents.update(agent.id, { version: 1, system: 'Be brief.' });
    expect(next.version).toBe(2);
    expect((await client.beta.agents.update(agent.id, { system: 'Be brief.' })).version).toBe(2);
    await expect(client.beta.agents.update(agent.id, { version: 1, system: 'x' })).rejects.toMatchObject({
      status: 409,
    });
    expect((await client.beta.sessions.retrieve(session.id)).agent.version).toBe(1);
    const versions = [];
    for await (const version of client.beta.agents.versions.list(agent.id)) versions.push(version.version);
    expect(versions).toEqual([2, 1]);
    expect((await client.beta.agents.retrieve(agent.id, { version: 1 })).system).toBeNull();
    await client.beta.agents.archive(agent.id);
    await expect(
      client.beta.sessions.create({ agent: agent.id, environment_id: service.environmentId }),
    ).rejects.toMatchObject({ status: 400 });
  });

  it('wants every MCP server used, unique environment names, and keeps used environments', async () => {
    const service = await startService();
    const { client } = service;
    await expect(
      client.beta.agents.create({
        name: 'a',
        model: 'claude-opus-5-5',
        mcp_servers: [{ type: 'url', name: 'gh', url: 'https://mcp.example.com' }],
      }),
    ).rejects.toThrow('gh is not referenced');
    const made = await client.beta.environments.create({ name: 'lab', config: { type: 'cloud' } });
    await expect(
      client.beta.environments.create({ name: 'lab', config: { type: 'cloud' } }),
    ).rejects.toMatchObject({
      status: 409,
    });
    await expect(
      client.beta.environments.create({
        name: 'tight',
        config: {
          type: 'cloud',
          networking: { type: 'limited' },
          packages: { type: 'packages', npm: ['left-pad'] },
        },
      }),
    ).rejects.toThrow('allow_package_managers');
    await client.beta.sessions.create({ agent: service.agentId, environment_id: made.id });
    await expect(client.beta.environments.delete(made.id)).rejects.toMatchObject({ status: 409 });
  });
});

describe('lists', () => {
  it('page sessions both ways and filter them', async () => {
    const service = await startService();
    const ids: string[] = [];
    for (let i = 0; i < 5; i += 1) ids.push(await newSession(service));
    const seen: string[] = [];
    for await (const session of service.client.beta.sessions.list({ limit: 2, order: 'asc' }))
      seen.push(session.id);
    expect(seen).toEqual(ids);
    const first = await service.client.beta.sessions.list({ limit: 2 });
    expect(first.prev_page).toBeNull();
    const second = await first.getNextPage();
    expect(second.data.map((session) => session.id)).toEqual([ids[2], ids[1]]);
    const back = await service.client.beta.sessions.list({ limit: 2, page: second.prev_page ?? '' });
    expect(back.data.map((session) => session.id)).toEqual([ids[4], ids[3]]);
    await expect(
      service.client.beta.sessions.list({ limit: 2, order: 'asc', page: first.next_page ?? '' }),
    ).rejects.toMatchObject({ status: 400 });
    await service.client.beta.sessions.archive(ids[0] ?? '');
    expect((await service.client.beta.sessions.list({})).data).toHaveLength(4);
    expect(
      (await service.client.beta.sessions.list({ include_archived: true, statuses: ['terminated'] })).data,
    ).toMatchObject([{ id: ids[0] }]);
    expect((await service.client.beta.sessions.list({ agent_id: 'agent_other' })).data).toEqual([]);
  });

  it('page events by type, order and time, with unprocessed ones last', async () => {
    const service = await startService();
    const { client, server } = service;
    const session = await newSession(service);
    server.control.script({ requests: [['one'], ['two'], [{ op: 'gate', name: 'held' }]] }, session);
    const stream = await listen(service, session);
    await say(service, session, 'go');
    await stream.until((event) => event.type === 'agent.message' && JSON.stringify(event).includes('two'));
    const queued = await say(service, session, 'queued');
    const all = [];
    for await (const event of client.beta.sessions.events.list(session, { limit: 2 })) all.push(event);
    const view = server.control.session(session)?.events ?? [];
    expect(all.map((event) => event.id)).toEqual(view.map((event) => event.id));
    expect(all.at(-1)).toMatchObject({ id: queued.id, processed_at: null });
    const newest = await client.beta.sessions.events.list(session, {
      order: 'desc',
      limit: 1,
      types: ['agent.message'],
    });
    expect(newest.data).toMatchObject([{ content: [{ text: 'two' }] }]);
    const backwards = [];
    for await (const event of client.beta.sessions.events.list(session, { order: 'desc', limit: 3 }))
      backwards.push(event.id);
    expect(backwards).toEqual(all.map((event) => event.id).reverse());
    const at = String(all[3]?.processed_at);
    const after = await client.beta.sessions.events.list(session, { 'created_at[gt]': at });
    const from = await client.beta.sessions.events.list(session, { 'created_at[gte]': at });
    expect(from.data.length).toBe(after.data.length + 1);
    expect(from.data[0]?.id).toBe(all[3]?.id);
    server.control.set({ unprocessedInList: 'hidden' });
    const hidden = await client.beta.sessions.events.list(session, { types: ['user.message'] });
    expect(hidden.data).toHaveLength(1);
  });

  it('same-timestamp mode makes a strict cursor lose events', async () => {
    const service = await startService({ settings: { sameTimestamp: true } });
    const session = await newSession(service);
    const stream = await listen(service, session);
    await say(service, session, 'silent');
    await stream.until((event) => isIdle(event));
    const { data } = await service.client.beta.sessions.events.list(session, {});
    const stamps = new Set(data.map((event) => event.processed_at));
    expect(stamps.size).toBeLessThan(data.length / 2);
  });
});

describe('what may be sent', () => {
  it('nothing but answers while one is missing, each answer once, all or nothing', async () => {
    const service = await startService();
    const { client } = service;
    const session = await newSession(service);
    const stream = await listen(service, session);
    await say(service, session, 'ask two');
    const idle = await stream.until((event) => isIdle(event, 'requires_action'));
    const ids = (idle as { stop_reason: { event_ids: string[] } }).stop_reason.event_ids;
    const refused = await say(service, session, 'hello?').catch((e: unknown) => e as Error);
    expect(refused).toMatchObject({ status: 400, type: 'invalid_request_error' });
    expect((refused as Error).message).toContain(`waiting on responses to events [${ids.join(', ')}]`);
    const allow = { type: 'user.tool_confirmation', tool_use_id: ids[0] ?? '', result: 'allow' } as const;
    const before = service.server.control.session(session)?.events.length;
    await expect(
      client.beta.sessions.events.send(session, { events: [allow, message('and this')] }),
    ).rejects.toMatchObject({
      status: 400,
    });
    await expect(client.beta.sessions.events.send(session, { events: [allow, allow] })).rejects.toMatchObject(
      { status: 400 },
    );
    await expect(
      client.beta.sessions.events.send(session, { events: [{ ...allow, deny_message: 'no' }] }),
    ).rejects.toThrow('deny_message');
    await expect(
      client.beta.sessions.events.send(session, {
        events: [{ type: 'user.tool_result', tool_use_id: ids[0] ?? '', content: [] }],
      }),
    ).rejects.toThrow('self_hosted');
    expect(service.server.control.session(session)?.events.length).toBe(before);
    await client.beta.sessions.events.send(session, { events: [allow] });
    await expect(client.beta.sessions.events.send(session, { events: [allow] })).rejects.toMatchObject({
      status: 400,
    });
    await expect(
      client.beta.sessions.events.send(session, { events: [{ ...allow, tool_use_id: 'sevt_unknown' }] }),
    ).rejects.toMatchObject({ status: 400 });
  });

  it('refuses empty requests, redacted blocks and stray system messages', async () => {
    const service = await startService();
    const session = await newSession(service);
    const send = (events: unknown[]): Promise<unknown> =>
      service.client.beta.sessions.events.send(session, { events } as Parameters<
        typeof service.client.beta.sessions.events.send
      >[1]);
    await expect(send([])).rejects.toMatchObject({ status: 400 });
    await expect(send([{ type: 'user.message', content: [{ type: 'redacted' }] }])).rejects.toMatchObject({
      status: 400,
    });
    const system = { type: 'system.message', content: [{ type: 'text', text: 'be kind' }] };
    await expect(send([system])).rejects.toThrow('must be the last event');
    await send([message('hi'), system]);
  });

  it('a client that retries after a lost answer makes a second message', async () => {
    const service = await startService();
    const session = await newSession(service);
    service.server.control.script({ requests: [[{ op: 'gate', name: 'never' }]] }, session);
    service.server.control.fault({ endpoint: 'events.send', kind: 'reset', commit: 'after' });
    const eager = clientOf(service.server, 2);
    await eager.beta.sessions.events.send(session, { events: [message('once?')] });
    const listed = await service.client.beta.sessions.events.list(session, { types: ['user.message'] });
    expect(listed.data).toHaveLength(2);
    expect(service.server.control.calls()['events.send']).toBe(2);
  });

  it('a fault before the commit leaves nothing behind', async () => {
    const service = await startService();
    for (const fault of [
      { kind: 'status', status: 529 },
      { kind: 'status', status: 500 },
      { kind: 'status', status: 429, retryAfter: 7 },
      { kind: 'reset' },
    ] as const) {
      service.server.control.fault({ endpoint: 'sessions.create', ...fault });
      await expect(newSession(service)).rejects.toBeInstanceOf(Anthropic.APIError);
    }
    expect(service.server.control.sessions()).toHaveLength(0);
    service.server.control.fault({
      endpoint: 'sessions.create',
      kind: 'status',
      status: 500,
      commit: 'after',
    });
    await expect(newSession(service)).rejects.toMatchObject({ status: 500 });
    expect(service.server.control.sessions()).toHaveLength(1);
  });

  it('hangs and delays as told', async () => {
    const service = await startService();
    service.server.control.fault({ endpoint: 'agents.retrieve', kind: 'hang' });
    await expect(
      service.client.beta.agents.retrieve(service.agentId, {}, { timeout: 60 }),
    ).rejects.toBeInstanceOf(Anthropic.APIConnectionTimeoutError);
    service.server.control.fault({ endpoint: 'agents.retrieve', kind: 'delay', ms: 80 });
    const begun = performance.now();
    await service.client.beta.agents.retrieve(service.agentId);
    expect(performance.now() - begun).toBeGreaterThan(75);
    service.server.control.fault({ endpoint: 'agents.retrieve', kind: 'cut' });
    await expect(service.client.beta.agents.retrieve(service.agentId)).rejects.toThrow();
  });
});
