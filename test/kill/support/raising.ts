/** A session that reaches its budget, and an admin who raises it. */
import { request, type Op } from '../../../src/playground/agents/index.ts';
import { waitUntil } from '../../crash/support/bot.ts';
import { LAST } from '../../crash/support/script.ts';
import type { Talk } from '../../crash/support/world.ts';
import { resting, sees, type Scenario } from './stage.ts';

const RAISE = 'heddle.raise_budget';

const costly: readonly Op[] = [
  ...request('I spend what there is.', { op: 'end', spend: 'rest' }),
  ...request(LAST),
  { op: 'idle' },
];

function card(talk: Talk): { readonly ts: string } | undefined {
  return talk.bot().find(({ blocks }) => JSON.stringify(blocks).includes(RAISE));
}

/** The budget is held, raised once, and the session goes on where it was held. */
export const raise: Scenario = {
  name: 'raise',
  async play(here) {
    const { control } = here.slack;
    here.agents.control.script({ ops: costly });
    const talk = here.talk('weave what it may cost');
    await sees('the card', () => card(talk), talk);
    const isRaised = (): boolean => talk.words().includes('Raised to');
    // As people do: pressed again while nothing happens.
    await sees('the raise', async () => {
      const open = card(talk);
      if (open)
        await control
          .click({ user: control.ids.admin, channel: talk.channel, ts: open.ts, actionId: RAISE })
          .catch(() => undefined);
      await waitUntil('a raise', isRaised, 2_000).catch(() => undefined);
      return isRaised();
    });
    await sees('the answer', () => talk.words().includes(LAST) && resting(talk), talk);
    return { talk, sessions: 1, status: 'active' };
  },
};
