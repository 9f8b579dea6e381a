/**
 * How often the growth of an answer may be written, shared by all replies that run in a workspace, on every replica.
 *
 * C1  Growth of one message is never written closer than Slack wants it, and all growth together uses no more than
 *     what its lane leaves to growth: `K x 60 / limit x 1.05` seconds for K running replies.
 * C2  Replies that began together do not write together: each has a place of its own in the interval.
 * C3  Who runs is told with the rate tokens; a mark ends by itself, so that a replica that died is not counted on.
 */
import { fingerprint } from '../lib/hash.ts';
import { laneName } from '../lib/rate.ts';
import type { Clock, RateGrant, RunningMark, StorePort } from '../ports.ts';

/** What the growth of one lane is given. */
export interface GrowthRoom {
  /** Replies that run. */
  readonly running: number;
  /** Calls that growth may make a minute, all replies together. */
  readonly perMinute: number;
  /** Growth of one message is never written closer, milliseconds. */
  readonly atLeastMs: number;
}

/** Milliseconds between two growth writes of one reply (C1). */
export function growthInterval({ running, perMinute, atLeastMs }: GrowthRoom): number {
  return Math.max(atLeastMs, ((running * 60_000) / Math.max(1, perMinute)) * 1.05);
}

/**
 * When growth is due that was written last at `lastAt` (monotonic milliseconds). With a long interval each reply
 * writes at its own `phase` of it, 0 to 1 (C2).
 */
export function growthDue(lastAt: number, intervalMs: number, atLeastMs: number, phase: number): number {
  if (intervalMs <= atLeastMs) return lastAt + atLeastMs;
  const earliest = lastAt + Math.max(atLeastMs, intervalMs / 4);
  return (Math.ceil(earliest / intervalMs - phase) + phase) * intervalMs;
}

/** A place between 0 and 1, the same on every replica. */
export function phaseOf(member: string): number {
  return Number.parseInt(fingerprint(member).slice(0, 8), 16) / 2 ** 32;
}

/** The lane that a running reply writes its growth through. */
export interface GrowthLane {
  readonly team: string;
  readonly method: GrowthMethod;
}

export type GrowthMethod = 'chat.update' | 'chat.appendStream';

/** docs.slack.dev, "Developing agents": new content by `chat.update` every 3 s; a stream may be appended each second. */
const AT_LEAST_MS: Readonly<Record<GrowthMethod, number>> = {
  'chat.update': 3_000,
  'chat.appendStream': 1_000,
};

/** `silent`: nothing of the answer is written yet, so that there is a first text to come besides the final one. */
export type Stage = 'silent' | 'texted' | 'over';

/** What the flow asks. */
export interface Cadence {
  /** How far a reply is; `over` as soon as its final text is to be written. Costs nothing, may be repeated. */
  at(lane: GrowthLane, member: string, stage: Stage): void;
  /** An answer has ended; `brief` where that was soon after its first text. */
  ended(lane: GrowthLane, brief: boolean): void;
  /** Whether answers here use to be brief of late: what has text now has its end soon. */
  brief(team: string): boolean;
  /** The thread is not held any more; who holds it next will tell. */
  leave(lane: GrowthLane, member: string): void;
  /** When growth of this reply may be written next, after `lastAt` (both monotonic milliseconds). */
  due(lane: GrowthLane, member: string, lastAt: number): number;
  /** Milliseconds between two growth writes of one reply at present. */
  interval(lane: GrowthLane): number;
  /**
   * Whether edits are scarce: `some` where first and final texts of the replies that run would use up the window,
   * `most` where their final texts alone do. Who has not posted yet then lets the post carry the text. `unsure`
   * where this one began among others, and it is soon known how many.
   */
  scarce(team: string, member: string): 'no' | 'unsure' | 'some' | 'most';
  close(): void;
}

/** What the rate lanes ask, and tell. */
export interface LaneCrowd {
  /** To be told to the store with the next token of the lane. */
  marks(lane: string): readonly RunningMark[];
  /** The store's answer, and the marks that it was given. */
  heard(lane: string, grant: RateGrant, marks: readonly RunningMark[]): void;
  /** Replies that run in the lane, as far as is known here. */
  count(lane: string): number;
}

/** What a lane has, as `adapters/slack/limits.ts` knows. */
export interface LaneRoom {
  /** Calls that any may make in a window where nothing was learnt. */
  limit(method: GrowthMethod): number;
  /** Calls a minute left to growth while so many replies run. */
  growth(method: GrowthMethod, running: number, limit: number, isTrial: boolean): number;
}

export interface CadenceOptions {
  readonly store: Pick<StorePort, 'take'>;
  readonly clock: Clock;
  readonly room: LaneRoom;
}

/** How long a reply counts without being told of again, and how often it is told of, milliseconds. */
const MARK_MS = 30_000;
const REMARK_MS = 10_000;
/** Marks that ride on one token. */
const MARKS_AT_ONCE = 200;
/** So many replies of this process are told of at once, before one of them writes. */
const MANY = 5;
/** What others run, and what they have used, is believed for so long, milliseconds. */
const BELIEVED_MS = 30_000;
const MINUTE_MS = 60_000;
/** What the newest answer says of how brief answers are. */
const NEWEST = 0.2;
/** Behind so many replies one may be in a crowd that is only beginning to form. */
const FEW = 3;
/** So much of a window may be spoken for before edits are scarce: what comes next is not known. */
const SPOKEN_FOR = 0.8;
const FINALS_AT_MOST = 0.9;

interface Mine {
  stage: 'silent' | 'texted';
  /** When the store was told of it last, monotonic ms. */
  toldAt: number | undefined;
}

/** One lane's replies: those of this process, and what the store said of all. */
interface Crowd {
  readonly method: GrowthMethod;
  readonly mine: Map<string, Mine>;
  /** So many of them are silent: each reply asks, again and again, and there may be thousands. */
  silent: number;
  /** The store still counts them. */
  readonly gone: Set<string>;
  others: number;
  used: number;
  heardAt: number;
  limit: number;
  isTrial: boolean;
  /** How many of the last answers were brief, 0 to 1; the newest count most. */
  briefness: number;
}

export function createCadence({ store, clock, room }: CadenceOptions): Cadence & LaneCrowd {
  const crowds = new Map<string, Crowd>();
  let cancel: (() => void) | undefined;
  let closed = false;

  function crowdOf({ team, method }: GrowthLane): Crowd {
    const name = laneName(team, method);
    const known = crowds.get(name);
    if (known) return known;
    const nothing = {
      others: 0,
      used: 0,
      heardAt: Number.NEGATIVE_INFINITY,
      limit: room.limit(method),
      isTrial: false,
      briefness: 0,
    };
    const crowd: Crowd = { method, mine: new Map(), silent: 0, gone: new Set(), ...nothing };
    crowds.set(name, crowd);
    return crowd;
  }

  function countOf({ mine, others, heardAt }: Crowd): number {
    return mine.size + (clock.monotonic() - heardAt < BELIEVED_MS ? others : 0);
  }

  function intervalOf(crowd: Crowd): number {
    const { method, limit, isTrial } = crowd;
    const running = Math.max(1, countOf(crowd));
    const perMinute = room.growth(method, running, limit, isTrial);
    return growthInterval({ running, perMinute, atLeastMs: AT_LEAST_MS[method] });
  }

  function marks(lane: string): readonly RunningMark[] {
    const crowd = crowds.get(lane);
    if (!crowd) return [];
    const stale = clock.monotonic() - REMARK_MS / 2;
    const told: RunningMark[] = [...crowd.gone].map((member) => ({ member, ttlMs: 0 }));
    for (const [member, { toldAt }] of crowd.mine)
      if (toldAt === undefined || toldAt <= stale) told.push({ member, ttlMs: MARK_MS });
    return told.slice(0, MARKS_AT_ONCE);
  }

  function heard(lane: string, grant: RateGrant, told: readonly RunningMark[]): void {
    const { running, used, limit, isTrial } = grant;
    const crowd = crowds.get(lane);
    if (!crowd || running === undefined) return;
    crowd.heardAt = clock.monotonic();
    for (const { member, ttlMs } of told) {
      const mine = crowd.mine.get(member);
      if (ttlMs === 0) crowd.gone.delete(member);
      else if (mine) mine.toldAt = crowd.heardAt;
    }
    const counted = [...crowd.mine.values()].filter(({ toldAt }) => toldAt !== undefined).length;
    crowd.others = Math.max(0, running - counted - crowd.gone.size);
    crowd.limit = limit ?? crowd.limit;
    crowd.isTrial = isTrial ?? crowd.isTrial;
    crowd.used = used ?? crowd.used;
  }

  /** Without a token: where many begin at once, and where nothing was written for long. */
  function tell(lane: string): void {
    const told = marks(lane);
    if (told.length === 0 || closed) return;
    store
      .take(lane, { limit: 0, windowMs: MINUTE_MS, share: 1 }, told)
      .then((grant) => heard(lane, grant, told))
      // That the store is away is said where tokens are taken; the marks are told again with the next.
      .catch(() => undefined);
  }

  function beat(): void {
    if (closed || cancel) return;
    cancel = clock.setTimer(() => {
      cancel = undefined;
      for (const lane of crowds.keys()) tell(lane);
      if ([...crowds.values()].some(({ mine }) => mine.size > 0)) beat();
    }, REMARK_MS);
  }

  function over(crowd: Crowd, member: string): void {
    if (crowd.mine.get(member)?.toldAt !== undefined) crowd.gone.add(member);
    forget(crowd, member);
  }

  function forget(crowd: Crowd, member: string): void {
    if (crowd.mine.get(member)?.stage === 'silent') crowd.silent -= 1;
    crowd.mine.delete(member);
  }

  return {
    marks,
    heard,
    count: (lane) => {
      const crowd = crowds.get(lane);
      return crowd ? countOf(crowd) : 0;
    },
    at(lane, member, stage) {
      const crowd = crowdOf(lane);
      if (stage === 'over') return over(crowd, member);
      const known = crowd.mine.get(member);
      if (stage === 'silent' && known?.stage !== 'silent') crowd.silent += 1;
      if (stage !== 'silent' && known?.stage === 'silent') crowd.silent -= 1;
      if (known) known.stage = stage;
      else {
        crowd.mine.set(member, { stage, toldAt: crowd.gone.delete(member) ? clock.monotonic() : undefined });
        if (crowd.mine.size % MANY === 0) tell(laneName(lane.team, lane.method));
        beat();
      }
    },
    ended(lane, brief) {
      const crowd = crowdOf(lane);
      crowd.briefness += ((brief ? 1 : 0) - crowd.briefness) * NEWEST;
    },
    brief: (team) => crowdOf({ team, method: 'chat.update' }).briefness > 0.5,
    leave(lane, member) {
      forget(crowdOf(lane), member);
    },
    due(lane, member, lastAt) {
      const crowd = crowdOf(lane);
      return growthDue(lastAt, intervalOf(crowd), AT_LEAST_MS[lane.method], phaseOf(member));
    },
    interval: (lane) => intervalOf(crowdOf(lane)),
    scarce(team, member) {
      const crowd = crowdOf({ team, method: 'chat.update' });
      const running = countOf(crowd);
      const firsts = crowd.mine.size > 0 ? (crowd.silent * running) / crowd.mine.size : 0;
      const age = clock.monotonic() - crowd.heardAt;
      const used = age < MINUTE_MS ? crowd.used * (1 - age / MINUTE_MS) : 0;
      if (used + running > crowd.limit * FINALS_AT_MOST) return 'most';
      if (used + running + firsts > crowd.limit * SPOKEN_FOR) return 'some';
      return isAmongFirst(crowd, member, FEW - (running - crowd.mine.size)) ? 'no' : 'unsure';
    },
    close() {
      closed = true;
      cancel?.();
    },
  };
}

/** Whether fewer than so many of this process began before this one; one that is not here yet began before none. */
function isAmongFirst({ mine }: Crowd, member: string, few: number): boolean {
  if (!mine.has(member)) return few > -1;
  let before = 0;
  for (const other of mine.keys()) {
    if (before >= few || other === member) break;
    before += 1;
  }
  return before < few;
}
