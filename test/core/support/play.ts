/** Plays inputs into one thread's actor, keeps its timers as the store does, and checks every step. */
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import type { AgentEvent } from '../../../src/core/agent-event.ts';
import type { AuditEntry } from '../../../src/core/audit.ts';
import { audited } from '../../../src/core/audited.ts';
import type { TimerName } from '../../../src/core/event.ts';
import { decodeState, encodeState } from '../../../src/core/record.ts';
import { timersOf } from '../../../src/core/rest.ts';
import { step, type ActorInput } from '../../../src/core/session.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../../src/core/settings.ts';
import {
  newThread,
  type Effect,
  type Failure,
  type Phase,
  type Preview,
  type ThreadState,
} from '../../../src/core/state.ts';
import type { End, Turn } from '../../../src/core/turn.ts';
import { Events, THREAD, says, timer } from './inputs.ts';

type Done<K extends Effect['do']> = Extract<Effect, { do: K }>;

/** What holds of every state and step, whatever happened. */
export function checkStep(before: ThreadState, after: ThreadState, effects: readonly Effect[]): void {
  const encoded = encodeState(after);
  if (encoded !== null && !isDeepStrictEqual(decodeState(encoded), after)) {
    expect(decodeState(encoded), 'the state as it is read again').toStrictEqual(after);
  }
  const sends = effects.filter((effect) => effect.do === 'send');
  if (sends.length > 1) expect(sends, 'requests to send in one step').toHaveLength(1);
  const underWay = before.sends.some(({ status }) => status === 'sending' || status === 'doubt');
  const still = after.sends.filter(({ status }) => status === 'sending' || status === 'doubt');
  const sent = sends.flatMap(({ marks }) => marks);
  if (underWay && sent.length > 0) expect(still.map(({ mark }) => mark)).toEqual(sent);
  const interrupts = effects.filter((effect) => effect.do === 'interrupt');
  if (interrupts.length > 1) expect(interrupts, 'interrupts in one step').toHaveLength(1);
  for (const ask of before.asks) {
    const now = after.asks.find(({ toolUseId }) => toolUseId === ask.toolUseId);
    const settled = ask.step.is === 'answered' || ask.step.is === 'void' || ask.step.is === 'declined';
    const again =
      now && (settled ? now.step.is !== ask.step.is : ask.step.is !== 'open' && now.step.is === 'open');
    if (again) expect(now.step.is, 'an ask that was settled').toBe(ask.step.is);
  }
  const left = after.turns.slice(0, -1).find(({ end }) => !end);
  if (left) expect(left, 'an older turn that is open').toBeUndefined();
  const open = after.turns.at(-1);
  const quiet = ['none', 'resting', 'closed', 'failed'].includes(after.phase.is);
  if (quiet && open && !open.end) expect(after.phase, 'an open turn nobody works on').toBe('busy');
}

export class Play {
  state: ThreadState = newThread(THREAD, 'channel');
  now = 1_790_000_000_000;
  settings: Settings;
  readonly ev = new Events();
  readonly settleMs = 8_000;
  draining = false;
  /** What was written down so far. */
  trail: readonly AuditEntry[] = [];
  private tokens = 0;

  constructor(settings: Partial<Settings> = {}) {
    this.settings = { ...DEFAULT_SETTINGS, ...settings };
  }

  get context(): Parameters<typeof step>[2] {
    this.tokens += 1;
    const { now, settings, settleMs, draining } = this;
    return { now, settings, settleMs, draining, token: `token${this.tokens}.` };
  }

  give(...inputs: readonly ActorInput[]): readonly Effect[] {
    return inputs.flatMap((input) => {
      const before = this.state;
      const done = step(before, input, this.context);
      const { state, effects } = done;
      this.trail = [...this.trail, ...audited(before, input, done, (text) => `hash of ${text}`)];
      if (!this.draining) checkStep(before, state, effects);
      const armed = timersOf(state, this);
      this.state = { ...state, armed };
      return effects;
    });
  }

  live(...events: readonly AgentEvent[]): readonly Effect[] {
    return this.give({ kind: 'events', events, source: 'live' });
  }

  history(...events: readonly AgentEvent[]): readonly Effect[] {
    return this.give({ kind: 'events', events, source: 'history' });
  }

  cutOff(previews: readonly Preview[], ...events: readonly AgentEvent[]): readonly Effect[] {
    return this.give({ kind: 'events', events, source: 'live', previews });
  }

  /** Lets time pass; timers fire as they fall due. */
  wait(ms: number): readonly Effect[] {
    const until = this.now + ms;
    const effects: Effect[] = [];
    for (let fired = 0; fired < 1_000; fired += 1) {
      const due = (Object.entries(this.state.armed) as [TimerName, number][])
        .filter(([, at]) => at <= until)
        .sort(([, a], [, b]) => a - b)[0];
      if (!due) {
        this.now = until;
        return effects;
      }
      this.now = Math.max(this.now, due[1]);
      effects.push(...this.give(timer(...due)));
    }
    throw new Error(`a timer fires without end: ${JSON.stringify(this.state.armed)}`);
  }

  get is(): Phase['is'] {
    return this.state.phase.is;
  }
  get turn(): Turn | undefined {
    return this.state.turns.at(-1);
  }
  get end(): End | undefined {
    return this.turn?.end;
  }
  get texts(): readonly string[] {
    return this.state.turns.flatMap(({ segments }) =>
      segments.flatMap(({ items }) => items.flatMap((item) => (item.is === 'text' ? [item.text] : []))),
    );
  }
  /** Words that wait for the next message. */
  get kept(): readonly string[] {
    return this.state.context.map(({ text }) => text);
  }

  // ------------------------------------------------------------------------------------- well-known places

  /** Ada mentions the bot; a session is being created. */
  asked(text = 'hello'): this {
    expect(this.give(says(1, text))).toContainEqual(expect.objectContaining({ do: 'create', gen: 1 }));
    return this;
  }

  /** The session is there, the message is on its way to it. */
  sending(): this {
    this.asked();
    expect(this.give({ kind: 'created', gen: 1, session: 'sesn_1' })).toContainEqual(
      expect.objectContaining({ do: 'send', session: 'sesn_1' }),
    );
    return this;
  }

  /** The session has the message and has not begun. */
  sent(): this {
    this.sending();
    this.acknowledge();
    return this;
  }

  /** The run is open, the message was taken. */
  working(): this {
    this.sent();
    this.live(this.ev.running(), this.ev.taken(this.lastMark()));
    return this;
  }

  /** The agent asks for leave to use a tool. */
  asking(): this {
    this.working();
    const use = this.ev.tool('bash', { permission: 'ask' });
    this.live(use, this.ev.asks(use.id));
    expect(this.is).toBe('asking');
    return this;
  }

  /** The first turn was answered. */
  resting(): this {
    this.working();
    this.live(this.ev.text('an answer'), this.ev.idle());
    expect(this.is).toBe('resting');
    this.settle();
    return this;
  }

  closed(): this {
    this.resting();
    this.wait(this.settings.idleTimeoutMs);
    this.give({ kind: 'archived' });
    expect(this.is).toBe('closed');
    this.settle();
    return this;
  }

  /** Everything that is finished stands in Slack. */
  settle(): void {
    const { turns, notes } = this.state;
    this.give({ kind: 'settled', turns, asks: this.state.asks, notes: notes.map(({ no }) => no) });
  }

  /** The service acknowledges the send that is under way. */
  acknowledge(): readonly Effect[] {
    const marks = this.state.sends.filter(({ status }) => status === 'sending').map(({ mark }) => mark);
    return this.give({ kind: 'sent', marks, ids: marks.map(({ ts }) => `sent_${ts}`) });
  }

  failSend(failure: Failure): readonly Effect[] {
    const marks = this.state.sends.filter(({ status }) => status === 'sending').map(({ mark }) => mark);
    return this.give({ kind: 'send-failed', marks, failure, at: this.now });
  }

  lastMark(): ReturnType<Play['marks']>[number] {
    const mark = this.marks().at(-1);
    if (!mark) throw new Error('nothing is on its way');
    return mark;
  }

  marks(): readonly ThreadState['sends'][number]['mark'][] {
    return this.state.sends.map(({ mark }) => mark);
  }

  ask(at = 0): ThreadState['asks'][number] {
    const ask = this.state.asks[at];
    if (!ask) throw new Error('nothing is asked');
    return ask;
  }

  /** Everything has come to an end: what is left is for the next message. */
  calm(): void {
    expect(['none', 'resting', 'closed', 'failed']).toContain(this.is);
    expect(this.state.turns.filter(({ end }) => !end)).toEqual([]);
    expect(this.state.sends).toEqual([]);
    expect(this.state.asks.filter(({ step: { is } }) => is === 'open' || is === 'answering')).toEqual([]);
  }
}

export function play(settings: Partial<Settings> = {}): Play {
  return new Play(settings);
}

/** The first effect of a kind; fails where there is none. */
export function only<K extends Effect['do']>(effects: readonly Effect[], kind: K): Done<K> {
  const found = effects.filter((effect): effect is Done<K> => effect.do === kind);
  expect(found.length, `effects that ${kind}`).toBe(1);
  return found[0] as Done<K>;
}

/** What is to be done, in order, besides keeping the index of somebody's sessions. */
export function kinds(effects: readonly Effect[]): readonly string[] {
  return effects.map(({ do: what }) => what).filter((what) => what !== 'note-session');
}

/** What is told, only to whom. */
export function told(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((effect) => (effect.do === 'tell' ? [`${effect.user}: ${effect.tell.is}`] : []));
}

/** The words of a request, without marks, one text a message. */
export function wordsOf(effects: readonly Effect[]): readonly string[] {
  return effects.flatMap((effect) =>
    effect.do === 'send'
      ? effect.events.map((event) =>
          event.type === 'user.message' ? event.texts.slice(0, -1).join('\n') : event.type,
        )
      : [],
  );
}
