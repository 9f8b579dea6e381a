/**
 * The store in Redis 7 or later (or Valkey): a few token-checked scripts, each on one shard.
 *
 * Every method is one round trip. Time is the server's own (`TIME` inside the scripts). A commit that got no
 * answer is repeated once by itself, which its nonce makes harmless; nothing else is.
 */
import {
  isStart,
  saidAt,
  parseThreadKey,
  threadKey,
  type ThreadInput,
  type ThreadKey,
  type ThreadRef,
} from '../../core/event.ts';
import { PortError } from '../../errors.ts';
import { systemClock } from '../../lib/time.ts';
import type {
  Admission,
  Admitted,
  Commit,
  Committed,
  Held,
  InboxItem,
  LeaseToken,
  Log,
  RateGrant,
  RateRule,
  Renewal,
  RunningMark,
  SessionNote,
  StorePort,
} from '../../ports.ts';
import { bookings, BOOKS_MS, redisBooks } from './books.ts';
import { createKeys, type Keys } from './keys.ts';
import { BLOCK_WINDOW_MS, LEARNT_KEPT_MS, readGrant, takeArgs } from './rates.ts';
import { recentNotes } from './recent-notes.ts';
import { redisGuards } from './redis-guards.ts';
import { redisMemory } from './redis-memory.ts';
import { redisAudit, redisSettings } from './redis-settings.ts';
import {
  AUDIT_CAP,
  AUDIT_MS,
  INBOX_CAP,
  PARKED_CAP,
  SESSIONS_CAP,
  SESSIONS_MS,
  storeTimes,
  TRIES_MS,
  type StoreTimes,
} from './limits.ts';
import type { RedisTarget } from './redis-client.ts';
import { openLink, targetOf, type RedisLink } from './redis-link.ts';
import type { ScriptOutcome } from './redis-node.ts';
import { RedisWakes } from './redis-wakes.ts';

export interface RedisStoreOptions extends Partial<StoreTimes> {
  /** As `REDIS_URL` has it (`config-redis.ts`); or else a Unix socket. */
  readonly url?: string;
  readonly path?: string;
  /** A command answers within this, milliseconds, or counts as unknown; one second unless given. */
  readonly commandMs?: number;
  /** Slack app id: every key begins with it. */
  readonly appId: string;
  readonly log: Log;
  /** Called when the store has been closed. */
  readonly onClose?: () => Promise<void>;
}

/** How long a commit waits for a lost connection to come back before its repeat, milliseconds. */
const REPEAT_WITHIN_MS = 500;

/** So long after a server came back, threads may be taken that were at work when it went, milliseconds. */
const BEHIND_MS = 60_000;

function tokenText({ process, fence }: LeaseToken): string {
  return `${process}#${fence}`;
}

/** `[seq, '<at>|<json>', …]` as a hash gives it, in the order of admission. */
function readInbox(flat: unknown): InboxItem[] {
  const cells = flat as readonly string[];
  const items: InboxItem[] = [];
  for (let i = 0; i + 1 < cells.length; i += 2) {
    const [seq = '', cell = ''] = [cells[i], cells[i + 1]];
    const bar = cell.indexOf('|');
    const input = JSON.parse(cell.slice(bar + 1)) as ThreadInput;
    items.push({ seq, input, at: Number(cell.slice(0, bar)) });
  }
  return items.sort((a, b) => Number(a.seq) - Number(b.seq));
}

function wholeMs(ms: number): number {
  return Math.max(1, Math.ceil(ms));
}

function admissionArgs(admission: Admission, times: StoreTimes): (string | number)[] {
  const { thread, claims, input, when, quota } = admission;
  const order = saidAt(input) ?? '';
  const start = isStart(input) ? '1' : '';
  const caps = [INBOX_CAP, times.claimMs, times.earlyMs];
  const share = quota ? [quota.member, quota.limit, wholeMs(quota.windowMs)] : ['', 0, 0];
  return [threadKey(thread), JSON.stringify(input), when, order, start, ...caps, ...share, ...claims];
}

function readAdmitted(answer: unknown): Admitted {
  const [outcome, held] = answer as [Admitted['outcome'], number?];
  return outcome === 'admitted' ? { outcome, held: held === 1 } : { outcome };
}

function commitArgs(commit: Commit, turn: number, times: StoreTimes): (string | number)[] {
  const {
    thread,
    token,
    nonce,
    state,
    keepMs,
    consumed,
    parked = {},
    timers,
    messages,
    trail = [],
    then,
  } = commit;
  const op = state === undefined ? 'leave' : state === null ? 'delete' : 'set';
  const armings = Object.entries(timers).flatMap(([name, timer]) =>
    timer ? [name, String(timer.inMs), String(timer.id)] : [name, '', ''],
  );
  return [
    threadKey(thread),
    tokenText(token),
    nonce,
    turn,
    times.nonceMs,
    then,
    wholeMs(keepMs),
    op,
    state ?? '',
    JSON.stringify(consumed),
    JSON.stringify(messages),
    JSON.stringify(armings),
    JSON.stringify(Object.entries(parked).flat()),
    PARKED_CAP,
    wholeMs(Math.min(keepMs, times.messageMs)),
    JSON.stringify(trail.map((entry) => JSON.stringify(entry))),
    AUDIT_MS,
    AUDIT_CAP,
    JSON.stringify(bookings(trail).flatMap(([field, by]) => [field, String(by)])),
    BOOKS_MS,
  ];
}

/** A commit that gives something back is taken also where memory is full. */
function frees({ state, then }: Commit): boolean {
  return then !== 'keep' || state === null;
}

function readCommitted(answer: unknown): Committed {
  const [outcome, released, inbox] = answer as ['ok' | 'stale', number, unknown];
  if (outcome === 'stale') return { outcome };
  return { outcome, released: released === 1, inbox: readInbox(inbox) };
}

/** What those that answered say. Rejects where nobody did: some masters of a cluster are enough to go on with. */
function answersOf(outcomes: readonly ScriptOutcome[]): unknown[] {
  const answers = outcomes.flatMap((outcome) => ('error' in outcome ? [] : [outcome.answer]));
  const failed = outcomes.find((outcome) => 'error' in outcome);
  if (failed && answers.length === 0) throw failed.error;
  return answers;
}

type AcquireAnswer = [string, string | null, unknown, number, number, number];
type Lease = Parameters<StorePort['renew']>[0][number];

function renewArgs(leases: readonly Lease[], { leaseMs }: StoreTimes): (string | number)[] {
  return [leaseMs, ...leases.flatMap(({ thread, token }) => [threadKey(thread), tokenText(token)])];
}

function readRenewal(shards: readonly (readonly Lease[])[], outcomes: readonly ScriptOutcome[]): Renewal {
  const answers = answersOf(outcomes) as [ThreadKey[], ThreadKey[]][];
  return {
    lost: answers.flatMap(([lost]) => lost),
    waiting: answers.flatMap(([, waiting]) => waiting),
    failed: shards
      .filter((_, i) => 'error' in (outcomes[i] ?? {}))
      .flatMap((leases) => leases.map(({ thread }) => threadKey(thread))),
  };
}

class RedisStore implements StorePort {
  readonly #redis: RedisLink;
  readonly #wakes: RedisWakes;
  readonly #keys: Keys;
  readonly #times: StoreTimes;
  readonly #onClose: () => Promise<void>;
  readonly #notes = recentNotes();
  readonly share: StorePort['share'];
  readonly parked: StorePort['parked'];
  readonly unpark: StorePort['unpark'];
  readonly memory: StorePort['memory'];
  readonly backlog: StorePort['backlog'];
  readonly settings: StorePort['settings'];
  readonly audit: StorePort['audit'];
  readonly books: StorePort['books'];
  #turn = 0;
  #firstShard = 0;

  constructor(
    redis: RedisLink,
    wakes: RedisWakes,
    keys: Keys,
    times: StoreTimes,
    onClose: () => Promise<void>,
  ) {
    this.#onClose = onClose;
    this.#redis = redis;
    this.#wakes = wakes;
    this.#keys = keys;
    this.#times = times;
    const guards = redisGuards(redis, keys);
    this.share = guards.share;
    this.parked = guards.parked;
    this.unpark = guards.unpark;
    this.memory = redisMemory(redis, keys);
    this.backlog = guards.backlog;
    this.settings = redisSettings(redis, keys);
    this.audit = redisAudit(redis, keys);
    this.books = redisBooks(redis, keys);
  }

  async admit(admission: Admission): Promise<Admitted> {
    const base = this.#keys.shard(admission.thread);
    return readAdmitted(await this.#redis.script('admit', base, admissionArgs(admission, this.#times)));
  }

  async acquire(thread: ThreadRef, process: string): Promise<Held | undefined> {
    const args = [threadKey(thread), process, this.#times.leaseMs, TRIES_MS];
    const answer = await this.#redis.script('acquire', this.#keys.shard(thread), args);
    if (answer === null) return undefined;
    const [fence, state, inbox, tries, filled, now] = answer as AcquireAnswer;
    return {
      token: { process, fence: Number(fence) },
      state: state ?? undefined,
      inbox: readInbox(inbox),
      tries,
      now,
      ...(filled === 1 ? {} : { blank: true }),
      ...this.#behind(now),
    };
  }

  async inbox(thread: ThreadRef, token: LeaseToken): Promise<readonly InboxItem[]> {
    const args = [threadKey(thread), tokenText(token)];
    return readInbox(await this.#redis.script('inbox', this.#keys.shard(thread), args));
  }

  async commit(commit: Commit): Promise<Committed> {
    const base = this.#keys.shard(commit.thread);
    const args = commitArgs(commit, this.#nextTurn(), this.#times);
    const write = async (): Promise<Committed> =>
      readCommitted(await this.#redis.script(frees(commit) ? 'conclude' : 'commit', base, args));
    try {
      return await write();
    } catch (error) {
      if (!(error instanceof PortError) || error.kind !== 'unknown') throw error;
      // With the same nonce and turn: answered `ok` where the first had arrived.
      await this.#redis.whenReady(base, REPEAT_WITHIN_MS);
      return write().catch(() => {
        throw error;
      });
    }
  }

  async renew(held: readonly { readonly thread: ThreadRef; readonly token: LeaseToken }[]): Promise<Renewal> {
    this.#wakes.probe();
    const shards = new Map<string, { thread: ThreadRef; token: LeaseToken }[]>();
    for (const one of held) {
      const base = this.#keys.shard(one.thread);
      const leases = shards.get(base);
      if (leases) leases.push(one);
      else shards.set(base, [one]);
    }
    const calls = [...shards].map(([base, leases]) => ({ base, args: renewArgs(leases, this.#times) }));
    const outcomes = await this.#redis.tryScripts('renew', calls);
    return readRenewal([...shards.values()], outcomes);
  }

  async sweep(limit: number): Promise<readonly ThreadKey[]> {
    const all = this.#keys.shards();
    // Begins at another shard each time, so that a limit starves nobody.
    this.#firstShard = (this.#firstShard + 1) % all.length;
    const shards = [...all.slice(this.#firstShard), ...all.slice(0, this.#firstShard)];
    const outcomes = await this.#redis.tryScripts(
      'sweep',
      shards.map((base) => ({ base, args: [limit] })),
    );
    return (answersOf(outcomes) as ThreadKey[][]).flat().slice(0, limit);
  }

  async subscribe(
    process: string,
    wake: (thread: ThreadKey, why: 'inbox' | 'ready') => void,
  ): Promise<() => Promise<void>> {
    const inbox = (thread: string): void => wake(thread as ThreadKey, 'inbox');
    const ready = (thread: string): void => wake(thread as ThreadKey, 'ready');
    await this.#wakes.listen(this.#keys.wake(process), inbox);
    await this.#wakes.listen(this.#keys.ready(), ready);
    return async () => {
      await this.#wakes.unlisten(this.#keys.wake(process), inbox);
      await this.#wakes.unlisten(this.#keys.ready(), ready);
    };
  }

  async peek(thread: ThreadRef): Promise<string | undefined> {
    const name = this.#keys.state(thread, threadKey(thread));
    return (await this.#redis.run(name, (redis) => redis.get(name))) ?? undefined;
  }

  async threadOf(team: string, channel: string, ts: string): Promise<ThreadRef | undefined> {
    const name = this.#keys.message(team, channel, ts);
    const thread = await this.#redis.run(name, (redis) => redis.get(name));
    return thread === null ? undefined : parseThreadKey(thread);
  }

  async once(key: string, ttlMs: number): Promise<boolean> {
    const name = this.#keys.once(key);
    return (await this.#redis.run(name, (redis) => redis.set(name, '', 'PX', wholeMs(ttlMs), 'NX'))) === 'OK';
  }

  async noteSession(team: string, user: string, note: SessionNote): Promise<void> {
    const base = this.#keys.user(team, user);
    const thread = threadKey(note.thread);
    const mine = `${base} ${thread}`;
    if (this.#notes.isFresh(mine, note.at)) return;
    await this.#redis.script('note', base, [thread, note.at, SESSIONS_MS, SESSIONS_CAP]);
    this.#notes.remember(mine, note.at);
  }

  async sessionsOf(team: string, user: string, limit: number): Promise<readonly SessionNote[]> {
    const name = `${this.#keys.user(team, user)}:t`;
    const flat = await this.#redis.run(name, (redis) => redis.zrevrange(name, 0, limit - 1, 'WITHSCORES'));
    const notes: SessionNote[] = [];
    for (let i = 0; i + 1 < flat.length; i += 2) {
      const thread = parseThreadKey(flat[i] ?? '');
      if (thread) notes.push({ thread, at: Number(flat[i + 1]) });
    }
    return notes;
  }

  async take(lane: string, rule: RateRule, marks: readonly RunningMark[] = []): Promise<RateGrant> {
    const answer = await this.#redis.script('take', this.#keys.lane(lane), takeArgs(rule, marks));
    return readGrant(answer);
  }

  async block(lane: string, ms: number): Promise<void> {
    await this.#redis.script('block', this.#keys.lane(lane), [wholeMs(ms), BLOCK_WINDOW_MS, LEARNT_KEPT_MS]);
  }

  async ping(): Promise<void> {
    await this.#redis.ping();
  }

  async close(): Promise<void> {
    this.#wakes.close();
    this.#redis.close();
    await this.#onClose();
  }

  /** A replica that took over, or a server that was killed, may have missed what was written right before. */
  #behind(now: number): Pick<Held, 'behind'> {
    const ago = systemClock.monotonic() - this.#redis.backAt;
    return ago < BEHIND_MS ? { behind: Math.round(now - ago) } : {};
  }

  /** Grows, also over a restart of this process: a late commit is told from a later one by it. */
  #nextTurn(): number {
    this.#turn = Math.max(this.#turn + 1, systemClock.now() * 1000);
    return this.#turn;
  }
}

/**
 * Opens the store. Resolves also where Redis cannot be reached: calls then reject `retry` until it is there.
 * Rejects `fatal` where an operator has to act first: Redis refuses the login, is too old, may throw keys away when
 * its memory is full, or is not what the URL says.
 */
export async function createRedisStore(options: RedisStoreOptions): Promise<StorePort> {
  const { url, path, commandMs, appId, log, onClose = async () => undefined, ...given } = options;
  const target: RedisTarget =
    path === undefined ? await targetOf(url ?? '', commandMs) : { at: { path }, commandMs };
  const redis = openLink(target, log);
  await redis.start();
  const wakes = new RedisWakes(target, log, redis.listenOn);
  return new RedisStore(redis, wakes, createKeys(appId), storeTimes(given), onClose);
}
