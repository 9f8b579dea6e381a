/** A message that every process dies of which takes it up: it is set aside and told, and the thread goes on. */
import { FIRST, LAST, plain } from '../../crash/support/script.ts';
import { arrived, resting, sees, type Scenario, type Wanted } from './stage.ts';
import type { Talk, World } from '../../crash/support/world.ts';

async function isSetAside(here: World, talk: Talk, fatal: string): Promise<Wanted> {
  await sees('the notice', () => talk.words().includes('could not be handled'), talk);
  here.agents.control.script(plain(LAST));
  const next = talk.reply('@heddle in other words');
  await sees('the next message in the session', () => arrived(talk, next), talk);
  await sees('the answer', () => talk.words().includes(LAST) && resting(talk), talk);
  const notices = talk.words().split('could not be handled').length - 1;
  if (notices !== 1) throw new Error(`${notices} notices of what was set aside`);
  return { talk, sessions: 1, status: 'active', unsent: [fatal] };
}

/** It begins the thread. */
const poison: Scenario = {
  name: 'poison',
  async play(here, stage) {
    stage.arm();
    const talk = here.talk('weave what nobody can');
    return isSetAside(here, talk, talk.ts);
  },
};

/** It is a reply in a thread that has a session. */
const venom: Scenario = {
  name: 'venom',
  async play(here, stage) {
    here.agents.control.script(plain(FIRST));
    const talk = here.talk('weave');
    await sees('the first answer', () => talk.words().includes(FIRST) && resting(talk), talk);
    await stage.released();
    stage.arm();
    return isSetAside(here, talk, talk.reply('weave what nobody can'));
  },
};

export const POISONED: readonly Scenario[] = [poison, venom];
