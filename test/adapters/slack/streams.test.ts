/** Slack's own streaming with the real Web API client against the playground's Slack over loopback. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSlackPort, type SlackAdapter } from '../../../src/adapters/slack/api.ts';
import { createLanes } from '../../../src/adapters/slack/lanes.ts';
import { systemClock } from '../../../src/lib/time.ts';
import { startSlackServer, type SeenMessage, type SlackServer } from '../../../src/playground/slack/index.ts';
import type { Clock } from '../../../src/ports.ts';
import { quietLog } from '../../support/quiet-log.ts';
import { openLimiter } from './support/limiter.ts';

let slack: SlackServer;
let port: SlackAdapter;
let threadTs: string;
let ahead = 0;

beforeEach(async () => {
  ahead = 0;
  slack = await startSlackServer({ limits: false });
  const clock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() + ahead };
  const lanes = createLanes({ limiter: openLimiter, clock, log: quietLog });
  port = createSlackPort({ token: slack.botToken, apiUrl: slack.apiUrl, lanes, log: quietLog, clock });
  const { ids } = slack.control;
  threadTs = slack.control.say({ user: ids.ada, channel: ids.general, text: '@heddle weave' });
});
afterEach(() => slack.stop());

const place = () => ({ team: slack.teamId, channel: slack.control.ids.general, priority: 'delta' }) as const;
const thread = () => ({ team: slack.teamId, channel: slack.control.ids.general, ts: threadTs });
const NOBODY: ReadonlySet<string> = new Set();

function start(
  text = 'Warp ',
  user: string = slack.control.ids.ada,
  team = slack.teamId,
): Promise<string | undefined> {
  return port.startStream({ ...place(), threadTs, recipient: { user, team }, text: () => text });
}

async function started(): Promise<string> {
  const ts = await start();
  if (ts === undefined) throw new Error('no stream was begun');
  return ts;
}

function append(ts: string, text: string | undefined): Promise<true | undefined> {
  return port.appendStream({ ...place(), ts, text: () => text });
}

function stop(ts: string, text = '', below: readonly { type: string }[] = []): Promise<true | undefined> {
  const end = () => ({ text, below, status: 'active' }) as const;
  return port.stopStream({ ...place(), ts, key: 'k1', slot: 't1.0.0', end });
}

function message(ts: string): SeenMessage | undefined {
  return slack.control.messages(slack.control.ids.general, threadTs).find((each) => each.ts === ts);
}

describe('a stream', () => {
  it('is begun, appended to and ended as one message with a key, and blocks below its text', async () => {
    const ts = await started();
    expect(message(ts)).toMatchObject({ shown: 'Warp ', streaming: 'in_progress' });
    expect(slack.control.status(thread().channel, threadTs).session).toBe('processing');
    await append(ts, 'and ');
    expect(await append(ts, undefined)).toBeUndefined();
    expect(await append(ts, '')).toBeUndefined();
    const below = [{ type: 'context', elements: [{ type: 'mrkdwn', text: 'Stopped.' }] }];
    expect(await stop(ts, 'weft.', below)).toBe(true);
    const ended = message(ts);
    expect(ended?.blocks.map(({ type }) => type)).toEqual(['markdown', 'context']);
    expect(ended).toMatchObject({ streaming: 'completed', shown: 'Warp and weft.\nStopped.' });
    expect(slack.control.status(thread().channel, threadTs).session).toBe('active');
    expect(await port.find(thread(), ['k1'])).toEqual(new Map([['k1', ts]]));
    expect(slack.control.calls.of('chat.appendStream').calls).toBe(1);
  });

  it('is edited only after it has ended', async () => {
    const ts = await started();
    const content = () => ({ text: 'x', blocks: [{ type: 'markdown', text: 'Whole.' }] });
    const update = () => port.update({ ...place(), ts, content });
    await expect(update()).rejects.toMatchObject({ code: 'streaming_state_conflict' });
    await expect(port.remove({ ...place(), ts })).rejects.toMatchObject({ code: 'cant_delete_message' });
    await stop(ts);
    await update();
    expect(message(ts)?.shown).toBe('Whole.');
    await expect(append(ts, 'more')).rejects.toMatchObject({ code: 'message_not_in_streaming_state' });
    await expect(stop(ts)).rejects.toMatchObject({ code: 'message_not_in_streaming_state' });
  });

  it('that somebody stopped says so', async () => {
    const ts = await started();
    slack.control.stop({ user: slack.control.ids.grace, channel: thread().channel, threadTs });
    await expect(append(ts, 'more')).rejects.toMatchObject({ code: 'stopped_by_user' });
  });

  it('names people of another organisation with their own workspace', async () => {
    const { ids } = slack.control;
    await expect(start('x', ids.outsider)).rejects.toMatchObject({ code: 'team_not_found' });
    expect(await start('x', ids.outsider, 'T0OTHER001')).toMatch(/^\d+\.\d+$/);
  });

  it('of which nobody knows the outcome is found among our messages while it has no key', async () => {
    slack.control.faults.add({ method: 'chat.startStream', fault: { type: 'reset', commit: true } });
    await expect(start()).rejects.toMatchObject({ kind: 'unknown' });
    const other = await started();
    const strays = await port.strays(thread(), threadTs, new Set([other]));
    expect(strays).toHaveLength(1);
    expect(await port.strays(thread(), other, NOBODY)).toEqual([]);
    await stop(strays[0] ?? '');
    expect(await port.strays(thread(), threadTs, new Set([other]))).toEqual([]);
  });
});

describe('a workspace that has no streams', () => {
  it('is remembered for this kind of place, and for a while', async () => {
    const { channel } = thread();
    slack.control.lack('chat.startStream');
    expect(port.streams(slack.teamId, channel)).toBe(true);
    await expect(start()).rejects.toMatchObject({ code: 'unknown_method' });
    expect(port.streams(slack.teamId, channel)).toBe(false);
    expect(port.streams(slack.teamId, 'D1')).toBe(true);
    ahead = 10 * 60_000 + 1;
    expect(port.streams(slack.teamId, channel)).toBe(true);
  });
});
