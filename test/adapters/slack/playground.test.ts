/** The adapter as a whole, with Slack's real SDKs, against the playground's Slack over loopback. */
import { afterEach, describe, expect, it } from 'vitest';
import type { SlackServer } from '../../../src/playground/slack/index.ts';
import { adapterWorld, endWorlds } from './support/adapter-world.ts';
import { until } from './support/clock.ts';

afterEach(endWorlds);

describe.each(['socket', 'http'] as const)('over %s', (transport) => {
  it('a mention arrives as both of its events, a reply as one, our own words as none', async () => {
    const { slack, intake, port } = await adapterWorld(transport);
    const { ids } = slack.control;
    const ts = slack.control.say({ user: ids.ada, channel: ids.general, text: '@heddle hello & <bye>' });
    await until('both events', () => intake.events.length === 2);
    expect(intake.events).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          kind: 'message',
          mentionEvent: true,
          ts,
          team: slack.teamId,
          user: ids.ada,
        }),
        expect.objectContaining({ kind: 'message', mentionEvent: false, ts, surface: 'channel' }),
      ]),
    );
    expect(JSON.stringify(intake.events)).toContain(`<@${ids.bot}> hello &amp; &lt;bye&gt;`);
    await port.post({
      team: slack.teamId,
      channel: ids.general,
      threadTs: ts,
      priority: 'first',
      key: 'k',
      clientMsgId: 'c',
      content: () => ({ text: 'on it', blocks: [] }),
    });
    slack.control.say({ user: ids.grace, channel: ids.general, threadTs: ts, text: 'me too' });
    await until('the reply', () => intake.events.length === 3);
    expect(intake.events[2]).toMatchObject({ user: ids.grace, threadTs: ts, text: 'me too' });
  });

  it('I1: what could not be admitted is delivered again and admitted then', async () => {
    const { slack, intake } = await adapterWorld(transport);
    const { ids } = slack.control;
    let failures = 1;
    intake.admit = () => {
      failures -= 1;
      return failures >= 0 ? Promise.reject(new Error('the store is away')) : Promise.resolve();
    };
    slack.control.say({ user: ids.ada, channel: slack.control.dm(ids.ada), text: 'hello' });
    await until('the second delivery', () => intake.events.length === 1);
    expect(intake.events[0]).toMatchObject({ kind: 'message', surface: 'im', text: 'hello' });
    await slack.control.waitFor(() => slack.control.deliveries.waiting === 0);
  });

  it('Stop, a reaction, a click, a command and a shortcut', async () => {
    const { slack, intake, port } = await adapterWorld(transport);
    const { ids } = slack.control;
    const channel = ids.general;
    const threadTs = slack.control.say({ user: ids.ada, channel, text: 'no mention' });
    const button = {
      type: 'button',
      action_id: 'heddle.stop',
      text: { type: 'plain_text', text: 'Stop' },
      value: 'v',
    };
    const ts = await port.post({
      team: slack.teamId,
      channel,
      threadTs,
      priority: 'first',
      key: 'k',
      clientMsgId: 'c',
      content: () => ({ text: 'x', blocks: [{ type: 'actions', block_id: 'b', elements: [button] }] }),
    });
    if (ts === undefined) throw new Error('not posted');
    const place = { team: slack.teamId, channel, threadTs, priority: 'status' } as const;
    expect(await port.setStatus({ ...place, status: 'processing' })).toBe(true);
    slack.control.stop({ user: ids.ada, channel, threadTs });
    slack.control.react({ user: ids.grace, channel, ts, name: 'octagonal_sign' });
    await until('both', () => intake.events.length === 3);
    expect(intake.events.slice(1)).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'agent_session_stopped', threadTs, user: ids.ada }),
        expect.objectContaining({ kind: 'reaction', itemTs: ts, name: 'octagonal_sign' }),
      ]),
    );
    const content = {
      text: 'Said to you alone.',
      blocks: [{ type: 'markdown', text: 'Said to you alone.' }],
    };
    intake.reply = () => Promise.resolve({ content });
    await slack.control.click({ user: ids.ada, channel, ts, blockId: 'b', actionId: 'heddle.stop' });
    await slack.control.waitFor(() => slack.control.ephemerals(ids.ada).length === 1);
    await slack.control.command({ user: ids.grace, channel, command: '/heddle', text: 'status' });
    await slack.control.waitFor(() => slack.control.ephemerals(ids.grace).length === 1);
    await slack.control.shortcut({ user: ids.linus, callbackId: 'stop_agent_message', channel, ts });
    await slack.control.waitFor(() => slack.control.ephemerals(ids.linus).length === 1);
    expect(intake.asks).toMatchObject([
      { kind: 'action', actionId: 'heddle.stop', value: 'v', messageTs: ts, threadTs },
      { kind: 'command', text: 'status', channel },
      { kind: 'shortcut', callbackId: 'stop_agent_message', messageTs: ts, threadTs },
    ]);
  });

  it('bodies of any shape harm nothing', async () => {
    const { slack, intake } = await adapterWorld(transport);
    const { ids } = slack.control;
    slack.control.injectBody({ type: 'app_rate_limited', team_id: slack.teamId });
    slack.control.injectBody({ type: 'event_callback', event: null });
    slack.control.injectBody({});
    slack.control.inject({ type: 'message', channel: null });
    slack.control.say({ user: ids.ada, channel: slack.control.dm(ids.ada), text: 'still there?' });
    await until('the message', () => intake.events.length === 1);
  });
});

describe('the port', () => {
  const at = (slack: SlackServer, threadTs: string) =>
    ({ team: slack.teamId, channel: slack.control.ids.general, threadTs }) as const;

  it('finds what was posted although the answer was lost', async () => {
    const { slack, port } = await adapterWorld('socket');
    const { ids } = slack.control;
    const threadTs = slack.control.say({ user: ids.ada, channel: ids.general, text: 'hi' });
    slack.control.faults.add({ method: 'chat.postMessage', fault: { type: 'reset', commit: true } });
    const call = {
      ...at(slack, threadTs),
      priority: 'first',
      key: 'key-1',
      clientMsgId: 'c-1',
      content: () => ({ text: 'posted', blocks: [] }),
    } as const;
    await expect(port.post(call)).rejects.toMatchObject({ kind: 'unknown' });
    const thread = { team: slack.teamId, channel: ids.general, ts: threadTs };
    const found = await port.find(thread, ['key-1', 'key-2']);
    expect([...found.keys()]).toEqual(['key-1']);
    expect(await port.rootOf(slack.teamId, ids.general, found.get('key-1') ?? '')).toBe(threadTs);
    expect(slack.control.messages(ids.general, threadTs)).toHaveLength(2);
  });

  it('knows who people are', async () => {
    const { slack, port } = await adapterWorld('socket');
    const { ids } = slack.control;
    const role = async (user: string): Promise<string> => (await port.person(slack.teamId, user)).role;
    expect(await role(ids.ada)).toBe('member');
    expect(await role(ids.admin)).toBe('admin');
    expect(await role(ids.guest)).toBe('guest');
    expect(await role(ids.outsider)).toBe('outsider');
    expect(await role(ids.otherBot)).toBe('bot');
  });

  it('asks anew about somebody who changed', async () => {
    const { slack, port } = await adapterWorld('socket');
    const { ids } = slack.control;
    await port.person(slack.teamId, ids.ada);
    slack.control.changeUser({ user: ids.ada, kind: 'guest' });
    let role = '';
    await until('the new facts', () => {
      port.person(slack.teamId, ids.ada).then(
        (person) => (role = person.role),
        () => undefined,
      );
      return role === 'guest';
    });
    // Once when first asked, once after the change.
    expect(slack.control.calls.of('users.info').calls).toBe(2);
  });

  it('reads the thread so far', async () => {
    const { slack, port } = await adapterWorld('socket');
    const { ids } = slack.control;
    const channel = ids.general;
    const root = slack.control.say({ user: ids.ada, channel, text: 'a < b & c' });
    slack.control.say({ user: ids.grace, channel, threadTs: root, text: '@ada why?' });
    const mention = slack.control.say({ user: ids.ada, channel, threadTs: root, text: '@heddle explain' });
    const said = await port.earlier({ team: slack.teamId, channel, ts: root }, mention, 10);
    expect(said.map((one) => [one.name, one.text])).toEqual([
      ['ada', 'a < b & c'],
      ['grace', '@ada why?'],
    ]);
  });

  it('keeps within the limits of a channel: ten posts at once, no 429', async () => {
    const { slack, port } = await adapterWorld('socket');
    const { ids } = slack.control;
    const threadTs = slack.control.say({ user: ids.ada, channel: ids.general, text: 'go' });
    const posts = Array.from({ length: 10 }, (_, i) =>
      port.post({
        ...at(slack, threadTs),
        priority: 'first',
        key: `k${i}`,
        clientMsgId: `c${i}`,
        content: () => ({ text: `${i}`, blocks: [] }),
      }),
    );
    await Promise.all(posts);
    expect(slack.control.messages(ids.general, threadTs)).toHaveLength(11);
    expect(slack.control.calls.of('chat.postMessage')).toMatchObject({ calls: 10, ok: 10, limited: 0 });
  }, 20_000);

  it('gives up session status where the workspace lacks it', async () => {
    const { slack, port } = await adapterWorld('socket');
    slack.control.lack('agents.sessions.setStatus');
    const threadTs = slack.control.say({
      user: slack.control.ids.ada,
      channel: slack.control.ids.general,
      text: 'x',
    });
    const call = { ...at(slack, threadTs), priority: 'status', status: 'processing' } as const;
    expect(await port.setStatus(call)).toBe(false);
    expect(await port.setStatus(call)).toBe(false);
    expect(slack.control.calls.of('agents.sessions.setStatus').calls).toBe(1);
  });
});
