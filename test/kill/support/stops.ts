/** Stops: of what is written, and of what nobody knows to have arrived. */
import { LAST, SECOND, plain } from '../../crash/support/script.ts';
import type { Talk, World } from '../../crash/support/world.ts';
import { arrived, command, growing, resting, sees, type Scenario } from './stage.ts';

/** It goes on for ever. */
export const ENDLESS = { requests: [[growing, { op: 'gate', name: 'never' }]] } as const;

export async function goesOn({ agents }: World, talk: Talk): Promise<void> {
  agents.control.script(plain(SECOND, LAST));
  const reply = talk.reply('go on');
  await sees('the reply in the session', () => arrived(talk, reply));
  await sees('the answer', () => resting(talk) && talk.words().includes(LAST), talk);
}

/** A stop in the middle of a sentence, and a reply that goes on. */
export const stop: Scenario = {
  name: 'stop',
  async play(here) {
    here.agents.control.script(ENDLESS);
    const talk = here.talk('weave slowly');
    await sees('the first words', () => talk.words().includes('Row'), talk);
    command(here, talk, 'stop');
    await sees('the stop', () => talk.words().includes('Stopped by') && resting(talk), talk);
    await goesOn(here, talk);
    return { talk, sessions: 1, status: 'active', interrupts: 1 };
  },
};

/**
 * A stop while nobody knows what became of the message. What is found is interrupted; what is not there is never
 * sent, unless everybody who could have heard the stop was dead until the message was sent again.
 */
function inDoubt(name: string, commit: 'before' | 'after'): Scenario {
  return {
    name,
    // Time for the stop to come before it is settled what became of the message.
    times: { settleMs: 4_000 },
    async play(here) {
      const { control } = here.agents;
      control.script(ENDLESS);
      const sends = (): number => control.calls()['events.send'] ?? 0;
      control.fault({ endpoint: 'events.send', kind: 'hang', commit });
      const talk = here.talk('weave slowly');
      await sees('the attempt to send', () => sends() > 0);
      command(here, talk, 'stop');
      await sees('the stop', () => /stopped/i.test(talk.words()) && resting(talk), talk);
      const isSent = arrived(talk, talk.ts);
      await goesOn(here, talk);
      const over = { talk, sessions: 1, status: 'active' } as const;
      return isSent ? { ...over, interrupts: 1 } : { ...over, unsent: [talk.ts] };
    },
  };
}

/** The message has not arrived. */
export const unsent = inDoubt('unsent', 'before');
/** The message has arrived, and nobody heard so. */
export const unheard = inDoubt('unheard', 'after');
