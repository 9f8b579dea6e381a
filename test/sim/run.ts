/** One plan, from beginning to rest, and what was found. */
import { checkMachines, checkThreads, stateOf } from './check-rest.ts';
import { checkMessages, checkOrder, checkTexts } from './check-words.ts';
import type { Violation } from './findings.ts';
import { Fleet, type Tell } from './fleet.ts';
import type { Plan } from './plan.ts';
import type { Replica } from './replica.ts';

export interface Outcome {
  readonly violations: readonly Violation[];
  readonly counts: ReadonlyMap<string, number>;
  readonly residuals: ReadonlyMap<string, number>;
  /** Virtual milliseconds. */
  readonly lasted: number;
}

/** Longer than any patience of the product together with an idle timeout, ms. */
const REST_MS = 50 * 60_000;
const LOOK_MS = 5_000;

export async function runPlan(plan: Plan, tell?: Tell): Promise<Outcome> {
  const fleet = new Fleet(plan, tell);
  const { findings, timeline } = fleet;
  const unforeseen = (error: unknown): void => findings.broken('bug', `unhandled: ${String(error)}`);
  process.on('unhandledRejection', unforeseen);
  try {
    await fleet.start();
    await rest(fleet);
    await checkThreads(fleet);
    await checkMessages(fleet);
    checkOrder(fleet);
    checkTexts(fleet);
    fleet.stops.checkInterrupts(findings, (since) => fleet.watch.disturbedAt <= since && !fleet.revoked);
    checkMachines(fleet);
  } catch (error) {
    findings.broken('bug', error instanceof Error ? (error.stack ?? error.message) : String(error));
  } finally {
    process.off('unhandledRejection', unforeseen);
  }
  count(fleet);
  return {
    violations: findings.violations,
    counts: findings.counts,
    residuals: findings.residuals,
    lasted: timeline.elapsed,
  };
}

/** Lets time pass, and people decide what they are asked, until every session is closed. */
async function rest(fleet: Fleet): Promise<void> {
  const { timeline, plan, actors, findings } = fleet;
  const end = timeline.elapsed + REST_MS;
  let calm = 0;
  while (timeline.elapsed < end) {
    await timeline.run(timeline.elapsed + LOOK_MS);
    fleet.revive();
    for (const { id } of plan.threads) await attend(fleet, id);
    calm = (await atRest(fleet)) ? calm + 1 : 0;
    if (calm > 3) return;
  }
  for (const place of actors.places.values()) {
    const state = await stateOf(fleet, place);
    if (state && !OVER.has(state.phase.is))
      findings.broken('I6', `${place.key} never comes to rest: ${JSON.stringify(state).slice(0, 600)}`);
  }
}

/** Somebody answers what is asked; where the question was deleted, they stop. */
async function attend(fleet: Fleet, id: string): Promise<void> {
  const { actors } = fleet;
  const place = actors.places.get(id);
  if (!place || actors.decide(id, 'approve') || !actors.wiped.has(place.key)) return;
  const state = await stateOf(fleet, place);
  if (state?.phase.is === 'asking') actors.act({ do: 'stop', thread: id, user: 'UADA', via: 'slack' });
}

const OVER: ReadonlySet<string> = new Set(['none', 'closed', 'failed']);

async function atRest(fleet: Fleet): Promise<boolean> {
  const { deliveries, actors, replicas } = fleet;
  const busy = ({ host, supervisor, mending }: Replica): boolean =>
    !host.dead && (supervisor.held > 0 || mending);
  if (deliveries.open > 0 || replicas.some(busy)) return false;
  for (const place of actors.places.values()) {
    const state = await stateOf(fleet, place);
    if (state && !OVER.has(state.phase.is)) return false;
  }
  return true;
}

function count({ findings, actors, agents, slack, timeline, amendments }: Fleet): void {
  findings.counted('threads', actors.places.size);
  findings.counted('messages', actors.messages.length);
  findings.counted('sessions', agents.sessions.length);
  findings.counted(
    'turns',
    agents.sessions.reduce(
      (sum, { log }) => sum + log.filter(({ type }) => type === 'session.status_idle').length,
      0,
    ),
  );
  findings.counted('429s', slack.limited);
  findings.counted('changes of what waited', amendments.inTime);
  findings.counted('steps', timeline.steps);
}
