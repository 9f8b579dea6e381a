/**
 * One held thread: the only writer of its state, and the only one that acts for it.
 *
 * I2  Inputs are handled one at a time and in order; one that throws is left out, told and logged, and the next
 *     one is handled.
 * I3  Every commit carries the lease's token; a refused one ends this holder. No side effect starts that might
 *     outlive the lease.
 * I4  State, consumed inputs and timers are one commit, made before the effects they cause.
 * I10 Draining: nothing new is begun, what is under way ends, the last edit goes out, the thread is handed over.
 */
import { setMaxListeners } from 'node:events';
import type { AuditEntry } from '../core/audit.ts';
import { threadKey, type ThreadRef } from '../core/event.ts';
import { isDone } from '../core/hold.ts';
import type { ActorInput } from '../core/session.ts';
import { intend } from '../core/shown.ts';
import { addNote, openTurnOf } from '../core/talk.ts';
import type { Effect, ProcessInput, ThreadState } from '../core/state.ts';
import { timersOf } from '../core/rest.ts';
import type { Turn } from '../core/turn.ts';
import { PortError } from '../errors.ts';
import { deferred } from '../lib/deferred.ts';
import { delay } from '../lib/time.ts';
import type { AgentPort, InboxItem, Log, Meter, SlackPort, StorePort } from '../ports.ts';
import { picture } from '../render/picture.ts';
import { isWrite, type CallHost } from './calls.ts';
import { flights, type FlightDeps, type Flights } from './flights.ts';
import { following, type Following } from './following.ts';
import { judging } from './judging.ts';
import { heldLease, type Lease, type LeaseTimes } from './lease.ts';
import { isTakenOver, opening, type Found } from './opening.ts';
import type { OutboxDeps } from './outbox-host.ts';
import { createOutbox, type Outbox } from './outbox.ts';
import { pump, type Pump } from './pump.ts';
import { culpritOf, DIED, THREW } from './poison.ts';
import { saveState } from './save.ts';
import { stepOnce, type SteppingDeps } from './stepping.ts';
import { tuned, type Tuning } from './tuning.ts';
import { isOverdue, timerChanges } from './changes.ts';
import { Transfers } from './transfers.ts';
import { observer, type Observer } from './observer.ts';

type Shared = Pick<FlightDeps, 'agents' | 'wake'> & Pick<OutboxDeps, 'cadence' | 'split'>;

export interface ConversationDeps extends LeaseTimes, SteppingDeps, Shared {
  readonly store: StorePort;
  readonly slack: SlackPort;
  readonly agent: AgentPort;
  readonly log: Log;
  readonly meter: Meter;
  /** Absent where the same settings hold everywhere. */
  readonly tuning?: Tuning;
  /** Waits for a place among the organization's reads. */
  readonly pace: (signal: AbortSignal) => Promise<void>;
}

interface QueuedInput {
  readonly is: 'input';
  readonly input: ActorInput;
  readonly item?: InboxItem;
}

type Queued =
  | QueuedInput
  | {
      readonly is: 'intend';
      readonly slots: readonly string[];
      readonly streams: readonly string[];
      readonly saved: () => void;
    };

export class Conversation {
  readonly thread: ThreadRef;
  /** Settles when this holder has ended, however: released, handed over, or its lease lost. */
  readonly ended: Promise<void>;
  private readonly deps: ConversationDeps;
  private readonly log: Log;
  private readonly lease: Lease;
  private readonly observer: Observer;
  private readonly ending = new AbortController();
  private readonly end = deferred();
  /** Settles, with false, when this holder begins to end: whoever waits for the stream does not wait on. */
  private readonly going = deferred<false>();
  private readonly queue: Queued[] = [];
  private readonly inbox: Pump;
  private readonly outbox: Outbox;
  private readonly following: Following;
  private readonly flights: Flights;
  private readonly transfers: Transfers;
  private state: ThreadState;
  private poked = deferred();
  /** What is set aside before anything is handled. */
  private readonly culprit: InboxItem | undefined;
  private draining = false;
  /** Nothing more is handled by the loop: what is left is handled with the handover, one commit after the other. */
  private leaving = false;
  private readonly loop: Promise<void>;
  private releasing = false;
  /** What was done since the last commit: written down with the next one. */
  private trail: readonly AuditEntry[] = [];

  constructor(given: ConversationDeps, thread: ThreadRef, held: Found, beganAt: number) {
    const deps = tuned(given, thread, () => this.state.overrides);
    this.deps = deps;
    this.thread = thread;
    this.log = deps.log.child({ thread: threadKey(thread), fence: held.token.fence });
    this.observer = observer(deps, this.log, () => this.state);
    this.lease = heldLease(held.token, beganAt, deps, deps.clock);
    this.ended = this.end.promise;
    // As many waits hang on it as there are calls under way.
    setMaxListeners(0, this.ending.signal);
    this.state = opening(thread, held);
    const input = (outcome: ProcessInput): void => this.push({ is: 'input', input: outcome });
    this.inbox = pump(
      { ...deps, ...judging(deps, () => this.state) },
      thread,
      this.ending.signal,
      (item, attributed) => this.push({ is: 'input', input: attributed, item }),
    );
    this.following = following(
      { ...deps, log: this.log },
      {
        state: () => this.state,
        input,
        grown: () => this.outbox.grown(),
        heard: (events) => this.observer.heard(events),
      },
    );
    this.outbox = createOutbox(deps, {
      state: () => this.state,
      previews: () => this.following.follower?.previews() ?? [],
      behind: () => this.following.behind,
      guard: () => this.lease.guard(),
      intend: (slots, streams) => this.intend(slots, streams),
      input,
      shown: (texted) => this.observer.shown(texted),
      quiet: () => this.poke(),
      failed: (error) => this.abandon(error),
      signal: this.ending.signal,
    });
    this.flights = this.createFlights(input);
    this.transfers = new Transfers(deps, {
      state: () => this.state,
      input,
      guard: () => this.lease.guard(),
      signal: this.ending.signal,
      log: this.log,
    });
    if (isTakenOver(held)) this.push({ is: 'input', input: { kind: 'taken-over' } });
    this.culprit = culpritOf(held);
    this.inbox.give(held.inbox);
    this.loop = this.run().catch((error: unknown) => this.abandon(error));
  }

  private createFlights(input: (outcome: ProcessInput) => void): Flights {
    const { deps, thread, log, ending } = this;
    return flights(deps, {
      thread,
      signal: ending.signal,
      log,
      state: () => this.state,
      callHost: () => this.callHost(),
      input,
      landed: () => this.poke(),
      failed: (error) => this.abandon(error),
    });
  }

  private callHost(): CallHost {
    const { thread, lease, ending, going } = this;
    const { follower } = this.following;
    return {
      thread,
      signal: ending.signal,
      guard: () => lease.guard(),
      attached: () => (follower ? Promise.race([follower.ready, going.promise]) : Promise.resolve(false)),
      relist: () => follower?.relist() ?? Promise.resolve(),
    };
  }

  get token(): Lease['token'] {
    return this.lease.token;
  }

  /** Whether its session works at the moment. */
  get working(): boolean {
    return ['starting', 'working', 'asking'].includes(this.state.phase.is);
  }

  /** What runs here: who asked for it, and since when. */
  get turn(): Pick<Turn, 'user' | 'startedAt'> | undefined {
    return openTurnOf(this.state);
  }

  /** Something was admitted for this thread. False where this holder is on its way out and will not see it. */
  wake(): boolean {
    if (this.draining || this.releasing || this.ending.signal.aborted) return false;
    this.deps.store
      .inbox(this.thread, this.lease.token)
      .then((items) => this.inbox.give(items))
      .catch((error: unknown) => this.log.warn({ err: error }, 'inbox could not be read'));
    return true;
  }

  /** The lease was renewed by a request that began then (monotonic ms). */
  renewed(beganAt: number): void {
    this.lease.renewed(beganAt);
    if (!isOverdue(this.state, this.deps.clock.now())) return;
    this.state = { ...this.state, armed: {} };
    this.push({ is: 'intend', slots: [], streams: [], saved: () => undefined });
  }

  /** The lease is somebody else's, or may be. Everything stops at once; the next holder finds out the rest. */
  abandon(reason: unknown): void {
    if (this.ending.signal.aborted) return;
    this.log.warn({ err: reason }, 'thread given up; it will be taken over');
    this.close();
  }

  private close(): void {
    this.ending.abort(new Error('the thread is not held any more'));
    this.going.resolve(false);
    this.following.stop();
    this.poke();
    this.end.resolve();
  }

  // ----------------------------------------------------------------------------------------- the loop

  private push(queued: Queued): void {
    this.queue.push(queued);
    this.poke();
  }

  private poke(): void {
    const previous = this.poked;
    this.poked = deferred();
    previous.resolve();
  }

  private intend(slots: readonly string[], streams: readonly string[] = []): Promise<void> {
    const saved = deferred();
    this.ending.signal.addEventListener('abort', () => saved.reject(this.ending.signal.reason), {
      once: true,
    });
    this.push({ is: 'intend', slots, streams, saved: () => saved.resolve() });
    return saved.promise;
  }

  private async run(): Promise<void> {
    const { culprit } = this;
    if (culprit && !(await this.setAside(culprit))) return;
    while (!this.ending.signal.aborted && !this.leaving) {
      const poked = this.poked.promise;
      if (this.queue.length > 0) await this.handle(this.queue.splice(0));
      else if (this.atRest()) await this.release();
      else await poked;
    }
  }

  /** Before anything else, so that this progress is saved even if the next input is one of the same kind. */
  private async setAside({ seq, input }: InboxItem): Promise<boolean> {
    this.log.error({ seq, input: input.kind }, 'input parked: processes ended while they handled it');
    this.state = addNote(this.state, { is: 'parked', ...('user' in input ? { by: input.user } : {}) });
    return this.save([seq], 'keep', { [seq]: DIED });
  }

  private async handle(batch: readonly Queued[]): Promise<void> {
    const before = this.state;
    const effects: Effect[] = [];
    const consumed: string[] = [];
    const parked: Record<string, string> = {};
    const saved: (() => void)[] = [];
    for (const queued of batch) {
      if (queued.is === 'intend') {
        this.state = intend(this.state, queued.slots, this.deps.clock.now(), queued.streams);
        saved.push(queued.saved);
        continue;
      }
      if (queued.item?.seq === this.culprit?.seq && queued.item) continue;
      const stepped = stepOnce(this.deps, this.log, this.state, queued.input, this.draining);
      this.state = stepped.state;
      effects.push(...stepped.effects);
      this.trail = [...this.trail, ...stepped.trail];
      if (queued.item && stepped.threw) parked[queued.item.seq] = THREW;
      if (!queued.item) continue;
      consumed.push(queued.item.seq);
      this.observer.handled(queued.item);
    }
    const timers = timerChanges(this.state, timersOf(this.state, this.deps));
    const mustSave = consumed.length > 0 || saved.length > 0 || effects.some(isWrite) || timers.pressing;
    // Only reads: it need not wait for the commit, and what it brings is handled after it.
    if (!this.draining) this.following.adjust();
    if (mustSave && !(await this.save(consumed, 'keep', parked))) return;
    for (const done of saved) done();
    this.observer.stepped(before, this.state);
    for (const effect of effects) this.flights.start(effect);
    this.transfers.adjust();
    if (effects.some((effect) => effect.do === 'send')) this.showSoon();
    else this.outbox.touch();
  }

  /** People's words leave first: what shows that they were heard would take the same processor a moment before. */
  private showSoon(): void {
    const { signal } = this.ending;
    const { clock } = this.deps;
    const sent = this.following.follower?.ready.then(() => delay(0, signal, clock));
    Promise.race([sent, delay(SHOW_WITHIN_MS, signal, clock)])
      .catch(() => undefined)
      .finally(() => this.outbox.touch());
  }

  // ----------------------------------------------------------------------------------------- saving

  /** The intents to post that this state already wants go into the same write (I4). */
  private withIntents(): void {
    const holdBack = this.state.surface === 'im';
    const { split, clock } = this.deps;
    const wanted = picture(this.state, { previews: [], holdBack, split }).messages.map(({ slot }) => slot);
    this.state = intend(this.state, wanted, clock.now());
  }

  private async save(
    consumed: readonly string[],
    then: 'keep' | 'release' | 'handover',
    parked: Readonly<Record<string, string>> = {},
  ): Promise<boolean> {
    if (!this.draining) this.withIntents();
    const saving = { thread: this.thread, lease: this.lease, signal: this.ending.signal, log: this.log };
    const { trail } = this;
    const seen = { consumed: [...consumed, ...this.inbox.returned()], parked, trail };
    const { state, committed } = await saveState(this.deps, saving, this.state, seen, then);
    this.state = state;
    if (committed.outcome === 'stale') {
      this.abandon(new PortError({ kind: 'gone', code: 'stale_lease' }));
      return false;
    }
    this.trail = [];
    this.deps.spending?.booked(this.thread, trail);
    this.inbox.saved(consumed);
    if (committed.released) this.close();
    else this.inbox.give(committed.inbox);
    return !committed.released;
  }

  private atRest(): boolean {
    const { phase } = this.state;
    const nothing = isDone(this.state);
    const idle = this.flights.size === 0 && this.inbox.idle() && this.outbox.quiet();
    return !this.draining && !this.working && phase.is !== 'closing' && nothing && idle;
  }

  /** Gives the lease back. Refused where something was admitted meanwhile: that is then handled first. */
  private async release(): Promise<void> {
    this.releasing = true;
    await this.save([], 'release');
    this.releasing = false;
  }

  // ----------------------------------------------------------------------------------------- going

  /** Hands the thread over (I10). Resolves when this holder has ended. */
  async drain(): Promise<void> {
    if (this.draining || this.ending.signal.aborted) return this.ended;
    this.draining = true;
    this.going.resolve(false);
    this.following.stop();
    this.transfers.stop();
    this.outbox.finish();
    await Promise.race([
      this.settled(),
      delay(this.deps.callMs + 500, this.ending.signal, this.deps.clock).catch(() => undefined),
    ]);
    // A handover that is repeated must not bring back a state from before what the loop has saved meanwhile.
    this.leaving = true;
    this.poke();
    await this.loop;
    if (this.queue.length > 0) await this.handle(this.queue.splice(0));
    if (!this.ending.signal.aborted)
      await this.save([], 'handover').catch((error: unknown) => this.abandon(error));
    this.close();
    return this.ended;
  }

  /** The last edit is out, if its lane is free, and every write that was under way has come back. */
  private async settled(): Promise<void> {
    const { clock } = this.deps;
    for (let waited = 0; waited < LAST_EDIT_MS && !this.outbox.quiet(); waited += 50) {
      await delay(50, this.ending.signal, clock).catch(() => undefined);
    }
    await Promise.all([this.flights.landed(), this.outbox.underWay()]);
  }
}

/** What people see waits so long for what the agent is sent, ms: nobody notices. */
const SHOW_WITHIN_MS = 25;

/** How long the last edit may take when the process is going, ms. */
const LAST_EDIT_MS = 600;
