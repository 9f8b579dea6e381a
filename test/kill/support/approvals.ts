/** Tools that a person has to approve: one card, whoever shows it, and one verdict. */
import type { Script } from '../../../src/playground/agents/index.ts';
import { waitUntil } from '../../crash/support/bot.ts';
import { FIRST, LAST, SECOND, plain } from '../../crash/support/script.ts';
import type { Talk, World } from '../../crash/support/world.ts';
import { arrived, command, resting, sees, type Scenario } from './stage.ts';

const removing: Script = {
  requests: [
    [
      FIRST,
      { op: 'use', key: 'rm', name: 'bash', input: { command: 'rm -rf ./build' }, policy: 'ask' },
      { op: 'result', key: 'rm', text: 'removed' },
    ],
    [SECOND],
    [LAST],
  ],
};

function card(talk: Talk): { readonly ts: string } | undefined {
  return talk.bot().find(({ blocks }) => JSON.stringify(blocks).includes('heddle.approve'));
}

/** As people do: pressed again while nothing happens. */
async function press({ slack: { control } }: World, talk: Talk): Promise<void> {
  const { channel } = talk;
  const isApproved = (): boolean => talk.words().includes('Approved');
  await sees('the approval', async () => {
    const open = card(talk);
    if (open)
      await control
        .click({ user: control.ids.ada, channel, ts: open.ts, actionId: 'heddle.approve' })
        .catch(() => undefined);
    await waitUntil('a verdict', isApproved, 2_000).catch(() => undefined);
    return isApproved();
  });
}

/** A tool that has to be approved, a reply that waits for it, and a command that only one person sees answered. */
export const approve: Scenario = {
  name: 'approve',
  async play(here) {
    const { control } = here.slack;
    here.agents.control.script(removing);
    const talk = here.talk('clean up');
    await sees('the card', () => card(talk), talk);
    here.agents.control.script(plain(LAST));
    const held = talk.reply('and sweep the floor');
    await press(here, talk);
    await sees('the reply in the session', () => arrived(talk, held));
    await sees('the answers', () => resting(talk), talk);
    command(here, talk, '@heddle status');
    // Words for one person are said once or, where who says them dies, not at all.
    await waitUntil('the status', () => control.ephemerals(control.ids.ada).length > 0, 4_000).catch(
      () => undefined,
    );
    return { talk, sessions: 1, status: 'active', approvals: 1 };
  },
};

/** Who holds the thread is killed while the card waits: it is the same card that is answered after it. */
export const wait: Scenario = {
  name: 'wait',
  leaves: 1,
  async play(here, stage) {
    here.agents.control.script(removing);
    const talk = here.talk('clean up');
    await sees('the card', () => card(talk), talk);
    const before = card(talk)?.ts;
    await stage.end('SIGKILL');
    await press(here, talk);
    await sees('the answers', () => talk.words().includes(LAST) && resting(talk), talk);
    const approved = talk.bot().find(({ shown }) => shown.includes('Approved'));
    if (approved?.ts !== before) throw new Error(`the card ${before} was answered as ${approved?.ts}`);
    return { talk, sessions: 1, status: 'active', approvals: 1 };
  },
};
