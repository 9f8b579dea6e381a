/** The store forgets everything, in operation or while nobody runs: the sessions and Slack say what was. */
import { FIRST, LAST, SECOND, plain } from '../../crash/support/script.ts';
import type { Talk, World } from '../../crash/support/world.ts';
import { arrived, resting, sees, slowly, type Scenario, type Stage, type Wanted } from './stage.ts';

/** So that a loss is noticed soon, and a busy machine is not taken for one. */
const QUICK = { beatMs: 150, gapMs: 1_500 } as const;

/** An answer half of which stands in Slack, and a store that says that it is complete. */
async function halfway({ agents, ...here }: World, stage: Stage): Promise<Talk> {
  agents.control.script({ requests: [[slowly(FIRST, 300), { op: 'gate', name: 'lost' }], [SECOND], [LAST]] });
  const talk = here.talk('weave');
  await sees('half of the answer', () => talk.words().includes(FIRST), talk);
  await stage.filled();
  return talk;
}

async function goesOn({ agents }: World, talk: Talk): Promise<Wanted> {
  const reply = talk.reply('in red, please');
  await sees('the reply in the session', () => arrived(talk, reply), talk);
  agents.control.open('lost');
  await sees('the answer', () => talk.words().includes(LAST) && resting(talk), talk);
  agents.control.script(plain(SECOND));
  const next = talk.reply('once more');
  await sees('the next reply in the session', () => arrived(talk, next), talk);
  await sees('the next answer', () => resting(talk), talk);
  return { talk, sessions: 1, status: 'active' };
}

/** In operation: who holds the thread loses it, and a reply comes before anybody has noticed. */
export const empty: Scenario = {
  name: 'empty',
  times: QUICK,
  async play(here, stage) {
    const talk = await halfway(here, stage);
    await stage.forget();
    return goesOn(here, talk);
  },
};

/** While everybody is dead. */
export const cold: Scenario = {
  name: 'cold',
  times: QUICK,
  leaves: 3,
  async play(here, stage) {
    const talk = await halfway(here, stage);
    await stage.endAll(() => stage.forget());
    return goesOn(here, talk);
  },
};
