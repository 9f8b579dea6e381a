/** Attaching: F1 attach, list, tail; F2 every end means again; F3 previews are cosmetic. */
import { describe, expect, it } from 'vitest';
import type { AgentEvent, FeedItem } from '../../src/core/agent-event.ts';
import type { Preview } from '../../src/core/state.ts';
import { PortError, type FailureKind } from '../../src/errors.ts';
import { follow, type Follower } from '../../src/flow/follower.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { deferred, type Deferred } from '../../src/lib/deferred.ts';
import type { Feed } from '../../src/ports.ts';
import { Events } from '../core/support/inputs.ts';
import { quietLog } from '../support/quiet-log.ts';
import { virtualClock, type VirtualClock } from '../support/virtual-clock.ts';

/** A stream that brings what the test pushes, and ends as the test says. */
class FakeFeed implements Feed {
  closed = 0;
  private readonly batches: (readonly FeedItem[])[] = [];
  private over: { readonly error?: Error } | undefined;
  private more = deferred();

  push(...items: readonly FeedItem[]): void {
    this.batches.push(items);
    this.more.resolve();
  }
  end(error?: Error): void {
    this.over = error ? { error } : {};
    this.more.resolve();
  }
  close(): void {
    this.closed += 1;
    this.end();
  }
  async *[Symbol.asyncIterator](): AsyncGenerator<readonly FeedItem[]> {
    for (;;) {
      const batch = this.batches.shift();
      if (batch) yield batch;
      else if (this.over) {
        if (this.over.error) throw this.over.error;
        return;
      } else {
        await this.more.promise;
        this.more = deferred();
      }
    }
  }
}

interface Rig {
  readonly follower: Follower;
  readonly clock: VirtualClock;
  /** What was done and heard, in order. */
  readonly heard: string[];
  readonly feeds: FakeFeed[];
  readonly events: {
    readonly events: readonly AgentEvent[];
    readonly source: string;
    readonly previews: readonly Preview[];
  }[];
  readonly listings: Deferred<readonly AgentEvent[]>[];
  refuse: PortError | undefined;
}

function rig(recover: boolean, refuse?: PortError): Rig {
  const clock = virtualClock();
  const heard: string[] = [];
  const feeds: FakeFeed[] = [];
  const events: Rig['events'] = [];
  const listings: Rig['listings'] = [];
  const the: { refuse: PortError | undefined } = { refuse };
  const agent = {
    attach: (): Promise<Feed> => {
      heard.push('attach');
      if (the.refuse) return Promise.reject(the.refuse);
      const feed = new FakeFeed();
      feeds.push(feed);
      return Promise.resolve(feed);
    },
    history: (_session: string, query: { readonly since?: string }): Promise<readonly AgentEvent[]> => {
      heard.push(`list ${query.since ?? 'all'}`);
      const listing = deferred<readonly AgentEvent[]>();
      listings.push(listing);
      return listing.promise;
    },
  };
  const follower = follow(
    {
      agent,
      clock,
      random: systemRandom,
      log: quietLog,
      meter: { streamLost: () => undefined },
      pace: (signal) => Promise.resolve(signal.throwIfAborted()),
    },
    'sesn_1',
    recover,
    {
      since: () => 'T',
      events: (some, source, previews) => {
        heard.push(`${source}: ${some.map(({ type }) => type).join(' ')}`);
        events.push({ events: some, source, previews });
      },
      grown: () => heard.push('grown'),
      writing: () => undefined,
      failed: ({ kind }) => heard.push(`failed ${kind}`),
    },
  );
  follower.ready.then((is) => heard.push(`ready ${is}`)).catch(() => undefined);
  return Object.assign(the, { follower, clock, heard, feeds, events, listings });
}

const ev = new Events();
const begins = (eventId: string, of: 'agent.message' | 'agent.thinking' = 'agent.message'): FeedItem => ({
  type: 'event_start',
  eventId,
  of,
});
const grows = (eventId: string, text: string, index = 0): FeedItem => ({
  type: 'event_delta',
  eventId,
  index,
  text,
});

describe('F1: attaching', () => {
  it('to a new session lists nothing, and is ready with the stream', async () => {
    const r = rig(false);
    await r.clock.settle();
    expect(r.heard).toEqual(['attach', 'ready true']);
  });

  it('after something was missed lists it before anything of the stream is handed on', async () => {
    const r = rig(true);
    await r.clock.settle();
    expect(r.heard).toEqual(['attach', 'list T']);
    r.feeds[0]?.push(ev.running());
    await r.clock.settle();
    expect(r.heard).toHaveLength(2);
    r.listings[0]?.resolve([ev.text('missed')]);
    await r.clock.settle();
    expect(r.heard.slice(2)).toEqual([
      'history: agent.message',
      'ready true',
      'live: session.status_running',
    ]);
  });
});

describe('F2: the end of the stream', () => {
  it.each<[string, Error | undefined]>([
    ['a clean end', undefined],
    ['a lost connection', new PortError({ kind: 'unknown', code: 'connection_lost' })],
    ['silence', new PortError({ kind: 'retry', code: 'silent' })],
    ['an error of any kind', new Error('Unexpected token < in JSON')],
  ])('%s: attaches again after a pause, and lists what was missed', async (_, error) => {
    const r = rig(false);
    await r.clock.settle();
    r.feeds[0]?.end(error);
    await r.clock.settle();
    expect(r.heard).toEqual(['attach', 'ready true']);
    expect(r.feeds[0]?.closed).toBeGreaterThan(0);
    await r.clock.advance(1_000);
    expect(r.heard.slice(2)).toEqual(['attach', 'list T']);
  });

  it('again and again: never without a pause, never with one of more than ten seconds (fault: stream-cut)', async () => {
    const r = rig(false, new PortError({ kind: 'retry', code: 'unreachable' }));
    await r.clock.settle();
    expect(r.heard).toEqual(['attach']);
    await r.clock.advance(499);
    expect(r.heard).toEqual(['attach']);
    await r.clock.advance(120_000);
    expect(r.heard.length).toBeGreaterThanOrEqual(12);
    expect(r.heard.length).toBeLessThan(40);
  });

  it('keeps the pause that the service asked for', async () => {
    const r = rig(false, new PortError({ kind: 'retry', code: 'rate_limit_error', retryAfterMs: 30_000 }));
    await r.clock.advance(29_000);
    expect(r.heard).toEqual(['attach']);
    r.refuse = undefined;
    await r.clock.advance(1_000);
    expect(r.heard.slice(1, 2)).toEqual(['attach']);
  });

  it('a listing that fails is a stream that ended', async () => {
    const r = rig(true);
    await r.clock.settle();
    r.listings[0]?.reject(new PortError({ kind: 'retry', code: 'overloaded_error' }));
    await r.clock.advance(1_000);
    expect(r.heard).toEqual(['attach', 'list T', 'attach', 'list T']);
    expect(r.feeds[0]?.closed).toBeGreaterThan(0);
  });

  it.each<FailureKind>(['gone', 'fatal', 'refused'])(
    'for good (%s) is said once, and nobody waits any longer',
    async (kind) => {
      const r = rig(false, new PortError({ kind, code: 'x' }));
      await r.clock.advance(60_000);
      expect(r.heard).toEqual(['attach', `failed ${kind}`, 'ready false']);
      expect(r.clock.timers).toBe(0);
    },
  );
});

describe('F3: what is being written', () => {
  it('grows with its frames, and is over with the whole message', async () => {
    const r = rig(false);
    await r.clock.settle();
    r.feeds[0]?.push(begins('m1'));
    r.feeds[0]?.push(grows('m1', 'Hel'));
    r.feeds[0]?.push(grows('m1', 'lo'), grows('m1', ' world', 1));
    await r.clock.settle();
    expect(r.follower.previews()).toEqual([{ id: 'm1', text: 'Hello world' }]);
    expect(r.heard.slice(2)).toEqual(['grown', 'grown']);
    r.feeds[0]?.push({ ...ev.text('Hello world.'), id: 'm1' });
    await r.clock.settle();
    expect(r.follower.previews()).toEqual([]);
  });

  it.each<[string, readonly FeedItem[]]>([
    ['a delta without its start', [grows('m1', 'x')]],
    ['a gap in the blocks', [begins('m1'), grows('m1', 'x', 3)]],
    ['thinking', [begins('m1', 'agent.thinking'), grows('m1', 'x')]],
    ['a delta after the whole message', [begins('m1'), { ...ev.text('x'), id: 'm1' }, grows('m1', 'x')]],
    ['a message that another one replaced', [begins('m1'), grows('m1', 'x'), begins('m2')]],
  ])('shows nothing for %s, and is no error', async (_, items) => {
    const r = rig(false);
    await r.clock.settle();
    for (const item of items) r.feeds[0]?.push(item);
    await r.clock.settle();
    expect(r.follower.previews()).toEqual([]);
    expect(r.heard.filter((line) => line.startsWith('failed') || line === 'attach')).toEqual(['attach']);
  });

  it('is lost with the stream', async () => {
    const r = rig(false);
    await r.clock.settle();
    r.feeds[0]?.push(begins('m1'), grows('m1', 'Hel'));
    r.feeds[0]?.end();
    await r.clock.settle();
    expect(r.follower.previews()).toEqual([]);
  });
});

describe('listing on request', () => {
  it('hands on the history with what is being written', async () => {
    const r = rig(false);
    await r.clock.settle();
    r.feeds[0]?.push(begins('m1'), grows('m1', 'Hel'));
    await r.clock.settle();
    const listed = r.follower.relist();
    await r.clock.settle();
    r.listings[0]?.resolve([ev.running()]);
    await listed;
    expect(r.events.at(-1)).toMatchObject({ source: 'history', previews: [{ id: 'm1' }] });
  });

  it('rejects as the listing does', async () => {
    const r = rig(false);
    await r.clock.settle();
    const listed = r.follower.relist();
    await r.clock.settle();
    const error = new PortError({ kind: 'gone', code: 'not_found_error' });
    r.listings[0]?.reject(error);
    await expect(listed).rejects.toBe(error);
  });
});

describe('the end of following', () => {
  it('says nothing more, leaves nothing open, and lets nobody wait', async () => {
    const r = rig(true);
    await r.clock.settle();
    r.follower.stop();
    r.listings[0]?.resolve([ev.text('late')]);
    await r.clock.advance(60_000);
    expect(r.heard).toEqual(['attach', 'list T', 'ready false']);
    expect(r.feeds[0]?.closed).toBeGreaterThan(0);
    expect(r.clock.timers).toBe(0);
  });

  it('ends the pause before the next try', async () => {
    const r = rig(false, new PortError({ kind: 'retry', code: 'unreachable' }));
    await r.clock.settle();
    r.follower.stop();
    await r.clock.advance(60_000);
    expect(r.heard).toEqual(['attach', 'ready false']);
    expect(r.clock.timers).toBe(0);
  });

  it('makes a listing on request do nothing, so that nobody tries it again', async () => {
    const r = rig(false);
    await r.clock.settle();
    const listed = r.follower.relist();
    await r.clock.settle();
    r.follower.stop();
    r.listings[0]?.reject(new PortError({ kind: 'retry', code: 'aborted' }));
    await expect(listed).resolves.toBeUndefined();
    await expect(r.follower.relist()).resolves.toBeUndefined();
    expect(r.events).toEqual([]);
  });
});

describe('streams that bring nothing but garbage (F5)', () => {
  const garbage = new PortError({ kind: 'retry', code: 'bad_json' });
  const listings = (it: Rig): number => it.heard.filter((line) => line.startsWith('list ')).length;
  const attaches = (it: Rig): number => it.heard.filter((line) => line === 'attach').length;

  /** Time passes, and every listing is answered. */
  async function pass(it: Rig, ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 500) {
      await it.clock.advance(500);
      for (const listing of it.listings) listing.resolve([]);
    }
  }

  it('after five in a row the history is listed every five seconds, and a minute later a stream is tried', async () => {
    const it = rig(false, garbage);
    await pass(it, 40_000);
    expect(attaches(it)).toBe(5);
    const before = listings(it);
    await pass(it, 20_000);
    expect([attaches(it), listings(it) - before]).toEqual([5, 4]);
    expect(it.heard).toContain('ready true');
    it.refuse = undefined;
    await pass(it, 60_000);
    expect(attaches(it)).toBe(6);
    it.feeds[0]?.push(new Events().running());
    await pass(it, 1_000);
    expect(it.heard.at(-1)).toMatch(/^live/);
    it.follower.stop();
  });

  it('one that brought something is no bad one in a row', async () => {
    const it = rig(false);
    for (let streams = 0; streams < 8; streams += 1) {
      await pass(it, 11_000);
      it.feeds.at(-1)?.push(new Events().running());
      it.feeds.at(-1)?.end(garbage);
    }
    await pass(it, 11_000);
    expect(attaches(it)).toBe(9);
    it.follower.stop();
  });
});
