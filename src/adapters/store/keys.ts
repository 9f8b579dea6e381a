/**
 * Names in Redis. Every one begins with the Slack app id, and all names of one script carry the same hash tag,
 * so that a script touches one slot of a cluster ("Redis cluster specification", hash tags).
 */
import type { ThreadKey, ThreadRef } from '../../core/event.ts';

export const SHARDS = 64;

/** FNV-1a, 32 bits: stable over versions, because it decides where data lies. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (const byte of Buffer.from(text)) value = Math.imul(value ^ byte, 0x01000193) >>> 0;
  return value;
}

/** Braces would end a hash tag early, and the scripts' names would no longer agree. */
function tag(text: string): string {
  return text.replace(/[{}]/g, '_');
}

export interface Keys {
  /** Base of a channel's shard: claims, inboxes, states, leases and timers of its threads. */
  shard(place: Pick<ThreadRef, 'team' | 'channel'>): string;
  /** Bases of all shards. */
  shards(): readonly string[];
  /** A thread's state, inside its shard. */
  state(thread: ThreadRef, key: ThreadKey): string;
  /** Thread of a bot message, inside its channel's shard. */
  message(team: string, channel: string, ts: string): string;
  once(key: string): string;
  lane(lane: string): string;
  user(team: string, user: string): string;
  /** What was set for a workspace and its channels. */
  settings(team: string): string;
  /** What is written down of who did what. */
  audit(team: string): string;
  /** The streams in which it stands: the workspace's own, and what each shard's commits wrote. */
  trails(team: string): readonly string[];
  /** What each process has at work. */
  load(): string;
  /** Who does something for all processes. */
  hold(name: string): string;
  /** The moment up to which nothing was missed. */
  beat(): string;
  /** Pub/sub channel of one process. */
  wake(process: string): string;
  /** Pub/sub channel of threads that were handed over. */
  ready(): string;
}

/** All names of one app. */
export function createKeys(appId: string): Keys {
  const shardName = (n: number): string => `${appId}:{s${String(n).padStart(2, '0')}}`;
  const all = Array.from({ length: SHARDS }, (_, n) => shardName(n));
  const shard: Keys['shard'] = ({ team, channel }) => shardName(hash(`${team}:${channel}`) % SHARDS);
  return {
    shard,
    shards: () => all,
    state: (thread, key) => `${shard(thread)}:s:${key}`,
    message: (team, channel, ts) => `${shard({ team, channel })}:m:${team}:${channel}:${ts}`,
    once: (key) => `${appId}:once:${key}`,
    lane: (lane) => `${appId}:lane:{${tag(lane)}}`,
    user: (team, user) => `${appId}:user:{${tag(`${team}:${user}`)}}`,
    settings: (team) => `${appId}:settings:{${tag(team)}}`,
    audit: (team) => `${appId}:audit:{${tag(team)}}`,
    trails: (team) => [`${appId}:audit:{${tag(team)}}:e`, ...all.map((base) => `${base}:a:${team}`)],
    load: () => `${appId}:load:{load}`,
    hold: (name) => `${appId}:hold:{${tag(name)}}`,
    beat: () => `${appId}:beat:{beat}`,
    wake: (process) => `${appId}:wake:${process}`,
    ready: () => `${appId}:ready`,
  };
}
