import { describe, expect, it } from 'vitest';
import { calm, checkTalk, takeoverLeft } from './support/check.ts';
import { clearHolds, holdAgents, holdSlack, working } from './support/moments.ts';
import { LAST, SECOND, gated, growing, plain } from './support/script.ts';
import { SLOW, worlds } from './support/setting.ts';
import type { Talk, World } from './support/world.ts';

const world = worlds();

/** Kills the only process, starts another one, and waits until the threads have come to rest in time. */
async function killAndRestart(here: World, first: ReturnType<World['bot']>, talks: readonly Talk[]) {
  await first.kill9();
  const killedAt = performance.now();
  clearHolds(here);
  const second = here.bot();
  await second.ready();
  await calm(talks, takeoverLeft(killedAt));
  await here.atRest(second);
}

describe.concurrent('killed with -9 and started again', SLOW, () => {
  it('in the middle of a turn: the same message goes on, to the same final text, once (fault: kill-mid-turn, all-dead)', async (test) => {
    const here = await world(test);
    const { agents, slack } = here;
    const { ids, dm, waitFor } = slack.control;
    const first = here.bot();
    await first.ready();
    agents.control.script(gated('while nobody listens'));
    const away = here.talk('weave while I am away');
    const inDirect = here.talk('weave for me alone', { channel: dm(ids.ada) });
    await working(here, away, inDirect);
    agents.control.script(gated('later'));
    const later = here.talk('weave and wait');
    await working(here, later);
    agents.control.script(growing(9_000));
    const inSentence = here.talk('weave slowly');
    await waitFor(() => inSentence.words().includes('Row 2 of'), 30_000);
    const talks = [away, inDirect, later, inSentence];
    await waitFor(() => talks.every((talk) => /The warp|Row/.test(talk.words())), 30_000);
    const before = talks.map((talk) => talk.bot().map(({ ts }) => ts));

    await first.kill9();
    agents.control.open('while nobody listens');
    const killedAt = performance.now();
    const second = here.bot();
    await second.ready();
    await waitFor(() => away.words().includes(LAST), takeoverLeft(killedAt));
    agents.control.open('later');
    await calm(talks);
    await here.atRest(second);

    expect(talks.map((talk) => talk.bot().map(({ ts }) => ts))).toEqual(before);
    for (const talk of talks) checkTalk(talk);
    expect(later.words()).toContain(SECOND);
  });

  it('while a turn begins: nothing is created, sent or posted twice, and nothing is left out (fault: kill-before-create, kill-after-create, kill-before-send, kill-after-send, kill-after-post)', async (test) => {
    const here = await world(test);
    const { ids } = here.slack.control;
    here.agents.control.script(plain(SECOND, LAST));
    const first = here.bot();
    await first.ready();
    const begin = async (held: (channel: string) => Promise<void>, user: string = ids.ada): Promise<Talk> => {
      const channel = here.channel();
      const reached = held(channel);
      const talk = here.talk('weave', { channel, user });
      await reached;
      return talk;
    };
    const talks = [
      await begin((channel) => holdSlack(here, 'chat.postMessage', 'not done', { channel })),
      await begin((channel) => holdSlack(here, 'chat.postMessage', 'done', { channel })),
      await begin(() => holdAgents(here, 'sessions.create', 'not done')),
      await begin(() => holdAgents(here, 'sessions.create', 'done')),
      await begin(() => holdAgents(here, 'events.send', 'not done')),
      await begin(() => holdAgents(here, 'events.send', 'done')),
      await begin(() => holdSlack(here, 'users.info', 'done', { holds: ids.linus }), ids.linus),
    ];
    await killAndRestart(here, first, talks);
    for (const talk of talks) checkTalk(talk);
  });

  it('just before and just after the end: the last edit is there, the stop is sent once (fault: kill-after-last-edit)', async (test) => {
    const here = await world(test);
    const { ada } = here.slack.control.ids;
    const first = here.bot();
    await first.ready();
    here.agents.control.script(gated('never'));
    const stopped = [here.talk('weave on'), here.talk('weave on and on')];
    await working(here, ...stopped);
    here.agents.control.script(plain(SECOND, LAST));
    const stop = ({ channel, ts }: Talk): string =>
      here.slack.control.say({ user: ada, channel, threadTs: ts, text: 'stop' });
    const ended: Talk[] = [];
    for (const effect of ['not done', 'done'] as const) {
      const channel = here.channel();
      const reached = holdSlack(here, 'chat.update', effect, { channel, holds: LAST });
      ended.push(here.talk('weave', { channel }));
      await reached;
    }
    for (const [at, effect] of (['not done', 'done'] as const).entries()) {
      const reached = holdAgents(here, 'events.send', effect);
      stop(stopped[at] as Talk);
      await reached;
    }
    await killAndRestart(here, first, [...ended, ...stopped]);
    for (const talk of ended) checkTalk(talk);
    for (const talk of stopped) {
      checkTalk(talk);
      expect(talk.words()).toContain(`Stopped by <@${ada}>`);
      const interrupts = talk.session().events.filter(({ type }) => type === 'user.interrupt');
      expect(interrupts).toHaveLength(1);
    }
  });

  it('with requests still on their way: what takes effect after the death is found', async (test) => {
    const here = await world(test);
    here.agents.control.script(plain(SECOND, LAST));
    const { slack, agents } = here;
    const first = here.bot();
    await first.ready();
    const late = 3_000;
    const counts = (endpoint: string): number => agents.control.calls()[endpoint] ?? 0;
    const begin = async (endpoint: string): Promise<Talk> => {
      const before = counts(endpoint);
      agents.control.fault({ endpoint, kind: 'delay', ms: late });
      const talk = here.talk('weave');
      await agents.control.until(() => counts(endpoint) > before, 30_000);
      return talk;
    };
    const talks = [await begin('sessions.create'), await begin('events.send')];
    const channel = here.channel();
    const fault = slack.control.faults.add({
      method: 'chat.postMessage',
      channel,
      fault: { type: 'delay', ms: 2 * late },
    });
    talks.push(here.talk('weave', { channel }));
    await slack.control.waitFor(() => fault.hits() > 0 && talks[2]?.sessions().length === 1, 30_000);
    await killAndRestart(here, first, talks);
    for (const talk of talks) checkTalk(talk);
  });
});
