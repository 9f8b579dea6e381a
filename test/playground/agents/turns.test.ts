import { toFile } from '@anthropic-ai/sdk';
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema';
import { describe, expect, it } from 'vitest';
import { isIdle, listen, message, newSession, say, spoken, startService } from './support/service.ts';

describe('keywords on the wire', () => {
  it.each([
    ['hello', 'Hello friend!'],
    ['table', '| Heddle |'],
    ['tools', 'Summary: four files'],
    ['error', 'now it works'],
    ['ping everyone', '<!channel>'],
    ['remember', 'I was told nothing'],
    ['count to 7', '6, 7'],
  ])('%s', async (text, expected) => {
    const service = await startService();
    const session = await newSession(service);
    const stream = await listen(service, session, ['agent.message', 'agent.thinking']);
    await say(service, session, text);
    await stream.until((event) => isIdle(event, 'end_turn'));
    expect(spoken(stream.events)).toContain(expected);
  });

  it('silent says nothing, exhausted gives up', async () => {
    const service = await startService();
    const session = await newSession(service);
    const stream = await listen(service, session);
    await say(service, session, 'silent');
    await stream.until((event) => isIdle(event, 'end_turn'));
    await say(service, session, 'exhausted');
    await stream.until((event) => isIdle(event, 'retries_exhausted'));
    expect(spoken(stream.events)).toBe('');
    expect(stream.events.filter((event) => event.type === 'session.error')).toMatchObject([
      { error: { retry_status: { type: 'retrying' } } },
      { error: { retry_status: { type: 'retrying' } } },
      { error: { retry_status: { type: 'exhausted' } } },
    ]);
  });

  it('tools: uses before the request’s end, results behind it', async () => {
    const service = await startService();
    const session = await newSession(service);
    const stream = await listen(service, session);
    await say(service, session, 'tools');
    await stream.until((event) => isIdle(event));
    const types = stream.types().filter((type) => /request|tool/.test(type));
    expect(types.slice(4, 10)).toEqual([
      'span.model_request_start',
      'agent.tool_use',
      'agent.tool_use',
      'span.model_request_end',
      'agent.tool_result',
      'agent.tool_result',
    ]);
    expect(stream.events.find((event) => event.type === 'agent.tool_use')).toMatchObject({
      evaluated_permission: 'allow',
      evaluation: { type: 'always_allow' },
    });
  });

  it('an agent configured to ask is asked for every such tool', async () => {
    const service = await startService();
    const agent = await service.client.beta.agents.create({
      name: 'careful',
      model: 'claude-opus-5-5',
      tools: [
        {
          type: 'agent_toolset_20260401',
          configs: [{ name: 'bash', permission_policy: { type: 'always_ask' } }],
        },
      ],
    });
    const session = await newSession({ ...service, agentId: agent.id });
    const stream = await listen(service, session);
    await say(service, session, 'tools');
    await stream.until((event) => isIdle(event, 'requires_action'));
    expect(stream.events.find((event) => event.type === 'agent.tool_use')).toMatchObject({
      evaluated_permission: 'ask',
    });
  });

  it('cost grows with every turn and stands in session.usage before each idle', async () => {
    const service = await startService();
    const session = await newSession(service);
    const stream = await listen(service, session);
    for (const round of [1, 2]) {
      await say(service, session, 'long');
      await expect.poll(() => stream.events.filter((event) => isIdle(event)).length).toBe(round);
    }
    const usages = stream.events.flatMap((event) => (event.type === 'session.usage' ? [event.usage] : []));
    const costs = usages.map((usage) => Number(usage.list_cost?.amount));
    expect(costs[0]).toBeGreaterThan(0);
    expect(costs[1]).toBeGreaterThan(costs[0] ?? 0);
    const types = stream.types();
    expect(types[types.indexOf('session.status_idle') - 1]).toBe('session.usage');
  });
});

describe('what people decide', () => {
  it('an expensive turn costs what it says, also where there is no budget', async () => {
    const service = await startService();
    const session = await newSession(service);
    await say(service, session, 'expensive 3');
    await service.server.control.until(() => service.server.control.session(session)?.status === 'idle');
    const { usage } = await service.client.beta.sessions.retrieve(session);
    expect(Number(usage.list_cost?.amount)).toBeGreaterThan(300);
    expect(Number(usage.list_cost?.amount)).toBeLessThan(310);
  });

  it('a used up budget takes nothing but answers until it is raised, and never lowered below the cost', async () => {
    const service = await startService();
    const money = (cents: number): { type: 'limit'; max_list_cost: { amount: string; currency: 'USD' } } => ({
      type: 'limit',
      max_list_cost: { amount: String(cents), currency: 'USD' },
    });
    const session = await newSession(service, { budget: money(100) });
    const stream = await listen(service, session);
    await say(service, session, 'budget');
    await stream.until((event) => isIdle(event, 'budget_reached'));
    await expect(say(service, session, 'more')).rejects.toMatchObject({ status: 400 });
    const update = (cents: number): Promise<unknown> =>
      service.client.beta.sessions.update(session, { budget: money(cents) });
    await expect(update(90)).rejects.toMatchObject({ errorCode: 'budget_not_raised' });
    await update(200);
    await stream.until((event) => isIdle(event, 'end_turn'));
    const before = stream.types().filter((type) => type === 'session.usage').length;
    expect(before).toBe(2);
    expect(stream.events.find((event) => event.type === 'session.updated')).toMatchObject({
      budget: money(200),
    });
  });

  it('a subagent’s call is attributed to its thread, and answered by its id alone', async () => {
    const service = await startService();
    const session = await newSession(service);
    const stream = await listen(service, session);
    await say(service, session, 'subagent asks');
    const idle = await stream.until((event) => isIdle(event, 'requires_action'));
    const use = stream.events.find((event) => event.type === 'agent.tool_use');
    const thread = stream.events.find((event) => event.type === 'session.thread_created');
    expect(use).toMatchObject({
      session_thread_id: thread?.type === 'session.thread_created' ? thread.session_thread_id : '',
    });
    const id = use && 'id' in use ? use.id : '';
    expect(idle).toMatchObject({ stop_reason: { event_ids: [id] } });
    await service.client.beta.sessions.events.send(session, {
      events: [
        { type: 'user.tool_confirmation', tool_use_id: id, result: 'deny', deny_message: 'on Friday' },
      ],
    });
    await stream.until((event) => isIdle(event, 'end_turn'));
    expect(spoken(stream.events)).toContain('The deployer was not allowed to: on Friday');
  });

  it('the playground’s agent declares ask_user, also where an older one is in the journal', async () => {
    const service = await startService();
    const { control } = service.server;
    const old = { name: 'Old one', model: 'claude-sonnet-5-5', tools: [{ type: 'agent_toolset_20260401' }] };
    const { agentId } = control.seed(old);
    const tools = [...old.tools, { type: 'custom', name: 'ask_user', description: 'x', input_schema: {} }];
    expect(control.seed({ ...old, tools }).agentId).toBe(agentId);
    expect(control.seed({ ...old, tools }).agentId).toBe(agentId);
    expect(await service.client.beta.agents.retrieve(agentId)).toMatchObject({ version: 2 });
    const agent = await service.client.beta.agents.retrieve(control.seed().agentId);
    expect(agent).toMatchObject({ version: 1, tools: [{}, { type: 'custom', name: 'ask_user' }] });
  });
});

describe('sessions', () => {
  it('with initial events are created running, and the echo is in the history', async () => {
    const service = await startService();
    const session = await service.client.beta.sessions.create({
      agent: service.agentId,
      environment_id: service.environmentId,
      initial_events: [message('hello')],
    });
    expect(session.status).toBe('running');
    await service.server.control.until(() => service.server.control.session(session.id)?.status === 'idle');
    const types = service.server.control.session(session.id)?.events.map((event) => event.type) ?? [];
    expect(types.slice(0, 3)).toEqual([
      'session.status_running',
      'session.thread_status_running',
      'user.message',
    ]);
  });

  it('report only changed fields, and refuse what the service refuses', async () => {
    const service = await startService();
    const { client } = service;
    const session = await newSession(service, { metadata: { a: '1', b: '2' } });
    const stream = await listen(service, session);
    await client.beta.sessions.update(session, { title: 'Weaving', metadata: { a: null, c: '3' } });
    const updated = await stream.until((event) => event.type === 'session.updated');
    expect(updated).toMatchObject({ title: 'Weaving', metadata: { b: '2', c: '3' } });
    expect(Object.keys(updated)).not.toContain('budget');
    await client.beta.sessions.update(session, { title: 'Weaving' });
    expect(stream.events).toHaveLength(1);
    const budget = { type: 'limit', max_list_cost: { amount: '100', currency: 'USD' } } as const;
    await expect(client.beta.sessions.update(session, { budget })).rejects.toMatchObject({
      errorCode: 'budget_create_only',
    });
    await expect(client.beta.sessions.update(session, { vault_ids: [] })).rejects.toMatchObject({
      status: 400,
    });
    await expect(client.beta.sessions.update(session, { title: 'x'.repeat(81) })).rejects.toMatchObject({
      status: 400,
    });
  });

  it('take files and give their outputs some time after the idle', async () => {
    const service = await startService({ settings: { fileLagMs: 150 } });
    const { client } = service;
    const file = await client.beta.files.upload({
      file: await toFile(Buffer.from('a,b\n1,2\n'), 'data.csv', { type: 'text/csv' }),
    });
    expect(file).toMatchObject({
      filename: 'data.csv',
      mime_type: 'text/csv',
      size_bytes: 8,
      downloadable: false,
    });
    await expect(client.beta.files.download(file.id)).rejects.toMatchObject({
      errorCode: 'file_not_downloadable',
    });
    const session = await newSession(service, {
      resources: [{ type: 'file', file_id: file.id, mount_path: '/data.csv' }],
    });
    const record = await client.beta.sessions.retrieve(session);
    expect(record.resources).toMatchObject([{ type: 'file', mount_path: '/mnt/session/uploads/data.csv' }]);
    const [mounted] = record.resources;
    expect(mounted?.type === 'file' && mounted.file_id).not.toBe(file.id);
    await say(service, session, 'file please');
    const outputs = async (): Promise<string[]> => {
      const page = await client.beta.files.list({ scope_id: session, betas: ['managed-agents-2026-04-01'] });
      return page.data.filter((one) => one.downloadable).map((one) => one.id);
    };
    await service.server.control.until(() => service.server.control.session(session)?.status === 'idle');
    expect(await outputs()).toEqual([]);
    await expect.poll(outputs, { interval: 20 }).toHaveLength(1);
    const [id = ''] = await outputs();
    expect(await (await client.beta.files.download(id)).text()).toContain('# Report');
  });

  it('credentials are unique a vault and never shown', async () => {
    const service = await startService();
    const { client } = service;
    const vault = await client.beta.vaults.create({ display_name: 'Team' });
    const auth = { type: 'static_bearer', mcp_server_url: 'https://mcp.example.com', token: 'hush' } as const;
    const made = await client.beta.vaults.credentials.create(vault.id, { auth });
    expect(JSON.stringify(made)).not.toContain('hush');
    await expect(client.beta.vaults.credentials.create(vault.id, { auth })).rejects.toMatchObject({
      status: 409,
    });
    await client.beta.vaults.archive(vault.id);
    await expect(newSession(service, { vault_ids: [vault.id] })).rejects.toMatchObject({ status: 400 });
  });

  it('serve the SDK’s own tool runner', async () => {
    const service = await startService();
    const session = await newSession(service);
    const asked: unknown[] = [];
    const tool = betaTool({
      name: 'ask_user',
      description: 'asks',
      inputSchema: { type: 'object', properties: { question: { type: 'string' } } },
      run: (input) => {
        asked.push(input);
        return 'green';
      },
    });
    const runner = service.client.beta.sessions.events.toolRunner(session, { tools: [tool], maxIdleMs: 20 });
    const results: unknown[] = [];
    const running = (async (): Promise<void> => {
      for await (const result of runner) results.push(result);
    })();
    await service.server.control.until(() => service.server.control.session(session)?.streams === 1);
    await say(service, session, 'custom');
    await running;
    expect(asked).toHaveLength(1);
    expect(results).toHaveLength(1);
    const events = service.server.control.session(session)?.events ?? [];
    expect(JSON.stringify(events)).toContain('It said: green');
  });
});

describe('the control plane over HTTP', () => {
  it('scripts, waits, shows, drops, and answers only to this machine', async () => {
    const service = await startService();
    const session = await newSession(service);
    const call = async (
      method: string,
      name: string,
      body?: unknown,
      headers: Record<string, string> = {},
    ): Promise<unknown> => {
      const init = body === undefined ? { method, headers } : { method, headers, body: JSON.stringify(body) };
      return await (await fetch(`${service.server.url}/__emu/${name}`, init)).json();
    };
    await call('POST', 'script', { session, requests: [['scripted']] });
    await say(service, session, 'go');
    await call('POST', 'until', { session, type: 'session.status_idle' });
    const views = (await call('GET', 'sessions')) as { id: string; events: unknown[] }[];
    expect(JSON.stringify(views[0]?.events)).toContain('scripted');
    expect(await call('GET', 'calls')).toMatchObject({ 'sessions.create': 1, 'events.send': 1 });
    expect(await call('POST', 'settings', { queueMode: 'after-idle' })).toMatchObject({
      queueMode: 'after-idle',
    });
    const stream = await listen(service, session);
    expect(await call('POST', 'drop', { session, how: 'fin' })).toEqual({ hit: 1 });
    expect(await stream.untilEnd()).toBe('end');
    await call('POST', 'faults', { endpoint: 'events.list', kind: 'status', status: 529 });
    await expect(service.client.beta.sessions.events.list(session, {})).rejects.toMatchObject({
      status: 529,
    });
    await call('POST', 'archive', { session });
    expect((await service.client.beta.sessions.retrieve(session)).status).toBe('terminated');
    expect(await call('GET', 'sessions', undefined, { origin: 'https://evil.example' })).toHaveProperty(
      'error',
    );
    expect(await call('GET', 'nonsense')).toHaveProperty('error');
    await call('POST', 'remove', { session });
    expect(await call('GET', 'sessions')).toEqual([]);
  });
});
