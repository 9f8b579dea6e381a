/**
 * The whole product while its Redis fails over: conversations go on, nothing is lost, nothing happens twice. Slack
 * and the session are asked what they have, as the new primary may have missed the last moments.
 */
import { afterEach, describe, expect, it } from 'vitest';
import { createKeys } from '../../src/adapters/store/keys.ts';
import { slotOf } from '../../src/adapters/store/redis-slots.ts';
import { SHORT, startWhole, type Whole } from '../support/whole.ts';
import { ask, endsSound, reply } from '../trace/support/ground.ts';
import { freshChannel, gate, turn } from '../trace/support/talk.ts';
import { startTestCluster } from './support/cluster.ts';
import { caughtUp, cutOff, startReplicated } from './support/sentinel.ts';
import { untilSo } from './support/until-so.ts';

const ends: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** Two replicas of the product. Slack delivers again what was not acknowledged, sooner than it does in earnest. */
async function wholeOn(redisUrl: string): Promise<Whole> {
  const timings = { retries: [200, 500, 1_000, 2_000, 4_000] };
  const whole = await startWhole({ redisUrl, times: SHORT, slack: { timings } });
  ends.push(async () => whole.stop());
  await whole.replica();
  return whole;
}

describe('a failover by Sentinels in the middle of a turn', () => {
  it('costs a moment, and what was written meanwhile comes after it (fault: redis-failover)', async () => {
    const servers = await startReplicated();
    ends.push(async () => servers.stop());
    const whole = await wholeOn(servers.url);
    const thread = ask(whole, { script: turn('Half of it.', gate('failing'), 'The rest.') });
    await thread.until(() => thread.live(1), 'half of it');
    await caughtUp(servers);
    await servers.primary.kill9();
    whole.agents.control.script(turn('And yes.'));
    whole.agents.control.open('failing');
    const next = reply(thread, 'are you there?');
    await thread.until(() => thread.events('user.message').length === 2, 'the reply', 20_000);
    await endsSound(thread, { messages: 2, given: [thread.ts, next] });
  });

  it('that forgets what was just done does nothing twice (fault: redis-failover)', async () => {
    const servers = await startReplicated();
    ends.push(async () => servers.stop());
    const whole = await wholeOn(servers.url);
    const thread = ask(whole, { script: turn('Half of it.', gate('failing'), 'The rest.') });
    await thread.until(() => thread.live(1), 'half of it');
    await caughtUp(servers);
    await cutOff(servers);
    whole.agents.control.script(turn('And yes.'));
    whole.agents.control.open('failing');
    const next = reply(thread, 'are you there?');
    await thread.until(() => thread.events('user.message').length === 2, 'the reply');
    await thread.until(() => thread.events('agent.message').length === 3, 'the answers');
    await servers.primary.kill9();
    await untilSo('a new primary', async () => (await servers.primaryPort()) !== servers.primary.port);
    await endsSound(thread, { messages: 2, given: [thread.ts, next] });
    whole.agents.control.script(turn('Still here.'));
    const last = reply(thread, 'and now?');
    await thread.until(() => thread.events('user.message').length === 3, 'one more', 20_000);
    await endsSound(thread, { messages: 3, given: [thread.ts, next, last] });
  });
});

describe('a cluster', () => {
  it('that loses a master in the middle of turns on all of them goes on with its replica (fault: redis-failover)', async () => {
    const cluster = await startTestCluster({ replicas: 1, nodeTimeoutMs: 800 });
    ends.push(async () => cluster.stop());
    const whole = await wholeOn(cluster.url);
    const keys = createKeys(whole.slack.appId);
    whole.agents.control.script(turn('Half of it.', gate('failing'), 'The rest.'));
    const masters = new Set<number>();
    const threads = [];
    for (let n = 0; masters.size < 3 || threads.length < 6; n += 1) {
      const channel = freshChannel(whole, `shard-${n}`);
      masters.add(Math.floor(slotOf(keys.shard({ team: whole.slack.teamId, channel })) / 5461));
      threads.push(ask(whole, { channel }));
    }
    for (const thread of threads) await thread.until(() => thread.live(1), 'half of it', 20_000);
    const [primary, replica] = [cluster.masters[0], cluster.replicas[0]];
    await untilSo('a replica that has all', async () => {
      return (await primary?.control.dbsize()) === (await replica?.control.dbsize());
    });
    await primary?.server.kill9();
    whole.agents.control.open('failing');
    for (const thread of threads) {
      await thread.until(() => thread.events('agent.message').length === 2, 'the rest', 20_000);
      await endsSound(thread);
    }
    expect(threads.length).toBeGreaterThanOrEqual(6);
  });
});
