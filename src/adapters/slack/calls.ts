/**
 * One call of the Web API, in its lane. Writes have CALL_MS and are made once: what came of a lost answer is the
 * flow's to find out (I7). Reads are asked again a few times while they fail without meaning anything.
 */
import { backoff } from '../../lib/backoff.ts';
import { around, type Act } from '../../lib/failpoint.ts';
import { lookingLast } from '../../lib/last-look.ts';
import { delay } from '../../lib/time.ts';
import { PortError, type FailureKind } from '../../errors.ts';
import { systemRandom } from '../../lib/random.ts';
import { CALL_MS, type Clock, type Log, type Priority, type Random } from '../../ports.ts';
import { failureOf, type CallKind } from './failures.ts';
import { fieldsOf, type Fields } from './fields.ts';
import type { Lanes } from './lanes.ts';
import { webClient } from './web.ts';

/** Arguments of a method, as its reference page names them. */
export type Args = Readonly<Record<string, unknown>>;

interface Where {
  readonly team: string;
  readonly priority: Priority;
  readonly signal?: AbortSignal | undefined;
  /** Called when the lane opens: a throw rejects the call, and nothing is sent. */
  readonly guard?: (() => void) | undefined;
}

export interface WriteRequest extends Where {
  readonly method: string;
  /** Set where the lane is the channel's. */
  readonly lane?: string;
  readonly subject?: string;
  /** Asked when the lane opens; undefined where nothing is to be written any more. */
  readonly args: () => Args | undefined;
}

export interface Calls {
  /** Undefined where `args` gave nothing. */
  write(request: WriteRequest): Promise<Fields | undefined>;
  /** Priority `question`, where nothing else is said: somebody waits for the answer. */
  read(team: string, method: string, args: Args, priority?: Priority): Promise<Fields>;
  /** Every page of a method with `cursor`, until `enough` says so. */
  pages(
    team: string,
    method: string,
    args: Args,
    each: (page: Fields) => 'more' | 'enough',
    priority?: Priority,
  ): Promise<void>;
}

/** One method of the Web API asked once; rejects as the client does. */
export interface WebApi {
  apiCall(method: string, args: Record<string, unknown>): Promise<unknown>;
}

export interface CallsOptions {
  readonly token: string;
  readonly apiUrl: string | undefined;
  readonly lanes: Lanes;
  readonly log: Log;
  readonly clock: Clock;
  readonly random?: Random | undefined;
  /** How Slack is reached, where not by the client with `token`. */
  readonly connect?: ((kind: CallKind, timeoutMs: number) => WebApi) | undefined;
  /** Milliseconds for a call that writes; `CALL_MS`. */
  readonly callMs?: number | undefined;
  /** Told of every call that ended. */
  readonly onCall?: CallListener | undefined;
}

/** `limited` is a 429; the other failures are `PortError`'s kinds. */
export type CallListener = (method: string, outcome: 'ok' | 'limited' | FailureKind) => void;

const READ_MS = 4_000;
const READ_ATTEMPTS = 3;
/** So that a cursor that leads in a circle ends. At 500 objects a page far more than a thread can hold. */
const PAGES_AT_MOST = 200;

export function createCalls(options: CallsOptions): Calls {
  const { token, apiUrl, lanes, log, clock, callMs = CALL_MS, onCall, random = systemRandom } = options;
  const client = (_kind: CallKind, timeoutMs: number): WebApi => webClient(token, { apiUrl, timeoutMs, log });
  const { connect = client } = options;
  const clients = {
    write: connect('write', callMs),
    read: connect('read', READ_MS),
  };

  async function call(kind: CallKind, method: string, args: Args): Promise<Fields> {
    try {
      const answer = fieldsOf(await clients[kind].apiCall(method, { ...args })) ?? {};
      onCall?.(method, 'ok');
      return answer;
    } catch (error) {
      const failure = failureOf(error, method, kind);
      onCall?.(method, failure.status === 429 || failure.code === 'ratelimited' ? 'limited' : failure.kind);
      throw failure;
    }
  }

  async function read(
    team: string,
    method: string,
    args: Args,
    priority: Priority = 'question',
  ): Promise<Fields> {
    const waits = backoff({ minMs: 200, maxMs: 2_000, random: random.fraction });
    for (;;) {
      try {
        const answer = await lanes.run(
          { team, method },
          { priority, prepare: () => args, send: () => call('read', method, args) },
        );
        return answer ?? {};
      } catch (error) {
        const again = error instanceof PortError && error.kind === 'retry' && error.code !== 'closing';
        if (!again || waits.attempts + 1 >= READ_ATTEMPTS) throw error;
        await delay(waits.next(), undefined, clock);
      }
    }
  }

  return {
    read,
    write({ team, method, lane, priority, subject, signal, guard, args }) {
      return lanes.run(
        { team, method, ...(lane === undefined ? {} : { channel: lane }) },
        {
          priority,
          signal,
          ...(subject === undefined ? {} : { subject }),
          prepare() {
            guard?.();
            return args();
          },
          // Once more, with nothing left to wait for in between: who was frozen meanwhile writes nothing.
          send: (prepared) =>
            written(method, async () => {
              guard?.();
              return lookingLast(guard ?? nothing, () => call('write', method, prepared));
            }),
        },
      );
    },
    async pages(team, method, args, each, priority) {
      let cursor: string | undefined;
      for (let page = 0; page < PAGES_AT_MOST; page += 1) {
        const answer = await read(team, method, cursor === undefined ? args : { ...args, cursor }, priority);
        if (each(answer) === 'enough') return;
        const following = nextCursor(answer);
        if (following === undefined || following === cursor) return;
        cursor = following;
      }
    },
  };
}

const nothing = (): undefined => undefined;

/** The writes of which something is left in Slack. */
const ACTS: Readonly<Partial<Record<string, Act>>> = {
  'chat.postMessage': 'slack.post',
  'chat.update': 'slack.update',
  'chat.startStream': 'slack.start-stream',
  'chat.appendStream': 'slack.append',
  'chat.stopStream': 'slack.stop-stream',
  'chat.delete': 'slack.remove',
  'chat.postEphemeral': 'slack.ephemeral',
  'agents.sessions.setStatus': 'slack.status',
  'reactions.add': 'slack.react',
  'reactions.remove': 'slack.unreact',
  'files.completeUploadExternal': 'slack.share',
};

function written<T>(method: string, send: () => Promise<T>): Promise<T> {
  const act = ACTS[method];
  return act === undefined ? send() : around(act, send);
}

function nextCursor(answer: Fields): string | undefined {
  const cursor = fieldsOf(answer['response_metadata'])?.['next_cursor'];
  return typeof cursor === 'string' && cursor !== '' ? cursor : undefined;
}
