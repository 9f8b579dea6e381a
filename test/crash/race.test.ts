/** Three processes get the first messages of many threads at the same moment. */
import { describe, it } from 'vitest';
import { calm, checkTalk } from './support/check.ts';
import { LAST, plain } from './support/script.ts';
import { SLOW, worlds } from './support/setting.ts';
import type { Talk } from './support/world.ts';

const world = worlds();

/** Threads at a time, and how often. */
const [AT_ONCE, ROUNDS] = [8, 3];

describe('every event comes to two of three processes', SLOW, () => {
  it('one session a thread, with each of its first messages once (fault: first-message-race, delivered-again)', async (test) => {
    const here = await world(test);
    const { deliveries } = here.slack.control;
    here.agents.control.script(plain(LAST));
    const bots = [here.bot(), here.bot(), here.bot()];
    await Promise.all(bots.map((bot) => bot.ready()));
    deliveries.addFault({ kind: 'two_sockets', times: Infinity });
    const talks: Talk[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const channels = Array.from({ length: AT_ONCE }, () => here.channel());
      const begun = channels.map((channel) => {
        const talk = here.talk('weave', { channel });
        talk.reply('in red, please');
        return talk;
      });
      await here.agents.control.until(
        () =>
          begun.every(
            (talk) =>
              (talk.sessions()[0]?.events ?? []).filter(({ type }) => type === 'user.message').length === 2,
          ),
        60_000,
      );
      await calm(begun, 60_000);
      talks.push(...begun);
    }
    await here.atRest(...bots);
    for (const talk of talks) checkTalk(talk, { messages: 'any' });
  });
});
