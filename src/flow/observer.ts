/** What an operator is told of one held thread: its changes of state in the log, its waits in the metrics. */
import type { AgentEvent } from '../core/agent-event.ts';
import type { ThreadState } from '../core/state.ts';
import type { Clock, InboxItem, Log, Meter } from '../ports.ts';
import { turnEnds } from './changes.ts';

export interface Observer {
  /** An input from the inbox was handled. */
  handled(item: InboxItem): void;
  /** A sign of life stands in the thread; `texted` where it has words of the answer. */
  shown(texted: boolean): void;
  /** What the session's stream brought. */
  heard(events: readonly AgentEvent[]): void;
  stepped(before: ThreadState, after: ThreadState): void;
}

export function observer(
  { clock, meter }: { readonly clock: Clock; readonly meter: Meter },
  log: Log,
  state: () => ThreadState,
): Observer {
  /** When the first message that has no sign of life yet was admitted. */
  let waitingSince: number | undefined;
  /** The newest turn whose first words stand in the thread. */
  let texted = 0;
  const secondsSince = (at: number): number => Math.max(0, clock.now() - at) / 1000;
  return {
    handled(item) {
      meter.inboxAge(secondsSince(item.at));
      if (item.input.kind === 'message') waitingSince ??= item.at;
    },
    shown(hasText) {
      const turn = state().turns.at(-1);
      if (hasText && turn && turn.no > texted) {
        texted = turn.no;
        meter.firstText(secondsSince(turn.startedAt));
      }
      if (waitingSince !== undefined) meter.firstSign(secondsSince(waitingSince));
      waitingSince = undefined;
    },
    heard(events) {
      for (const event of events) if (event.type === 'span.model_request_end') meter.tokens(event.usage);
    },
    stepped(before, after) {
      const { phase, gen } = after;
      if (phase.is !== before.phase.is) {
        const session = 'session' in phase ? { session: phase.session.id } : {};
        log.info({ from: before.phase.is, to: phase.is, gen, ...session }, 'session state');
      }
      for (const { seconds, outcome } of turnEnds(before, after, clock.now())) meter.turn(seconds, outcome);
    },
  };
}
