/**
 * The conversations in which something dies. People act on what they see, as people do, and nothing in them knows
 * where the processes are: each goes on by itself once the product does.
 */
import type { Op } from '../../../src/playground/agents/index.ts';
import { waitUntil } from '../../crash/support/bot.ts';
import { FIRST, LAST, PACE, SECOND, plain } from '../../crash/support/script.ts';
import type { Talk, World } from '../../crash/support/world.ts';

export interface Scenario {
  readonly name: string;
  /** Settings of its processes. */
  readonly env?: Readonly<Record<string, string>>;
  /** `heddle.yaml` of its processes. */
  readonly yaml?: string;
  /** So many processes go by themselves. */
  readonly leaves?: number;
  play(here: World, stage: Stage): Promise<Wanted>;
}

export interface Stage {
  /** Asks whoever holds the thread to stop, with SIGTERM; resolves when it has gone. */
  leave(): Promise<void>;
}

/** How it has to end. */
export interface Wanted {
  readonly talk: Talk;
  /** One a generation. */
  readonly sessions: number;
  readonly status: 'active' | 'closed';
  readonly interrupts?: number;
  /** Tools that were approved. */
  readonly approvals?: number;
}

/** Longer than any takeover, ms, and than a process takes to start on a machine that does much else besides. */
const PATIENCE_MS = 60_000;

async function sees(what: string, look: () => unknown, talk?: Talk): Promise<void> {
  await waitUntil(
    what,
    async () => Boolean(await look()),
    PATIENCE_MS,
    () => talk?.words() ?? '',
  );
}

function slowly(text: string, ms: number): Op {
  return { op: 'say', text, ms: ms * PACE };
}

/** The message has arrived in a session of the thread, once or more often. */
function arrived(talk: Talk, ts: string): boolean {
  return talk.sessions().some(({ events }) => JSON.stringify(events).includes(`ts=\\"${ts}\\"`));
}

function closed(talk: Talk, sessions: number): boolean {
  const all = talk.sessions();
  return (
    talk.status() === 'closed' &&
    all.length >= sessions &&
    all.every(({ record }) => record['archived_at'] !== null)
  );
}

const AGAIN = 'The second bolt of cloth is begun, and the first one is not forgotten.';

/** A mention, an answer that grows, a reply that steers it, an idle close, and a new session that knows all that. */
const weave: Scenario = {
  name: 'weave',
  env: { HEDDLE_IDLE_TIMEOUT: '1s' },
  async play(here) {
    const { control } = here.agents;
    control.script({ requests: [[slowly(FIRST, 500), { op: 'gate', name: 'steered' }], [SECOND], [LAST]] });
    const talk = here.talk('weave');
    await sees('the first text', () => talk.words().includes(FIRST), talk);
    const reply = talk.reply('in red, please');
    await sees('the reply in the session', () => arrived(talk, reply));
    control.script(plain(AGAIN));
    control.open('steered');
    await sees('the session closed', () => closed(talk, 1), talk);
    talk.reply('weave another one');
    await sees('the second session closed', () => closed(talk, 2), talk);
    return { talk, sessions: 2, status: 'closed' };
  },
};

/** A tool that has to be approved, a reply that waits for it, and a command that only one person sees answered. */
const approve: Scenario = {
  name: 'approve',
  async play(here) {
    const { control } = here.slack;
    here.agents.control.script({
      requests: [
        [
          FIRST,
          { op: 'use', key: 'rm', name: 'bash', input: { command: 'rm -rf ./build' }, policy: 'ask' },
          { op: 'result', key: 'rm', text: 'removed' },
        ],
        [SECOND],
        [LAST],
      ],
    });
    const talk = here.talk('clean up');
    const card = (): { ts: string } | undefined =>
      talk.bot().find(({ blocks }) => JSON.stringify(blocks).includes('heddle.approve'));
    const isApproved = (): boolean => talk.words().includes('Approved');
    await sees('the card', card, talk);
    here.agents.control.script(plain(LAST));
    const held = talk.reply('and sweep the floor');
    await sees('the approval', async () => {
      const { channel } = talk;
      const open = card();
      // As people do: pressed again while nothing happens.
      if (open)
        await control
          .click({ user: control.ids.ada, channel, ts: open.ts, actionId: 'heddle.approve' })
          .catch(() => undefined);
      await waitUntil('a verdict', isApproved, 2_000).catch(() => undefined);
      return isApproved();
    });
    await sees('the reply in the session', () => arrived(talk, held));
    await sees('the answers', () => resting(talk), talk);
    control.say({ user: control.ids.ada, channel: talk.channel, threadTs: talk.ts, text: '@heddle status' });
    // Words for one person are said once or, where who says them dies, not at all.
    await waitUntil('the status', () => control.ephemerals(control.ids.ada).length > 0, 4_000).catch(
      () => undefined,
    );
    return { talk, sessions: 1, status: 'active', approvals: 1 };
  },
};

function resting(talk: Talk): boolean {
  const [session] = talk.sessions();
  return session?.status === 'idle' && session.queued === 0 && talk.status() === 'active';
}

const growing = slowly(
  Array.from({ length: 30 }, (_, row) => `Row ${row + 1} of the cloth is woven.`).join(' '),
  9_000,
);

/** A stop in the middle of a sentence, and a reply that goes on. */
const stop: Scenario = {
  name: 'stop',
  async play(here) {
    const { control } = here.slack;
    // It would go on for ever.
    here.agents.control.script({ requests: [[growing, { op: 'gate', name: 'never' }]] });
    const talk = here.talk('weave slowly');
    await sees('the first words', () => talk.words().includes('Row'), talk);
    control.say({ user: control.ids.ada, channel: talk.channel, threadTs: talk.ts, text: 'stop' });
    await sees('the stop', () => talk.words().includes('Stopped by') && resting(talk), talk);
    here.agents.control.script(plain(SECOND, LAST));
    const reply = talk.reply('go on');
    await sees('the reply in the session', () => arrived(talk, reply));
    await sees('the answer', () => resting(talk) && talk.words().includes(LAST), talk);
    return { talk, sessions: 1, status: 'active', interrupts: 1 };
  },
};

/** Calls that are never answered, whether they took effect or not: what became of them has to be looked up. */
const doubt: Scenario = {
  name: 'doubt',
  async play(here) {
    const { slack, agents } = here;
    agents.control.fault({ endpoint: 'sessions.create', kind: 'hang', commit: 'after' });
    agents.control.fault({ endpoint: 'events.send', kind: 'hang', commit: 'before' });
    slack.control.faults.add({ method: 'chat.postMessage', fault: { type: 'hang', commit: true } });
    agents.control.script(plain(FIRST, LAST));
    const talk = here.talk('weave');
    await sees('the answer', () => talk.words().includes(LAST) && resting(talk), talk);
    return { talk, sessions: 1, status: 'active' };
  },
};

const LONG = Array.from({ length: 900 }, (_, row) => `Row ${row + 1} of the long cloth is woven.`).join(' ');

/** In a direct message Slack's status is the first sign; an answer this long takes several messages and a file. */
const direct: Scenario = {
  name: 'direct',
  async play(here) {
    const { control } = here.slack;
    here.agents.control.script({ requests: [[slowly(FIRST, 400)], [LONG], [LAST]] });
    const talk = here.talk('weave for me alone', { channel: control.dm(control.ids.ada) });
    await sees('the answer', () => talk.words().includes(LAST) && resting(talk), talk);
    return { talk, sessions: 1, status: 'active' };
  },
};

/** The answer grows as a stream of Slack's own. */
const stream: Scenario = {
  name: 'stream',
  yaml: 'output: stream\n',
  async play(here) {
    here.agents.control.script({ requests: [[slowly(FIRST, 1_500)], [slowly(SECOND, 1_500)], [LAST]] });
    const talk = here.talk('weave');
    await sees('the answer', () => talk.words().includes(LAST) && resting(talk), talk);
    return { talk, sessions: 1, status: 'active' };
  },
};

/** Who holds the thread is asked to go in the middle of an answer. */
const leave: Scenario = {
  name: 'leave',
  leaves: 1,
  async play(here, stage) {
    const { control } = here.agents;
    control.script({ requests: [[FIRST, { op: 'gate', name: 'left' }, SECOND], [LAST]] });
    const talk = here.talk('weave');
    await sees('the first text', () => talk.words().includes(FIRST), talk);
    await stage.leave();
    control.open('left');
    await sees('the answer', () => talk.words().includes(LAST) && resting(talk), talk);
    return { talk, sessions: 1, status: 'active' };
  },
};

export const SCENARIOS: readonly Scenario[] = [weave, approve, stop, doubt, direct, stream, leave];

/** @throws where there is none of this name */
export function scenarioNamed(name: string): Scenario {
  const known = SCENARIOS.find((scenario) => scenario.name === name);
  if (!known)
    throw new Error(`no conversation "${name}"; there are ${SCENARIOS.map((one) => one.name).join(', ')}`);
  return known;
}
