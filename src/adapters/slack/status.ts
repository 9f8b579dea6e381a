/**
 * `agents.sessions.setStatus` (docs.slack.dev/ai/agent-sessions). Not every workspace and not every surface has
 * it: a refusal that says so is remembered for a while, so that asking again costs no call.
 */
import { PortError } from '../../errors.ts';
import type { Clock, Log, SlackPort } from '../../ports.ts';
import type { Args, Calls } from './calls.ts';

export interface StatusOptions {
  readonly calls: Calls;
  readonly clock: Clock;
  readonly log: Log;
}

const NOT_HERE = new Set([
  'feature_disabled',
  'feature_not_enabled',
  'unknown_method',
  'method_deprecated',
  'deprecated_endpoint',
  'not_authorized',
  'missing_scope',
  'not_agent_app',
  'not_allowed_token_type',
  'channel_type_not_supported',
  'method_not_supported_for_channel_type',
  'thread_ts_not_allowed',
  'access_denied',
]);

const REMEMBERED_MS = 10 * 60_000;

export function createStatus({ calls, clock, log }: StatusOptions): Pick<SlackPort, 'setStatus'> {
  const notHereUntil = new Map<string, number>();
  return {
    async setStatus(call) {
      const surface = `${call.team}:${call.channel.startsWith('D') ? 'im' : 'channel'}`;
      if ((notHereUntil.get(surface) ?? 0) > clock.monotonic()) return false;
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
        return true;
      } catch (error) {
        if (!(error instanceof PortError && NOT_HERE.has(error.code))) throw error;
        log.info({ surface, code: error.code }, 'session status is not to be had here');
        notHereUntil.set(surface, clock.monotonic() + REMEMBERED_MS);
        return false;
      }
    },
  };
}
