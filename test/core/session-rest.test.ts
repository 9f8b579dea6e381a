/** The quiet end: the idle timeout, closing once, a session's age, commands, and timers that only propose. */
import { describe, expect, it } from 'vitest';
import type { CommandInput } from '../../src/core/event.ts';
import { onTimer, timersOf } from '../../src/core/rest.ts';
import {
  ADA,
  FATAL,
  GONE,
  GRACE,
  GUEST,
  NOBODY,
  RETRY,
  UNKNOWN,
  commands,
  refused,
  says,
  timer,
} from './support/inputs.ts';
import { kinds, only, play, told, wordsOf, type Play } from './support/play.ts';

const MINUTE = 60_000;

describe('the idle timeout', () => {
  it('archives the session, tells the thread once, and remembers it', () => {
    const p = play({ idleTimeoutMs: 30 * MINUTE }).resting();
    expect(kinds(p.wait(30 * MINUTE - 1))).toEqual([]);
    expect(kinds(p.wait(1))).toEqual(['archive']);
    expect(kinds(p.wait(60 * MINUTE))).toEqual([]);
    p.give({ kind: 'archived' });
    expect(p.state.phase).toEqual({ is: 'closed', previous: { session: 'sesn_1', why: 'idle' } });
    expect(p.state.notes.map(({ text }) => text)).toEqual([
      { is: 'closed', why: 'idle', idleMs: 30 * MINUTE },
    ]);
    p.calm();
  });

  it('counts from the last turn', () => {
    const p = play({ idleTimeoutMs: 30 * MINUTE }).resting();
    p.wait(20 * MINUTE);
    p.give(says(2, 'more'));
    p.acknowledge();
    p.live(p.ev.running(), p.ev.text('yes'), p.ev.idle());
    p.wait(20 * MINUTE);
    expect(p.is).toBe('working');
  });

  it('never closes what works, asks or starts', () => {
    const places: readonly ((p: Play) => Play)[] = [
      (p) => p.working(),
      (p) => p.asking(),
      (p) => p.asked(),
      (p) => p.sent(),
    ];
    for (const go of places) {
      const p = go(play({ idleTimeoutMs: MINUTE }));
      expect(kinds(p.wait(9 * MINUTE))).not.toContain('archive');
    }
  });

  it('of 0 is never', () => {
    const p = play({ idleTimeoutMs: 0 }).resting();
    expect(timersOf(p.state, p)).toEqual({});
  });

  it('that was armed before the last message proposes nothing any more', () => {
    const p = play({ idleTimeoutMs: 30 * MINUTE }).resting();
    const armed = p.state.armed.idle ?? 0;
    p.give(says(2, 'more'));
    p.acknowledge();
    p.live(p.ev.running(), p.ev.text('yes'), p.ev.idle());
    p.now = armed;
    expect(kinds(p.give(timer('idle', armed)))).toEqual([]);
    expect(p.is).toBe('working');
  });
});

describe('archiving', () => {
  const closing = (): Play => {
    const p = play({ idleTimeoutMs: MINUTE }).resting();
    p.wait(MINUTE);
    return p;
  };

  it.each([RETRY, UNKNOWN, FATAL])('that failed ($kind) is tried again', (failure) => {
    const p = closing();
    p.give({ kind: 'archive-failed', failure });
    expect(kinds(p.wait(5_000))).toEqual(['archive']);
  });

  it.each([GONE, refused('whatever')])('that cannot be done ($kind) is done', (failure) => {
    const p = closing();
    p.give({ kind: 'archive-failed', failure });
    expect(p.is).toBe('closed');
    p.calm();
  });

  it('of what turns out to run goes back to work, and the run is followed', () => {
    const p = closing();
    expect(kinds(p.give({ kind: 'archive-failed', failure: refused('session_running') }))).toEqual(['check']);
    expect(p.is).toBe('working');
    p.live(p.ev.text('by myself'), p.ev.idle());
    p.calm();
  });

  it('that somebody asked for tells them when it turns out to run', () => {
    const p = play().resting();
    p.give(commands('close'));
    const told = only(p.give({ kind: 'archive-failed', failure: refused('session_running') }), 'tell');
    expect(told).toEqual({ do: 'tell', user: ADA.user, tell: { is: 'still-working' } });
    expect(p.is).toBe('working');
  });

  it('of what turns out to run, and rests when looked at, comes to rest too', () => {
    const p = closing();
    p.give({ kind: 'archive-failed', failure: refused('session_running') });
    for (let looked = 0; looked < 4 && p.is === 'working'; looked += 1) {
      p.give({ kind: 'checked', status: 'idle' });
      p.wait(15_000);
    }
    expect(p.is).toBe('resting');
  });

  it('does not hold up the message that came meanwhile', () => {
    const p = closing();
    p.give(says(2, 'wait!'));
    p.give({ kind: 'archive-failed', failure: refused('session_running') });
    expect(p.state.sends.map(({ status }) => status)).toEqual(['sending']);
  });

  it('that the last holder asked for is asked for again', () => {
    const p = closing();
    expect(kinds(p.give({ kind: 'taken-over' }))).toEqual(['archive']);
  });

  it('that comes late changes nothing', () => {
    const p = play().working();
    expect(kinds(p.give({ kind: 'archived' }, { kind: 'archive-failed', failure: RETRY }))).toEqual([]);
    expect(p.is).toBe('working');
  });
});

describe('an old session', () => {
  it('is rolled over a day before its sandbox is removed, and the thread is told', () => {
    const p = play({ idleTimeoutMs: 0 }).resting();
    p.now += 29 * 24 * 60 * MINUTE + 1;
    expect(kinds(p.give(says(2, 'still there?')))).toEqual(['archive']);
    expect(only(p.give({ kind: 'archived' }), 'recall')).toMatchObject({ session: 'sesn_1' });
    p.give({
      kind: 'recalled',
      before: '1790000000.009900',
      messages: 2,
      leftOut: 0,
      missing: false,
      text: 'B',
    });
    expect(p.turn?.intro).toMatchObject({ why: 'age' });
    expect(p.state.notes).toEqual([]);
    expect(wordsOf(p.give({ kind: 'created', gen: 2, session: 'sesn_2' }))).toEqual(['B\nstill there?']);
  });

  it('that is younger goes on', () => {
    const p = play({ idleTimeoutMs: 0 }).resting();
    p.now += 28 * 24 * 60 * MINUTE;
    expect(wordsOf(p.give(says(2, 'still there?')))).toEqual(['still there?']);
  });
});

describe('commands', () => {
  it.each<[CommandInput['name'], string]>([
    ['help', 'help'],
    ['status', 'status'],
    ['sessions', 'sessions'],
    ['cost', 'cost'],
    ['agents', 'agents'],
    ['settings', 'settings'],
  ])('%s is answered to whoever asked, in every phase', (name, tell) => {
    for (const p of [play(), play().asked(), play().working(), play().resting(), play().closed()]) {
      const before = p.state;
      expect(told(p.give(commands(name, GRACE)))).toEqual([`${GRACE.user}: ${tell}`]);
      expect(p.state).toEqual(before);
    }
  });

  it('close archives what rests, and the thread is told by whom', () => {
    const p = play().resting();
    expect(kinds(p.give(commands('close', GRACE)))).toEqual(['archive']);
    p.give({ kind: 'archived' });
    expect(p.state.notes.map(({ text }) => text)).toEqual([
      { is: 'closed', why: 'asked', by: GRACE.user, idleMs: p.settings.idleTimeoutMs },
    ]);
  });

  it.each<[string, (p: Play) => unknown, string]>([
    ['works', (p) => p.working(), 'still-working'],
    ['asks', (p) => p.asking(), 'still-working'],
    ['starts', (p) => p.asked(), 'still-working'],
    ['is being closed', (p) => p.resting().wait(p.settings.idleTimeoutMs), 'closing'],
    ['is closed', (p) => p.closed(), 'nothing-open'],
    ['never was', () => undefined, 'nothing-open'],
  ])('close does nothing to a session that %s, and says so', (_, go, tell) => {
    const p = play();
    go(p);
    const before = p.state;
    expect(told(p.give(commands('close')))).toEqual([`${ADA.user}: ${tell}`]);
    expect(p.state).toEqual(before);
  });

  it.each([
    [GUEST, 'refused'],
    [NOBODY, 'unverified'],
  ])('close is refused to $name', (person, tell) => {
    const p = play({ allow: { guests: true, outsiders: true, bots: true } }).resting();
    expect(told(p.give(commands('close', person)))).toEqual([`${person.user}: ${tell}`]);
    expect(p.is).toBe('resting');
  });
});

describe('timers', () => {
  it('that are not armed, or were armed anew, propose nothing', () => {
    const p = play().sending();
    p.failSend(RETRY);
    const due = p.state.armed.retry ?? 0;
    const before = p.state;
    expect(kinds(p.give(timer('retry', due + 1), timer('doubt', due), timer('idle', due)))).toEqual([]);
    expect(p.state).toEqual(before);
    expect(kinds(p.give(timer('retry', due)))).toEqual(['send']);
    expect(kinds(p.give(timer('retry', due)))).toEqual([]);
  });

  it('of a watch that has moved on since it was set look at nothing', () => {
    const p = play().working();
    const { watch = 0 } = p.state;
    const fired = (id: number): ReturnType<typeof onTimer> =>
      onTimer(
        { ...p.state, armed: { watch: id } },
        { kind: 'timer', name: 'watch', id },
        { now: p.now, settings: p.settings, settleMs: p.settleMs, token: '' },
      );
    const early = fired(watch - 1);
    expect([kinds(early.effects), timersOf(early.state, p)]).toEqual([[], { watch }]);
    expect(kinds(fired(watch).effects)).toEqual(['check']);
  });

  it('are set wherever something may hang', () => {
    const p = play();
    const set = (): readonly string[] => Object.keys(timersOf(p.state, p));
    p.asked();
    p.give({ kind: 'create-failed', gen: 1, failure: UNKNOWN });
    expect(set()).toEqual(['doubt']);
    p.give({ kind: 'found', gen: 1, session: 'sesn_1' });
    expect(set()).toEqual(['watch']);
    p.failSend(RETRY);
    expect(set()).toEqual(['retry', 'watch']);
    p.wait(5_000);
    p.failSend(UNKNOWN);
    expect(set()).toContain('doubt');
  });
});
