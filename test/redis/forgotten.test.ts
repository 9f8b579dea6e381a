/**
 * A failover that forgets what was done for a message that Slack will not deliver again: its admission, the intent to
 * send it, or that it was sent. Slack and the session know; it reaches the agent once, and its answer is shown.
 */
import { Redis } from 'ioredis';
import { describe, expect, it, vi } from 'vitest';
import { SHORT, startWhole, until, type Whole } from '../support/whole.ts';
import { ask, endsSound, reply } from '../trace/support/ground.ts';
import { gate, turn } from '../trace/support/talk.ts';
import { caughtUp, cutOff, startReplicated, type Replicated } from './support/sentinel.ts';
import { untilSo } from './support/until-so.ts';

vi.setConfig({ maxConcurrency: 4, testTimeout: 60_000 });

/** Marks of connection come so rarely that the failover forgets none of them: it does not show by them. */
const RARE = { ...SHORT, beatMs: 1_500, gapMs: 6_000 };

interface Ground {
  readonly servers: Replicated;
  readonly whole: Whole;
  /** Deliveries that Slack will not make again. */
  readonly acknowledged: () => number;
}

async function onGround(work: (ground: Ground) => Promise<void>): Promise<void> {
  const servers = await startReplicated();
  let acknowledged = 0;
  const onDelivery = (what: string): void => {
    if (what === 'acknowledged') acknowledged += 1;
  };
  const whole = await startWhole({ redisUrl: servers.url, times: RARE, slack: { onDelivery } });
  try {
    await whole.replica();
    await work({ servers, whole, acknowledged: () => acknowledged });
  } finally {
    await whole.stop();
    await servers.stop();
  }
}

/** Resolves right after a mark of connection was made, with nobody at work. */
async function atRest({ servers, whole }: Ground): Promise<void> {
  const control = new Redis(servers.primary.path);
  await untilSo('threads that nobody holds', async () => (await control.keys('*:leases')).length === 0);
  const name = `${whole.slack.appId}:beat:{beat}:n`;
  const before = await control.get(name);
  await untilSo('a beat', async () => (await control.get(name)) !== before);
  control.disconnect();
}

interface Case {
  readonly what: string;
  /** What keeps the send from being over before the primary dies. */
  readonly hold: (whole: Whole) => void;
  /** The moment at which the primary dies. */
  readonly dies: (whole: Whole) => boolean;
}

const calls = ({ agents }: Whole, endpoint: string): number => agents.control.calls()[endpoint] ?? 0;
const late =
  (commit: 'before' | 'after') =>
  ({ agents }: Whole): void =>
    agents.control.fault({ endpoint: 'events.send', kind: 'delay', commit, ms: 500 });

const CASES: readonly Case[] = [
  {
    what: 'that it was admitted, and nothing was sent yet',
    // It would be sent when the stream is attached.
    hold: ({ agents }) => agents.control.fault({ endpoint: 'events.stream', kind: 'delay', ms: 5_000 }),
    dies: (whole) => calls(whole, 'events.stream') > 1,
  },
  {
    what: 'the intent to send it, and the request has its effect only then',
    hold: late('before'),
    dies: (whole) => calls(whole, 'events.send') > 1,
  },
  {
    what: 'the intent to send it, and its answer is late',
    hold: late('after'),
    dies: (whole) => calls(whole, 'events.send') > 1,
  },
  {
    what: 'that it was sent',
    hold: () => undefined,
    dies: ({ agents }) => agents.control.sessions()[0]?.status === 'running',
  },
];

async function forgets({ hold, dies }: Case, ground: Ground): Promise<void> {
  const { servers, whole, acknowledged } = ground;
  const thread = ask(whole, { script: turn('The first answer.') });
  await thread.untilCalm();
  await atRest(ground);
  await caughtUp(servers);
  await cutOff(servers);
  whole.agents.control.script(turn(gate('later'), 'The second answer.'));
  hold(whole);
  const before = acknowledged();
  const next = reply(thread, 'and now?');
  await until(() => acknowledged() > before && dies(whole), 'the moment', 5_000);
  process.kill(servers.primary.pid(), 'SIGKILL');
  await servers.primary.kill9();
  await untilSo('a new primary', async () => (await servers.primaryPort()) !== servers.primary.port);
  whole.agents.control.clearFaults();
  whole.agents.control.open('later');
  await thread.until(() => thread.words().includes('The second answer.'), 'its answer', 25_000);
  await endsSound(thread, { messages: 2, given: [thread.ts, next] });
  expect(thread.bot()).toHaveLength(2);
}

describe.concurrent('a failover that forgets of a message', () => {
  it.each(CASES)('$what (fault: redis-failover)', async (one) => {
    await onGround((ground) => forgets(one, ground));
  });
});
