import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { startAgentsServer } from '../../../src/playground/agents/index.ts';
import {
  clientOf,
  isIdle,
  listen,
  message,
  newSession,
  say,
  spoken,
  startService,
  type Service,
} from './support/service.ts';

function journalPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-agents-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'agents.journal');
}

const CHILD = fileURLToPath(new URL('support/child.ts', import.meta.url));

async function startChild(
  journal: string,
  port = 0,
): Promise<{ process: ChildProcess; url: string; port: number }> {
  const child = spawn(process.execPath, ['--import', 'tsx', CHILD, journal, String(port)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const url = line.toString().trim();
  return { process: child, url, port: Number(new URL(url).port) };
}

async function kill(child: ChildProcess): Promise<void> {
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
}

async function post(url: string, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${url}/__emu/${path}`, { method: 'POST', body: JSON.stringify(body) });
  return await response.json();
}

describe('the journal', () => {
  it('carries a running script over a kill -9: same ids, what was queued, and the rest of the turn', async () => {
    const journal = journalPath();
    const first = await startChild(journal);
    const ids = (await post(first.url, 'seed', {})) as { agentId: string; environmentId: string };
    const service = { client: clientOf(first), ...ids } as Service;
    const session = await newSession(service, { metadata: { thread: 'T1:C1:1.0' } });
    await post(first.url, 'script', {
      session,
      requests: [
        [{ op: 'say', text: 'before the kill', ms: 0 }],
        [{ op: 'say', text: 'after the kill', ms: 600 }],
        [{ op: 'gate', name: 'rest' }, 'end'],
      ],
    });
    const stream = await listen(service, session, ['agent.message']);
    const sent = await say(service, session, 'go');
    await stream.until(
      (event) =>
        event.type === 'event_start' && stream.types().filter((type) => type === 'event_start').length === 2,
    );
    const queued = await say(service, session, 'queued before the kill');
    const shown = stream.events.filter((event) => event.type === 'event_start').at(-1);
    await kill(first.process);
    expect(await stream.untilEnd()).toBeInstanceOf(TypeError);

    const second = await startChild(journal, first.port);
    expect(second.url).toBe(first.url);
    const again = { client: clientOf(second), ...ids } as Service;
    const record = await again.client.beta.sessions.retrieve(session);
    expect(record).toMatchObject({ status: 'running', metadata: { thread: 'T1:C1:1.0' } });
    const later = await listen(again, session);
    const said = async (): Promise<{ id: string; text: string }[]> => {
      const page = await again.client.beta.sessions.events.list(session, { types: ['agent.message'] });
      return page.data.map((event) => ({ id: event.id, text: spoken([event]) }));
    };
    const promised = shown?.type === 'event_start' ? shown.event.id : '';
    await expect.poll(said, { timeout: 5000 }).toContainEqual({ id: promised, text: 'after the kill' });
    const isTaken = (event: { id: string; processed_at?: unknown }): boolean =>
      event.id === queued.id && typeof event.processed_at === 'string';
    await expect
      .poll(async () => (await again.client.beta.sessions.events.list(session, {})).data.some(isTaken))
      .toBe(true);
    await post(second.url, 'open', { gate: 'rest' });
    await later.until((event) => isIdle(event));
    const history = [];
    for await (const event of again.client.beta.sessions.events.list(session, {})) history.push(event);
    const texts = history.filter((event) => event.type === 'agent.message').map((event) => spoken([event]));
    expect(texts.slice(0, 2)).toEqual(['before the kill', 'after the kill']);
    expect(texts).toContain('end');
    expect(history.filter((event) => event.id === sent.id)).toHaveLength(1);
    expect(new Set(history.map((event) => event.id)).size).toBe(history.length);
    const stamps = history.map((event) => String(event.processed_at));
    expect([...stamps].sort()).toEqual(stamps);
  });

  it('never forgets what a client was told', async () => {
    const journal = journalPath();
    const first = await startChild(journal);
    const ids = (await post(first.url, 'seed', {})) as { agentId: string; environmentId: string };
    const service = { client: clientOf(first), ...ids } as Service;
    const session = await newSession(service);
    const stream = await listen(service, session);
    await say(service, session, 'count to 100');
    const told = await service.client.beta.sessions.events.send(session, {
      events: [message('one'), message('two')],
    });
    await stream.until((event) => event.type === 'span.model_request_start');
    await kill(first.process);
    const seen = stream.events.map((event) => ('id' in event ? event.id : ''));
    const second = await startAgentsServer({ journal });
    onTestFinished(() => second.stop());
    const known = new Set(second.control.session(session)?.events.map((event) => event.id));
    expect([...seen, ...(told.data ?? []).map((event) => event.id)].filter((id) => !known.has(id))).toEqual(
      [],
    );
  });

  it('keeps approvals, agents, files and cost, and ignores a line that was cut short', async () => {
    const journal = journalPath();
    const one = await startService({ journal, settings: { fileLagMs: 0 } });
    const session = await newSession(one);
    const stream = await listen(one, session);
    await say(one, session, 'write a file');
    await stream.until((event) => isIdle(event));
    await expect.poll(async () => (await one.client.beta.sessions.retrieve(session)).status).toBe('idle');
    await say(one, session, 'ask');
    const idle = await stream.until((event) => isIdle(event, 'requires_action'));
    const before = one.server.control.session(session);
    await one.server.stop();
    appendFileSync(journal, '[["event","' + session + '",17');

    const server = await startAgentsServer({ journal, pace: 0, heartbeatMs: 0 });
    onTestFinished(() => server.stop());
    const two = { ...one, server, client: clientOf(server) };
    const after = server.control.session(session);
    expect(after?.events).toEqual(before?.events);
    expect(after?.record['usage']).toEqual(before?.record['usage']);
    expect(server.control.seed()).toEqual({ agentId: one.agentId, environmentId: one.environmentId });
    const files = await two.client.beta.files.list({
      scope_id: session,
      betas: ['managed-agents-2026-04-01'],
    });
    expect(files.data).toMatchObject([{ filename: 'report.md', downloadable: true }]);
    const again = await listen(two, session);
    const [id = ''] = (idle as { stop_reason: { event_ids: string[] } }).stop_reason.event_ids;
    await two.client.beta.sessions.events.send(session, {
      events: [
        { type: 'user.tool_confirmation', tool_use_id: id, result: 'deny', deny_message: 'better not' },
      ],
    });
    await again.until((event) => isIdle(event, 'end_turn'));
    expect(spoken(again.events)).toContain('better not');
  });

  it('is compacted on opening: deleted sessions leave nothing behind', async () => {
    const journal = journalPath();
    const one = await startService({ journal });
    const [gone, kept] = [await newSession(one), await newSession(one)];
    await one.client.beta.sessions.delete(gone);
    await one.server.stop();
    const server = await startAgentsServer({ journal });
    onTestFinished(() => server.stop());
    const text = readFileSync(journal, 'utf8');
    expect(text).not.toContain(gone);
    expect(text).toContain(kept);
  });
});
