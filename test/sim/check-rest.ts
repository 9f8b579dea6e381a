/** What must hold when everything has come to rest: nothing looks busy, nothing is left over, nothing leaks. */
import type { ThreadState } from '../../src/core/state.ts';
import type { Fleet } from './fleet.ts';
import type { Place } from './people.ts';
import { type Message } from './slack-model.ts';

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
  { agents, findings, excused }: Fleet,
  { key }: Place,
  state: ThreadState | undefined,
): void {
  const open = agents.of(key).filter(({ over }) => over === undefined);
  const known = state && 'session' in state.phase ? state.phase.session.id : undefined;
  const orphans = open.filter(({ id }) => id !== known).map(({ id }) => id);
  if (orphans.length === 0) return;
  if (excused(key)) findings.residual('sessions that nobody knows');
  else findings.broken('P2', `${key} has sessions that it does not know: ${orphans.join(', ')}`);
}

function looksBusy(message: Message): string | undefined {
  const raw = JSON.stringify(message.blocks);
  if (raw.includes('heddle.stop')) return 'a Stop button';
  if (raw.includes('heddle.approve')) return 'an open card';
  if (raw.includes('hourglass_flowing_sand') || raw.includes('Stopping…')) return 'a working line';
  return message.reactions.has('hourglass_flowing_sand') ? 'an hourglass' : undefined;
}

function checkBusy({ slack, findings, excused }: Fleet, { key, channel, root }: Place): void {
  if (excused(key)) return;
  for (const message of slack.thread(channel, root)) {
    const busy = looksBusy(message);
    if (busy) findings.broken('busy', `${key}: ${message.ts} still has ${busy}`);
  }
  const status = slack.statuses.get(`${channel}:${root}`);
  if (status === 'processing' || status === 'suspended')
    findings.broken('busy', `${key}: its status is still ${status}`);
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
