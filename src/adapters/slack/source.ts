/**
 * Slack in: one Bolt app over Socket Mode where there is an app token, else over HTTP.
 *
 * `receiver` verifies and acknowledges, `admission` stands between it and Bolt (I1), `asks` are Bolt's listeners,
 * `narrow` knows the payloads. Bolt itself logs no payload, retries nothing and calls nothing on its own.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { App, type Receiver } from '@slack/bolt';
import { delay, systemClock } from '../../lib/time.ts';
import { PortError } from '../../errors.ts';
import type { BotIdentity, Clock, Log, SlackIntake, SlackSource } from '../../ports.ts';
import type { SlackAdapter } from './api.ts';
import { createAdmission, type Admission } from './admission.ts';
import { listenForAsks } from './asks.ts';
import { createHttpReceiver } from './http.ts';
import { botIdentity } from './identity.ts';
import { createSocketReceiver } from './socket.ts';
import { bridge, webOptions } from './web.ts';

export interface SlackSourceConfig {
  /** `xoxb-…`. */
  readonly botToken: string;
  /** `xapp-…`: Socket Mode. */
  readonly appToken?: string | undefined;
  /** HTTP, where there is no app token. */
  readonly signingSecret?: string | undefined;
  readonly apiUrl?: string | undefined;
}

export interface SlackSourceOptions {
  readonly config: SlackSourceConfig;
  /** Who the bot is, where Slack was asked already. */
  readonly bot?: BotIdentity;
  readonly intake: SlackIntake;
  /** For answers to clicks, and to be told who changed. */
  readonly slack: Pick<SlackAdapter, 'ephemeral' | 'direct' | 'openForm' | 'personChanged'>;
  readonly log: Log;
  readonly clock?: Clock;
  /** What was written since then (Unix milliseconds) may not have been delivered: Slack said so. */
  readonly onMissed?: (since: number) => void;
}

/** Something that whoever owns the HTTP server mounts. */
export interface Route {
  readonly method: 'POST';
  readonly path: string;
  /** Answers the request itself, whatever comes; never rejects. */
  readonly handler: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
}

export interface MountableSlackSource extends SlackSource {
  /** Empty in Socket Mode. They answer 503 before `start` and after `stop`. */
  readonly routes: readonly Route[];
}

/** The one path for events, commands and interactivity. */
export const SLACK_PATH = '/slack/events';

/** How long stopping waits for what had begun: no longer than Slack does. */
const CLOSE_MS = 3_000;

/** A receiver of either transport: `trouble` is why nothing can arrive, undefined where it can. */
interface Transport {
  readonly receiver: Receiver;
  readonly routes: readonly Route[];
  trouble(): string | undefined;
}

export function createSlackSource(options: SlackSourceOptions): MountableSlackSource {
  const { config, intake, slack, log, clock = systemClock } = options;
  const transport = transportOf(config, clock, log);
  const stopping = new AbortController();
  const afterwards = new Set<Promise<void>>();
  let admission: Admission | undefined;
  let waiting: string | undefined = 'not connected to Slack yet';

  function track(work: Promise<void>): void {
    const tracked = work
      .catch((error: unknown) => log.error({ why: String(error) }, 'an answer was lost'))
      .finally(() => afterwards.delete(tracked));
    afterwards.add(tracked);
  }

  /** Bolt, with the admission in front of its `processEvent`. The transports deliver to the admission, not to it. */
  function build(bot: BotIdentity): Admission {
    const app = new App({
      authorize: () =>
        Promise.resolve({
          botToken: config.botToken,
          botId: bot.botId,
          botUserId: bot.botUserId,
          teamId: bot.team,
        }),
      receiver: { init: () => undefined, start: () => Promise.resolve(), stop: () => Promise.resolve() },
      clientOptions: webOptions({ apiUrl: config.apiUrl, timeoutMs: 4_000, log }),
      logger: bridge(log),
      ignoreSelf: false,
      convoStore: false,
    });
    app.error((error) => {
      log.error({ why: error.message }, 'a listener failed');
      return Promise.resolve();
    });
    const asks = {
      bot,
      intake,
      ephemeral: (call: Parameters<SlackAdapter['ephemeral']>[0]) => slack.ephemeral(call),
      direct: (call: Parameters<SlackAdapter['direct']>[0]) => slack.direct(call),
      openForm: (call: Parameters<SlackAdapter['openForm']>[0]) => slack.openForm(call),
      apiUrl: config.apiUrl,
      clock,
      log,
    };
    listenForAsks(app, asks, track);
    return createAdmission({
      app,
      bot,
      intake,
      log,
      onPersonChanged: (user) => slack.personChanged(user),
      onMissed: options.onMissed,
    });
  }

  return {
    routes: transport.routes,
    async start() {
      const { botToken, appToken, apiUrl } = config;
      const onWait = (why: string): void => {
        waiting = `Slack cannot be reached (${why})`;
      };
      const signal = stopping.signal;
      const bot =
        options.bot ?? (await botIdentity({ botToken, appToken, apiUrl, clock, log, onWait, signal }));
      log.info({ ...bot }, 'Slack knows the bot');
      waiting = undefined;
      admission = build(bot);
      transport.receiver.init(admission as unknown as App);
      await transport.receiver.start();
      return bot;
    },
    async stop() {
      waiting = 'stopping';
      stopping.abort(new PortError({ kind: 'retry', code: 'stopping' }));
      // First what was being admitted, so that its acknowledgement still has a connection to go out on.
      await Promise.race([admission?.close(), delay(CLOSE_MS, undefined, clock)]);
      await transport.receiver.stop();
      await Promise.race([Promise.allSettled(afterwards), delay(CLOSE_MS, undefined, clock)]);
    },
    health() {
      const why = waiting ?? transport.trouble();
      return why === undefined ? { ok: true } : { ok: false, why };
    },
  };
}

function transportOf(config: SlackSourceConfig, clock: Clock, log: Log): Transport {
  if (config.appToken !== undefined) {
    const receiver = createSocketReceiver({ appToken: config.appToken, apiUrl: config.apiUrl, clock, log });
    return { receiver, routes: [], trouble: () => receiver.trouble };
  }
  if (config.signingSecret === undefined) {
    throw new PortError({
      kind: 'fatal',
      code: 'no_transport',
      message: 'neither an app token nor a signing secret',
    });
  }
  const receiver = createHttpReceiver({ signingSecret: config.signingSecret, clock, log });
  return {
    receiver,
    routes: [{ method: 'POST', path: SLACK_PATH, handler: receiver.handle }],
    trouble: () => undefined,
  };
}
