/**
 * Slack's own streaming (docs.slack.dev/reference/methods/chat.startStream and its siblings). Not every workspace and
 * not every kind of channel has it: a refusal that says so is remembered for a while.
 */
import { PortError } from '../../errors.ts';
import type { SlackStreams } from '../../ports-stream.ts';
import type { Clock, Log } from '../../ports.ts';
import type { Args, Calls } from './calls.ts';
import { text } from './fields.ts';
import { isNotHere, REMEMBERED_MS } from './not-here.ts';
import { metadataOf, where } from './writes.ts';

export interface StreamsOptions {
  readonly calls: Calls;
  readonly clock: Clock;
  readonly log: Log;
}

type Streams = Omit<SlackStreams, 'strays'>;

export function createStreams({ calls, clock, log }: StreamsOptions): Streams {
  const notHereUntil = new Map<string, number>();
  const placeOf = (team: string, channel: string): string =>
    `${team}:${channel.startsWith('D') ? 'im' : 'channel'}`;

  return {
    streams: (team, channel) => (notHereUntil.get(placeOf(team, channel)) ?? 0) <= clock.monotonic(),

    async startStream(call) {
      const { channel, threadTs, recipient } = call;
      const args = (): Args | undefined => {
        const words = call.text();
        return words === undefined
          ? undefined
          : {
              channel,
              thread_ts: threadTs,
              recipient_user_id: recipient.user,
              recipient_team_id: recipient.team,
              ...markdown(words),
            };
      };
      try {
        const answer = await calls.write({ ...where(call), method: 'chat.startStream', args });
        if (answer === undefined) return undefined;
        const ts = text(answer, 'ts');
        // It says ok and not where: the stream is there, to be found among our messages.
        if (ts === undefined) throw new PortError({ kind: 'unknown', code: 'unreadable_answer' });
        return ts;
      } catch (error) {
        if (error instanceof PortError && isNotHere(error)) {
          log.info({ code: error.code }, 'streams are not to be had here: answers grow by edits');
          notHereUntil.set(placeOf(call.team, channel), clock.monotonic() + REMEMBERED_MS);
        }
        throw error;
      }
    },

    async appendStream(call) {
      const args = (): Args | undefined => {
        const words = call.text();
        return words === undefined || words === ''
          ? undefined
          : { channel: call.channel, ts: call.ts, ...markdown(words) };
      };
      const answer = await calls.write({
        ...where(call),
        method: 'chat.appendStream',
        subject: call.ts,
        args,
      });
      return answer === undefined ? undefined : true;
    },

    async stopStream(call) {
      const args = (): Args | undefined => {
        const end = call.end();
        return end === undefined
          ? undefined
          : {
              channel: call.channel,
              ts: call.ts,
              ...markdown(end.text),
              ...(end.below.length > 0 ? { blocks: end.below } : {}),
              metadata: metadataOf(call),
              session_status: end.status,
            };
      };
      const answer = await calls.write({ ...where(call), method: 'chat.stopStream', subject: call.ts, args });
      return answer === undefined ? undefined : true;
    },
  };
}

function markdown(words: string): Args {
  return words === '' ? {} : { markdown_text: words };
}
