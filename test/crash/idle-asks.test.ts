import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { request, type Op } from '../../src/playground/agents/index.ts';
import type { SeenMessage } from '../../src/playground/slack/index.ts';
import { calm, checkTalk, takeoverLeft } from './support/check.ts';
import { clearHolds, holdAgents, holdSlack, working } from './support/moments.ts';
import { FIRST, LAST, SECOND, gated, plain } from './support/script.ts';
import { SLOW, worlds } from './support/setting.ts';
import { waitUntil } from './support/bot.ts';
import type { Talk } from './support/world.ts';

const world = worlds();

const hasButtons = ({ blocks }: SeenMessage): boolean => JSON.stringify(blocks).includes('heddle.approve');
const RAISE = 'heddle.raise_budget';
const costly: readonly Op[] = [
  ...request('I spend what there is.', { op: 'end', spend: 'rest' }),
  ...request(LAST),
];
const budgetOf = (talk: Talk): SeenMessage | undefined =>
  talk.bot().find(({ blocks }) => JSON.stringify(blocks).includes(RAISE));
const cardOf = (talk: Talk): SeenMessage | undefined => talk.bot().find(hasButtons);

describe.concurrent('killed with -9 while nobody speaks', SLOW, () => {
  it('during idle close: archived once, told once, closed', async (test) => {
    const here = await world(test);
    const { slack, agents } = here;
    agents.control.script(plain(SECOND, LAST));
    const env = { HEDDLE_IDLE_TIMEOUT: '1s' };
    const first = here.bot(env);
    await first.ready();
    const channels = [here.channel(), here.channel(), here.channel(), here.channel()];
    const talks = channels.map((channel) => here.talk('weave', { channel }));
    const [before, after, noteBefore, noteAfter] = talks as [Talk, Talk, Talk, Talk];
    await agents.control.until(() => talks.every((talk) => talk.sessions().length === 1), 30_000);
    await Promise.all([
      holdAgents(here, 'sessions.archive', 'not done', before.session().id),
      holdAgents(here, 'sessions.archive', 'done', after.session().id),
      holdSlack(here, 'chat.postMessage', 'not done', { channel: noteBefore.channel, holds: 'closed' }),
      holdSlack(here, 'chat.postMessage', 'done', { channel: noteAfter.channel, holds: 'closed' }),
    ]);
    await first.kill9();
    const killedAt = performance.now();
    clearHolds(here);
    const second = here.bot(env);
    await second.ready();
    const told = (talk: Talk): boolean => talk.bot().some(({ shown }) => shown.includes('closed'));
    await waitUntil('told', () => talks.every(told), takeoverLeft(killedAt));
    await here.atRest(second);
    for (const talk of talks) {
      checkTalk(talk, { messages: 2, status: 'closed' });
      expect(talk.session().record['archived_at']).not.toBeNull();
      expect(talk.bot().filter(({ shown }) => shown.includes('closed'))).toHaveLength(1);
    }
    expect(slack.control.ephemerals()).toEqual([]);
  });

  it('while a tool waits for a person: the same card works, once (fault: approval-outlives-owner, approved-late)', async (test) => {
    const here = await world(test);
    const { slack, agents } = here;
    const { ada } = slack.control.ids;
    const use: Op = {
      op: 'use',
      key: 'rm',
      name: 'bash',
      input: { command: 'rm -rf ./loom' },
      policy: 'ask',
    };
    const result: Op = { op: 'result', key: 'rm', text: 'removed' };
    agents.control.script({ requests: [[FIRST, use, result], [LAST]] });
    const first = here.bot();
    await first.ready();
    const talks = ['early', 'later', 'not done', 'done'].map((word) => here.talk(`tidy up ${word}`));
    const [early, later, ...answering] = talks as [Talk, Talk, Talk, Talk];
    await slack.control.waitFor(() => talks.every(cardOf), 30_000);
    const cards = new Map(talks.map((talk) => [talk, cardOf(talk)?.ts ?? '']));
    const approve = (talk: Talk) => {
      const { channel } = talk;
      return slack.control.click({
        user: ada,
        channel,
        ts: cards.get(talk) ?? '',
        actionId: 'heddle.approve',
      });
    };
    for (const [at, effect] of (['not done', 'done'] as const).entries()) {
      const reached = holdAgents(here, 'events.send', effect);
      const talk = answering[at] as Talk;
      expect(await approve(talk)).toMatchObject({ ok: true });
      await reached;
    }
    await first.kill9();
    const killedAt = performance.now();
    clearHolds(here);
    expect(await approve(early)).toMatchObject({ ok: false });
    const second = here.bot();
    await second.ready();
    expect(await approve(early)).toMatchObject({ ok: true });
    await calm([early, ...answering], takeoverLeft(killedAt));
    expect(cardOf(later)?.ts).toBe(cards.get(later));
    const [one, two] = await Promise.all([approve(later), approve(later)]);
    expect([one.ok, two.ok]).toEqual([true, true]);
    await calm([later]);
    await here.atRest(second);
    for (const talk of talks) {
      checkTalk(talk, { messages: 2 });
      expect(talk.bot().map(({ ts }) => ts)).toContain(cards.get(talk));
      expect(talk.bot().filter(hasButtons)).toEqual([]);
      const answers = talk.session().events.filter(({ type }) => type === 'user.tool_confirmation');
      expect(answers).toHaveLength(1);
      expect(talk.words()).toContain(LAST);
    }
  });

  it('while messages are queued: each is sent once, in order, and so is what was said meanwhile', async (test) => {
    const here = await world(test);
    const { agents } = here;
    const config = join(here.redis.dir, 'heddle.yaml');
    writeFileSync(config, 'busy_mode: queue\n');
    const env = { HEDDLE_CONFIG: config };
    const first = here.bot(env);
    await first.ready();
    agents.control.script(gated('go on'));
    const queued = here.talk('weave the first row');
    await working(here, queued);
    agents.control.script(plain(SECOND, LAST));
    for (const row of ['second', 'third', 'fourth']) queued.reply(`and the ${row} one`);
    const held: Talk[] = [];
    for (const effect of ['not done', 'done'] as const) {
      const reached = holdAgents(here, 'events.send', effect);
      const talk = here.talk('weave the first row');
      await reached;
      held.push(talk);
      for (const row of ['second', 'third']) talk.reply(`and the ${row} one`);
    }
    const talks = [queued, ...held];
    await waitUntil('all is admitted', () => here.slack.control.deliveries.waiting === 0);
    await first.kill9();
    const killedAt = performance.now();
    clearHolds(here);
    for (const talk of talks) talk.reply('and one while you were away');
    const second = here.bot(env);
    await second.ready();
    agents.control.open('go on');
    const isThere = (talk: Talk): boolean =>
      talk.sessions()[0]?.events.filter(({ type }) => type === 'user.message').length === talk.said().length;
    await waitUntil('all is sent', () => talks.every(isThere), takeoverLeft(killedAt));
    await calm(talks);
    await here.atRest(second);
    for (const talk of talks) checkTalk(talk, { messages: 'any' });
  });

  it('while a budget is raised, before the service heard of it and after: it is raised once each, and the work goes on (fault: budget-reached)', async (test) => {
    const here = await world(test);
    const { slack, agents } = here;
    const first = here.bot();
    await first.ready();
    agents.control.script({ ops: [...costly, { op: 'idle' }] });
    const talks = [here.talk('weave one'), here.talk('weave two')];
    await slack.control.waitFor(() => talks.every(budgetOf), 30_000);
    const [before, after] = talks as [Talk, Talk];
    const press = async (talk: Talk): Promise<void> => {
      const { admin } = slack.control.ids;
      const { channel } = talk;
      await slack.control.click({ user: admin, channel, ts: budgetOf(talk)?.ts ?? '', actionId: RAISE });
    };
    await Promise.all([holdAgents(here, 'sessions.update', 'not done', before.session().id), press(before)]);
    await Promise.all([holdAgents(here, 'sessions.update', 'done', after.session().id), press(after)]);

    await first.kill9();
    const killedAt = performance.now();
    clearHolds(here);
    const second = here.bot();
    await second.ready();
    await slack.control.waitFor(
      () => talks.every((talk) => talk.words().includes(LAST)),
      takeoverLeft(killedAt) + 10_000,
    );
    await calm(talks);
    await here.atRest(second);
    for (const talk of talks) {
      const raised = talk.session().events.filter((event) => event.type === 'session.updated');
      expect(raised).toHaveLength(1);
      expect(JSON.stringify(raised)).toContain('"1500"');
      expect(talk.words().split(LAST)).toHaveLength(2);
      expect(talk.words()).toMatch(/Raised to \$15 by/);
      expect(budgetOf(talk)).toBeUndefined();
    }
  });
});
