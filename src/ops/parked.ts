/**
 * `heddle parked`: the inputs that were set aside because they could not be handled. They are listed without
 * anybody's words; each can be given back to its thread, or dropped.
 */
import { botIdentity } from '../adapters/slack/identity.ts';
import { openStore } from '../adapters/store/open.ts';
import type { ParkedConfig } from '../config.ts';
import { threadKey } from '../core/event.ts';
import { ConfigError, PortError } from '../errors.ts';
import { systemClock, TimeoutError, withTimeout } from '../lib/time.ts';
import type { Log, ParkedInput, StorePort } from '../ports.ts';

export interface ParkedOptions {
  readonly config: ParkedConfig;
  /** This checkout, whose embedded store is meant where there is no other. */
  readonly checkoutDir: string;
  readonly log: Log;
  readonly output: { write(text: string): unknown };
  readonly then?: { readonly do: 'resume' | 'drop'; readonly id: string };
}

/** How long Slack and Redis may take, ms. */
const PATIENCE_MS = 15_000;

/**
 * Lists them, or resumes or drops one.
 * @returns the exit code: 1 where there is no input of that id, or Slack or Redis cannot be reached
 * @throws {ConfigError} where Slack or Redis refuse what is set
 */
export async function runParked(options: ParkedOptions): Promise<number> {
  const opened = await openForCommand(options);
  if (!opened) return 1;
  const { store } = opened;
  try {
    return await act(store, options);
  } finally {
    await store.close();
  }
}

type Opening = Pick<ParkedOptions, 'config' | 'checkoutDir' | 'log' | 'output'>;

/**
 * The store and the token's workspace; undefined, and said, where Slack or Redis cannot be reached.
 * @throws {ConfigError} where they refuse what is set
 */
export async function openForCommand(
  options: Opening,
): Promise<{ readonly store: StorePort; readonly team: string } | undefined> {
  const { output } = options;
  return open(options).catch((error: unknown) => {
    if (!(error instanceof PortError || error instanceof TimeoutError)) throw error;
    // What an operator has to set right is said as at a start.
    if (error instanceof PortError && error.kind === 'fatal') throw new ConfigError([error.message]);
    output.write(`Slack or Redis cannot be reached (${error.code}); nothing was changed. Try again.\n`);
    return undefined;
  });
}

/** Keys begin with the app's id, which Slack knows. */
async function open({
  config,
  checkoutDir,
  log,
}: Opening): Promise<{ readonly store: StorePort; readonly team: string }> {
  const { botToken, apiUrl, transport } = config.slack;
  const appToken = transport.mode === 'socket' ? transport.appToken : undefined;
  return withTimeout('reaching Slack and Redis', PATIENCE_MS, async (signal) => {
    const onWait = (): void => undefined;
    const bot = await botIdentity({ botToken, appToken, apiUrl, clock: systemClock, log, onWait, signal });
    const { redisUrl, dataDir } = config;
    const place = { redisUrl, checkoutDir, dataDir, cacheDir: `${dataDir}/cache` };
    const { store } = await openStore({ ...place, appId: bot.appId, log, signal });
    return { store, team: bot.team };
  });
}

async function act(store: StorePort, { output, then }: ParkedOptions): Promise<number> {
  const parked = await store.parked();
  if (!then) {
    output.write(listing(parked));
    return 0;
  }
  const one = parked.find(({ id }) => id === then.id);
  if (!one || !(await store.unpark(one.thread, one.id, then.do))) {
    output.write(`There is no parked input ${then.id}; nothing was changed.\n`);
    return 1;
  }
  const what = then.do === 'resume' ? 'given back to its thread' : 'dropped';
  output.write(`${one.id} of ${threadKey(one.thread)} was ${what}.\n`);
  return 0;
}

function listing(parked: readonly ParkedInput[]): string {
  if (parked.length === 0) return 'Nothing is parked.\n';
  const lines = parked.map(({ id, thread, input, at, why }) => {
    const by = 'user' in input ? ` of ${input.user}` : '';
    return `${id}  ${new Date(at).toISOString()}  ${threadKey(thread)}  ${input.kind}${by}: ${why}`;
  });
  return `${lines.join('\n')}\n\nGive one back with \`heddle parked --resume <id>\`, or drop it with \`--drop <id>\`.\n`;
}
