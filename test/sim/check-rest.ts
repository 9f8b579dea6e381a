/** What must hold when everything has come to rest: nothing looks busy, nothing is left over, nothing leaks. */
import type { ThreadState } from '../../src/core/state.ts';
import type { Fleet } from './fleet.ts';
import type { Place } from './people.ts';
import type { Departure } from './network.ts';
import type { Message } from './slack-kinds.ts';

/** Sweep and renewal, and what the subscription may need. */
const TIMERS_AT_REST = 4;
const STATE_AT_REST = 2_048;

export async function stateOf({ store }: Fleet, place: Place): Promise<ThreadState | undefined> {
  const [team = '', channel = '', ts = ''] = place.key.split(':');
  const text = await store.inside.peek({ team, channel, ts });
  return text === undefined ? undefined : (JSON.parse(text) as ThreadState);
}

export async function checkThreads(fleet: Fleet): Promise<void> {
  for (const place of fleet.actors.places.values()) {
    const state = await stateOf(fleet, place);
    checkSessions(fleet, place, state);
    checkBusy(fleet, place);
    if (state) checkSize(fleet, place, state);
  }
}

/** One session a thread and generation, and none that nobody knows. */
function checkSessions(
  { agents, findings, unknown }: Fleet,
  { key }: Place,
  state: ThreadState | undefined,
): void {
  const known = state && 'session' in state.phase ? state.phase.session.id : undefined;
  for (const { id, over, made } of agents.of(key)) {
    if (over !== undefined || id === known) continue;
    if (unknown(key, made)) findings.residual('sessions that nobody knows');
    else findings.broken('P2', `${key} has a session that it does not know: ${id}`);
  }
}

/** What looks as if something went on, and the call that made it so. */
function looksBusy(
  message: Message,
): { readonly what: string; readonly by: Departure | undefined } | undefined {
  const raw = JSON.stringify(message.blocks);
  const { written: by } = message;
  if (message.stream === 'in_progress') return { what: 'an open stream', by };
  if (raw.includes('heddle.stop')) return { what: 'a Stop button', by };
  if (raw.includes('heddle.approve')) return { what: 'an open card', by };
  if (raw.includes('hourglass_flowing_sand') || raw.includes('Stopping…'))
    return { what: 'a working line', by };
  const sign = message.reactions.get('hourglass_flowing_sand');
  return sign ? { what: 'an hourglass', by: sign } : undefined;
}

function checkBusy({ slack, findings, unknown }: Fleet, { key, channel, root }: Place): void {
  const say = (what: string, by: readonly (Departure | undefined)[]): void => {
    if (by.some((left) => unknown(key, left))) findings.residual('what looks busy, and nobody knows of');
    else findings.broken('busy', `${key}: ${what}`);
  };
  for (const message of slack.thread(channel, root)) {
    const busy = looksBusy(message);
    if (busy) say(`${message.ts} still has ${busy.what}`, [busy.by, message.posted]);
  }
  const status = slack.statuses.get(`${channel}:${root}`);
  if (status === 'processing' || status === 'suspended')
    say(`its status is still ${status}`, [slack.statusBy.get(`${channel}:${root}`)]);
}

/** A thread at rest is small; what people said and waits for the next message may add to it. */
function checkSize({ findings }: Fleet, { key }: Place, state: ThreadState): void {
  const { context: _c, preface: _p, sends: _s, ...rest } = state;
  const bytes = JSON.stringify(rest).length;
  if (bytes > STATE_AT_REST) findings.broken('P11', `${key}: its state has ${bytes} bytes`);
}

/** Nobody holds anything any more. */
export function checkMachines({ replicas, findings, watch, agents }: Fleet): void {
  for (const { host, supervisor } of replicas) {
    if (host.dead) continue;
    if (supervisor.held > 0) findings.broken('leak', `${host.name} still holds ${supervisor.held} threads`);
    if (host.timers > TIMERS_AT_REST) findings.broken('leak', `${host.name} has ${host.timers} timers`);
    const streams = agents.openOn(host);
    if (streams > 0) findings.broken('leak', `${host.name} has ${streams} streams`);
  }
  const left = watch.leftOver();
  if (left.length > 0) findings.broken('P5', `never taken over: ${left.join(', ')}`);
}
