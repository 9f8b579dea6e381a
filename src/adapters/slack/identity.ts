/** Who the bot is: `auth.test`, asked until Slack answers or refuses. */
import { backoff } from '../../lib/backoff.ts';
import { delay } from '../../lib/time.ts';
import { PortError } from '../../errors.ts';
import type { BotIdentity, Clock, Log } from '../../ports.ts';
import { failureOf } from './failures.ts';
import { fieldsOf, text, type Fields } from './fields.ts';
import { webClient } from './web.ts';

export interface IdentityOptions {
  readonly botToken: string;
  readonly appToken: string | undefined;
  readonly apiUrl: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
  /** Said each time that Slack could not be asked. */
  readonly onWait: (why: string) => void;
  readonly signal: AbortSignal;
}

const CALL_MS = 5_000;

/** Rejects `fatal` where Slack refuses the token, and with the signal's reason. Anything else is waited out. */
export async function botIdentity(options: IdentityOptions): Promise<BotIdentity> {
  const { botToken, apiUrl, clock, log, onWait, signal } = options;
  const client = webClient(botToken, { apiUrl, timeoutMs: CALL_MS, log });
  const waits = backoff({ minMs: 500, maxMs: 30_000 });

  async function ask(method: string, args: Readonly<Record<string, unknown>>): Promise<Fields> {
    for (;;) {
      signal.throwIfAborted();
      try {
        return fieldsOf(await client.apiCall(method, { ...args })) ?? {};
      } catch (error) {
        const failure = failureOf(error, method, 'read');
        // Only Slack's own word is a refusal; an HTTP status may be a proxy's, and a proxy comes back.
        if (failure.kind !== 'retry' && failure.status === undefined) throw failure;
        onWait(failure.message);
        log.warn(
          { method, code: failure.code, attempt: waits.attempts + 1 },
          'Slack cannot be asked; trying on',
        );
        await delay(waits.next(failure.retryAfterMs), signal, clock);
      }
    }
  }

  const answer = await ask('auth.test', {}).catch((error: unknown) => {
    throw error instanceof PortError && error.kind !== 'retry' ? asFatal(error) : error;
  });
  const team = text(answer, 'team_id');
  const botUserId = text(answer, 'user_id');
  const botId = text(answer, 'bot_id');
  if (team === undefined || botUserId === undefined || botId === undefined) {
    throw new PortError({
      kind: 'fatal',
      code: 'not_a_bot_token',
      message: 'auth.test names no bot: SLACK_BOT_TOKEN has to be a bot token (xoxb-…)',
    });
  }
  return { team, botUserId, botId, appId: await appId(answer, botId, options.appToken, ask) };
}

/** Whatever Slack answers to `auth.test` but a wait, this token does not work. */
function asFatal(error: PortError): PortError {
  return new PortError({
    kind: 'fatal',
    code: error.code,
    message: `Slack refuses the bot token (auth.test: ${error.code})`,
    cause: error,
  });
}

type Ask = (method: string, args: Readonly<Record<string, unknown>>) => Promise<Fields>;

/**
 * The app's id. `auth.test` does not always tell; an app-level token carries it (`xapp-1-A…`), and `bots.info`
 * knows it. Where Slack refuses that too the bot's id stands in: it is as stable, and every process sees the same.
 */
async function appId(answer: Fields, botId: string, appToken: string | undefined, ask: Ask): Promise<string> {
  const told = text(answer, 'app_id') ?? /^xapp-\d+-(A[A-Z0-9]+)-/.exec(appToken ?? '')?.[1];
  if (told !== undefined) return told;
  try {
    const info = await ask('bots.info', { bot: botId });
    return text(fieldsOf(info['bot']), 'app_id') ?? botId;
  } catch (error) {
    if (error instanceof PortError) return botId;
    throw error;
  }
}
