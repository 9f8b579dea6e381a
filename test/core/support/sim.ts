/**
 * One thread, its people, the service and a process that dies, in virtual time. A list of numbers decides what
 * happens next; afterwards everything is let run to its end, and what is left is looked at.
 */
import { expect } from 'vitest';
import type { AgentEvent } from '../../../src/core/agent-event.ts';
import type { Attributed, TimerName } from '../../../src/core/event.ts';
import { heldBy, isRaising } from '../../../src/core/hold.ts';
import { timersOf } from '../../../src/core/rest.ts';
import type { ActorInput } from '../../../src/core/session.ts';
import type { BusyMode } from '../../../src/core/settings.ts';
import type { Effect, Failure, ThreadState } from '../../../src/core/state.ts';
import { timerChanges } from '../../../src/flow/changes.ts';
import { ADA, GRACE, RETRY, UNKNOWN, answers, says, stops, timer, urges } from './inputs.ts';
import { entry } from './diary.ts';
import { Play } from './play.ts';
import { ServiceSession } from './service.ts';

interface Follower {
  readonly session: ServiceSession;
  /** `off` not attached, `listing` attached and the history still to come, `on` tailing. */
  is: 'off' | 'listing' | 'on';
  recover: boolean;
  at: number;
}

interface Late {
  readonly apply: () => void;
  readonly until: number;
}

type Write = Extract<Effect, { do: 'create' | 'send' | 'interrupt' | 'answer' | 'raise' | 'archive' }>;
const isWrite = (effect: Effect): effect is Write =>
  ['create', 'send', 'interrupt', 'answer', 'raise', 'archive'].includes(effect.do);

/** What of it a crash leaves. */
function saved({ state, trail }: Play): Pick<Play, 'state' | 'trail'> {
  return { state, trail };
}

export class Sim {
  readonly play: Play;
  readonly sessions: ServiceSession[] = [];
  readonly diary: string[] = [];
  said = 0;
  /** Tool uses whose answer was saved. */
  readonly answered = new Set<string>();
  private saved: Pick<Play, 'state' | 'trail'>;
  private flights: { readonly effect: Effect; readonly began: number }[] = [];
  private late: Late[] = [];
  private follower: Follower | undefined;
  private choices: readonly number[];
  private quiet = false;
  private stoppedAt = 0;
  private readonly each: (state: ThreadState) => void;

  /** @param each is shown every state that there was */
  constructor(
    busyMode: BusyMode,
    choices: readonly number[],
    each: (state: ThreadState) => void = () => undefined,
  ) {
    this.each = each;
    this.play = new Play({ busyMode, idleTimeoutMs: 0 });
    this.saved = saved(this.play);
    this.choices = choices;
  }

  /** Somebody stopped something. */
  get stopped(): boolean {
    return this.stoppedAt > 0;
  }

  private pick(below: number): number {
    const [first = 0, ...rest] = this.choices;
    this.choices = rest;
    return first % below;
  }

  // ------------------------------------------------------------------------------------- the holder

  private give(input: ActorInput): void {
    const { play } = this;
    const before = play.state;
    const effects = play.give(input);
    this.diary.push(entry(play.now, input, effects, play.state));
    this.each(play.state);
    for (const effect of effects) this.watch(effect);
    const { pressing } = timerChanges(before, timersOf(play.state, play));
    if ('input' in input || effects.some(isWrite) || pressing) this.save();
    this.follow();
    for (const effect of effects) this.flights.push({ effect, began: play.now });
  }

  private save(): void {
    this.saved = saved(this.play);
    for (const { toolUseId, step } of this.saved.state.asks)
      if (step.is === 'answering' || step.is === 'answered') this.answered.add(toolUseId);
  }

  /** Stopped stays stopped: what was said before it is not sent any more. */
  private watch(effect: Effect): void {
    if (effect.do !== 'send') return;
    for (const { ts } of effect.marks) {
      const n = Number(ts.split('.')[1]) / 100;
      if (n <= this.stoppedAt) throw new Error(`message ${n} is sent after a stop`);
    }
  }

  private follow(): void {
    const { phase, sends } = this.play.state;
    const wanted = phase.is === 'working' || phase.is === 'asking' ? phase.session.id : undefined;
    if (this.follower?.session.id === wanted) return;
    this.follower = undefined;
    const session = this.sessions.find(({ id }) => id === wanted);
    if (!session) return;
    const isRaised = isRaising(this.play.state) || sends.length === 0;
    const underWay =
      phase.is === 'asking' ||
      (phase.is === 'working' && (phase.run || phase.stop !== undefined || isRaised));
    const recover = underWay || sends.some(({ status }) => status === 'sent' || status === 'doubt');
    this.follower = { session, is: 'off', recover, at: 0 };
  }

  private crash(): void {
    for (const { effect } of this.flights) if (isWrite(effect) && this.pick(2) === 0) this.apply(effect);
    this.flights = [];
    this.follower = undefined;
    this.pass(10_000 + this.pick(5_000));
    Object.assign(this.play, this.saved);
    this.give({ kind: 'taken-over' });
  }

  // ------------------------------------------------------------------------------------- the service

  private session(id: string): ServiceSession {
    const found = this.sessions.find((session) => session.id === id);
    if (!found) throw new Error(`no session ${id}`);
    return found;
  }

  /** A write arrives at the service. */
  private apply(effect: Write): Failure | string | undefined {
    switch (effect.do) {
      case 'create': {
        const session = new ServiceSession(`sesn_${this.sessions.length + 1}`, effect.gen);
        expect(
          this.sessions.filter(({ gen }) => gen === effect.gen),
          'sessions of one generation',
        ).toEqual([]);
        this.sessions.push(session);
        return session.id;
      }
      case 'send':
      case 'answer':
        return this.session(effect.session).send(effect.events);
      case 'interrupt':
        return this.session(effect.session).send([{ type: 'user.interrupt' }]);
      case 'raise':
        return this.session(effect.session).raise(effect.cents);
      case 'archive': {
        const session = this.session(effect.session);
        if (session.running || session.pending.length > 0)
          return { kind: 'refused', code: 'session_running' };
        session.over = true;
        return undefined;
      }
    }
  }

  private outcome(effect: Write, result: Failure | string | undefined): ActorInput {
    const failure = typeof result === 'object' ? result : undefined;
    const at = this.play.now;
    switch (effect.do) {
      case 'create':
        return failure
          ? { kind: 'create-failed', gen: effect.gen, failure }
          : { kind: 'created', gen: effect.gen, session: typeof result === 'string' ? result : '' };
      case 'send':
        return failure
          ? { kind: 'send-failed', marks: effect.marks, failure, at }
          : { kind: 'sent', marks: effect.marks, ids: effect.marks.map(({ ts }) => `id_${ts}`) };
      case 'interrupt':
        return failure ? { kind: 'interrupt-failed', failure, at } : { kind: 'interrupted' };
      case 'answer':
        return failure
          ? { kind: 'answers-failed', ids: effect.ids, failure, at }
          : { kind: 'answers-sent', ids: effect.ids };
      case 'raise':
        return failure ? { kind: 'raise-failed', failure } : { kind: 'raised' };
      case 'archive':
        return failure ? { kind: 'archive-failed', failure } : { kind: 'archived' };
    }
  }

  private write(effect: Write, began: number): void {
    const from = 'session' in effect ? { from: effect.session } : {};
    const give = (result: Failure | string | undefined): void =>
      this.give({ ...this.outcome(effect, result), ...from });
    const how = this.quiet ? 0 : this.pick(10);
    if (how === 1) give(RETRY);
    else if (how === 2) {
      this.apply(effect);
      give(UNKNOWN);
    } else if (how === 3) give(UNKNOWN);
    else if (how === 4) {
      const until = began + this.play.settleMs - 1;
      if (until > this.play.now) this.late.push({ apply: () => this.apply(effect), until });
      give(UNKNOWN);
    } else give(this.apply(effect));
  }

  private read(effect: Exclude<Effect, Write>): void {
    switch (effect.do) {
      case 'recall':
        this.give({
          kind: 'recalled',
          before: '1790000000.009900',
          messages: 0,
          leftOut: 0,
          missing: false,
          text: '',
        });
        return;
      case 'find': {
        const session = this.sessions.find(({ gen }) => gen === effect.gen)?.id;
        this.give({ kind: 'found', gen: effect.gen, session });
        return;
      }
      case 'look':
        this.give({ kind: 'looked', events: this.session(effect.session).list(), from: effect.session });
        return;
      case 'check':
        this.relist(effect.session);
        this.give({ kind: 'checked', status: this.session(effect.session).status, from: effect.session });
        return;
      case 'relist':
        this.relist(effect.session);
        return;
      case 'list-outputs':
        this.give({ kind: 'outputs', of: effect.of, files: [] });
        return;
      default:
    }
  }

  /** Through the follower, which says nothing any more when it follows another session. */
  private relist(id: string): void {
    if (this.follower?.session.id !== id) return;
    this.give({ kind: 'events', events: this.session(id).list(), source: 'history' });
  }

  /** Lets the nth call that may return do so; a send waits for the stream. */
  private land(nth: number): boolean {
    const ready = this.flights.filter(({ effect }) => effect.do !== 'send' || this.follower?.is === 'on');
    const flight = ready[nth % Math.max(1, ready.length)];
    if (!flight) return false;
    this.flights = this.flights.filter((other) => other !== flight);
    const { effect, began } = flight;
    // A send leaves when the stream is attached; everything else at once.
    if (isWrite(effect)) this.write(effect, effect.do === 'send' ? this.play.now : began);
    else this.read(effect);
    return true;
  }

  // ------------------------------------------------------------------------------------- stream and time

  private stream(most: number): boolean {
    const { follower } = this;
    if (!follower) return false;
    if (follower.is === 'off') {
      follower.at = follower.session.feed.length;
      follower.is = follower.recover ? 'listing' : 'on';
      return true;
    }
    if (follower.is === 'listing') {
      follower.is = 'on';
      this.give({ kind: 'events', events: follower.session.list(), source: 'history' });
      return true;
    }
    const events: readonly AgentEvent[] = follower.session.feed.slice(follower.at, follower.at + most);
    if (events.length === 0) return false;
    follower.at += events.length;
    this.give({ kind: 'events', events, source: 'live' });
    return true;
  }

  private cut(): void {
    if (this.follower) this.follower = { ...this.follower, is: 'off', recover: true };
  }

  private pass(ms: number): void {
    const until = this.play.now + ms;
    for (const { apply } of this.late.filter((late) => late.until <= until)) apply();
    this.late = this.late.filter((late) => late.until > until);
    this.play.now = until;
    // What is queued does not wait where nothing runs.
    if (ms > 1_000) for (const session of this.sessions) if (!session.running) session.act(15);
  }

  /** The next timer falls due, now or later. */
  private fire(): boolean {
    const [next] = (Object.entries(this.play.state.armed) as [TimerName, number][]).sort(
      ([, a], [, b]) => a - b,
    );
    if (!next) return false;
    this.pass(Math.max(0, next[1] - this.play.now));
    this.give(timer(...next));
    return true;
  }

  // ------------------------------------------------------------------------------------- people

  private person(input: Attributed): void {
    this.give(input);
  }

  private say(urgent: boolean): void {
    this.said += 1;
    const author = this.said % 2 === 0 ? GRACE : ADA;
    this.person((urgent ? urges : says)(this.said, `words ${this.said}.`, author));
  }

  private stop(): void {
    this.person(stops());
    this.stoppedAt = this.said;
  }

  private decide(nth: number): boolean {
    const open = this.play.state.asks.filter(({ step: { is } }) => is === 'open');
    const ask = open[nth % Math.max(1, open.length)];
    if (!ask) return false;
    const owner = this.play.state.turns.find(({ no }) => no === ask.turn)?.user;
    this.person(answers(ask.token, nth % 2 === 0 ? 'allow' : 'deny', owner === GRACE.user ? GRACE : ADA));
    return true;
  }

  private answer(): void {
    if (!this.decide(this.pick(4))) this.raise();
  }

  /** An admin presses what stands on the card of a reached budget. */
  private raise(): boolean {
    const card = heldBy(this.play.state);
    if (card?.step.is !== 'open') return false;
    const admin = { user: 'UADMIN', name: 'Adele', role: 'admin' } as const;
    this.person({ input: { kind: 'raise', user: admin.user, token: card.token }, author: admin });
    return true;
  }

  // ------------------------------------------------------------------------------------- the course of things

  private happen(): void {
    const what = this.pick(24);
    if (what < 5) this.land(this.pick(8));
    else if (what < 10) this.sessions[this.pick(2) === 0 ? this.sessions.length - 1 : 0]?.act(this.pick(48));
    else if (what < 15) this.stream(1 + this.pick(4));
    else if (what < 18) this.say(this.pick(4) === 0);
    else if (what === 18) this.stop();
    else if (what === 19) this.answer();
    else if (what === 20) this.fire();
    else if (what === 21) this.pass(this.pick(6_000));
    else if (what === 22) this.cut();
    else this.crash();
  }

  run(): void {
    while (this.choices.length > 0) this.happen();
    this.quiet = true;
    for (let rounds = 0; this.goOn(rounds); rounds += 1) {
      if (rounds > 3_000) throw new Error(`never comes to rest: ${JSON.stringify(this.play.state)}`);
    }
  }

  /** Everything goes well from now on. False when nothing is left to happen. */
  private goOn(round: number): boolean {
    const flown = this.land(0);
    const streamed = this.stream(100);
    const decided = this.decide(round) || this.raise();
    const busy = this.sessions.filter(
      ({ running, queue, over, spent }) => (running || queue.length > 0) && !over && !spent,
    );
    for (const session of busy) session.act(15);
    const works = busy.some(({ pending }) => pending.length === 0);
    if (flown || streamed || decided) return true;
    return this.fire() || works;
  }
}
