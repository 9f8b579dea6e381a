/**
 * The conversations in which something dies. People act on what they see, as people do, and nothing in them knows
 * where the processes are: each goes on by itself once the product does.
 */
import { FIRST, LAST, SECOND, plain } from '../../crash/support/script.ts';
import { approve, wait } from './approvals.ts';
import { cold, empty } from './losses.ts';
import { POISONED } from './poisoned.ts';
import { raise } from './raising.ts';
import { arrived, closed, resting, sees, slowly, type Scenario } from './stage.ts';
import { stop, unheard, unsent } from './stops.ts';
import { auto, halt, rollover, stream } from './streamed.ts';

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

/** Who holds the thread is asked to go in the middle of an answer. */
const leave: Scenario = {
  name: 'leave',
  leaves: 1,
  async play(here, stage) {
    const { control } = here.agents;
    control.script({ requests: [[FIRST, { op: 'gate', name: 'left' }, SECOND], [LAST]] });
    const talk = here.talk('weave');
    await sees('the first text', () => talk.words().includes(FIRST), talk);
    await stage.end('SIGTERM');
    control.open('left');
    await sees('the answer', () => talk.words().includes(LAST) && resting(talk), talk);
    return { talk, sessions: 1, status: 'active' };
  },
};

export const SCENARIOS: readonly Scenario[] = [
  weave,
  approve,
  stop,
  doubt,
  direct,
  stream,
  leave,
  wait,
  unsent,
  unheard,
  auto,
  halt,
  rollover,
  empty,
  cold,
  raise,
];

/** @throws where there is none of this name */
export function scenarioNamed(name: string): Scenario {
  const all = [...SCENARIOS, ...POISONED];
  const known = all.find((scenario) => scenario.name === name);
  if (!known)
    throw new Error(`no conversation "${name}"; there are ${all.map((one) => one.name).join(', ')}`);
  return known;
}
