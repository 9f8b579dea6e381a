/** What was sent and not yet taken by a turn. */
import { readMessage, type Heard } from './message.ts';
import type { Session } from './session.ts';
import type { SessionEvent } from './types.ts';

/**
 * Takes queued events, first in first out: all of them when sends join a turn, else up to and including the
 * first that starts one. What is taken is processed: its second echo goes out.
 */
export function takeQueued(session: Session): SessionEvent[] {
  const { queue } = session.state;
  const events = queue.flatMap((id) => session.log.get(id) ?? []);
  const count = session.world.settings.queueMode === 'join' ? joinable(events) : firstOnly(events);
  session.state.queue = queue.slice(count);
  session.touch('state');
  for (const event of events.slice(0, count)) if (event.processed_at === null) session.settle(event.id);
  return events.slice(0, count);
}

/** An outcome is worked on alone: it neither joins messages nor is joined by them. */
function joinable(events: readonly SessionEvent[]): number {
  const outcome = events.findIndex((event) => event.type === 'user.define_outcome');
  if (outcome === -1) return events.length;
  return outcome === 0 ? 1 : outcome;
}

function firstOnly(events: readonly SessionEvent[]): number {
  const second = events[1];
  return second?.type === 'system.message' ? 2 : Math.min(1, events.length);
}

/** The message as the script sees it. */
export function heard(session: Session, event: SessionEvent): Heard {
  const { budget } = session.state;
  return {
    ...readMessage(event['content']),
    agent: session.agentName,
    earlier: session.heard.slice(0, -1),
    budget: budget ? `$${(Number(budget.max_list_cost.amount) / 100).toFixed(2)}` : null,
  };
}
