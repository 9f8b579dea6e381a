/**
 * `agents.sessions.setStatus` (docs.slack.dev/ai/agent-sessions). Not every workspace and not every surface has
 * it: a refusal that says so is remembered for a while, so that asking again costs no call.
 */
import { PortError } from '../../errors.ts';
import type { Clock, Log, SlackPort } from '../../ports.ts';
import type { Args, Calls } from './calls.ts';
import { isNotHere, REMEMBERED_MS } from './not-here.ts';

export interface StatusOptions {
  readonly calls: Calls;
  readonly clock: Clock;
  readonly log: Log;
}

export function createStatus({ calls, clock, log }: StatusOptions): Pick<SlackPort, 'setStatus'> {
  const notHereUntil = new Map<string, number>();
  /** Threads in which Slack shows, by our doing, that the agent is at work. */
  const busy = new Set<string>();
  return {
    async setStatus(call) {
      const surface = `${call.team}:${call.channel.startsWith('D') ? 'im' : 'channel'}`;
      const thread = `${call.team}:${call.channel}:${call.threadTs}`;
      const clears = busy.has(thread) && call.status !== 'processing';
      if ((notHereUntil.get(surface) ?? 0) > clock.monotonic() && !clears) return false;
      const args = (): Args => ({
        channel_id: call.channel,
        thread_ts: call.threadTs,
        status: call.status,
        ...(call.title === undefined ? {} : { title: call.title }),
        ...(call.user === undefined ? {} : { initiator_user_id: call.user }),
      });
      const { team, priority, signal, guard } = call;
      try {
        await calls.write({ team, priority, signal, guard, method: 'agents.sessions.setStatus', args });
        if (call.status === 'processing') busy.add(thread);
        else busy.delete(thread);
        return true;
      } catch (error) {
        if (!(error instanceof PortError && isNotHere(error))) throw error;
        // It was there a moment ago, and what it shows may not stay: that is tried again.
        if (clears) throw new PortError({ kind: 'retry', code: error.code, cause: error });
        log.info({ surface, code: error.code }, 'session status is not to be had here');
        notHereUntil.set(surface, clock.monotonic() + REMEMBERED_MS);
        return false;
      }
    },
  };
}
