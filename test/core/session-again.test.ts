/** What a failover of the store brings back: inputs that were handled, and records that are older than what was done. */
import { describe, expect, it } from 'vitest';
import { step } from '../../src/core/session.ts';
import { RETRY, markOf, says, stops } from './support/inputs.ts';
import { kinds, play, wordsOf, type Play } from './support/play.ts';

const taken = { kind: 'taken-over' } as const;

describe('a message that is there again', () => {
  const known: readonly [string, (p: Play) => unknown][] = [
    ['on its way', (p) => p.sending()],
    ['queued', (p) => p.sent()],
    ['taken', (p) => p.working()],
    ['answered', (p) => p.resting()],
    ['of a closed session', (p) => p.closed()],
    ['kept for the next one', (p) => p.asked().give(stops())],
  ];

  it.each(known)('and %s is not sent again (I7)', (_, go) => {
    const p = play();
    go(p);
    const before = p.state;
    expect(kinds(p.give(says(1, 'hello')))).toEqual([]);
    expect(p.state).toEqual(before);
  });

  it('is taken up where somebody wants that by a reaction', () => {
    const p = play({ startByReaction: true }).resting();
    expect(wordsOf(p.give(says(1, 'hello', undefined, { via: 'reaction' })))).toEqual(['hello']);
  });
});

describe('a record that may be older than what was done', () => {
  /** Taken over while the store has been back for so long, ms. */
  function found(backMs: number): Play {
    const p = play().resting();
    p.state = { ...p.state, behind: p.now - backMs };
    p.give(taken);
    return p;
  }

  it('sends nothing before the history of its session is read', () => {
    const p = found(1_000);
    expect(kinds(p.give(says(2, 'more')))).not.toContain('send');
    expect(wordsOf(p.history())).toEqual(['more']);
  });

  it('does not send what the session has already', () => {
    const p = found(1_000);
    const asked = p.give(says(2, 'more'));
    const read = p.history(p.ev.running(), p.ev.taken(markOf(2)), p.ev.text('so'), p.ev.idle());
    expect(kinds([...asked, ...read])).not.toContain('send');
    expect(p.texts).toEqual(['so']);
    p.calm();
  });

  it('says that nobody is reached where the history cannot be read for ten minutes', () => {
    const p = found(1_000);
    p.give(says(2, 'more'));
    expect(kinds(p.wait(660_000))).not.toContain('send');
    expect(p.end).toMatchObject({ is: 'unreachable' });
    expect(p.kept).toEqual(['more']);
  });

  it('is trusted a minute after the store came back', () => {
    expect(wordsOf(found(61_000).give(says(2, 'more')))).toEqual(['more']);
  });
});

describe('a session that is closed while the service refuses its key', () => {
  const refused = { kind: 'fatal', code: 'authentication_error' } as const;

  function closing(): Play {
    const p = play().resting();
    p.wait(p.settings.idleTimeoutMs);
    p.give({ kind: 'archive-failed', failure: refused });
    return p;
  }

  it('is closed when the key is good again', () => {
    const p = closing();
    expect(p.is).toBe('closing');
    expect(kinds(p.wait(30_000))).toContain('archive');
    p.give({ kind: 'archived' });
    expect(p.is).toBe('closed');
  });

  it('is forgotten after ten minutes, and sooner where somebody waits', () => {
    const p = closing();
    p.give(says(2, 'more'));
    p.now += 51_000;
    p.give({ kind: 'archive-failed', failure: refused });
    expect(p.is).toBe('starting');
    expect(kinds(closing().give({ kind: 'archive-failed', failure: RETRY }))).toEqual([]);
  });
});

describe('words that the service refuses while others are on their way', () => {
  it('are kept, and the others have their answer', () => {
    const p = play().sent();
    p.give(says(2, 'more'));
    p.failSend({ kind: 'fatal', code: 'authentication_error' });
    expect(p.is).toBe('working');
    p.history(p.ev.running(), p.ev.taken(markOf(1)), p.ev.text('an answer'), p.ev.idle());
    expect(p.texts).toEqual(['an answer']);
    expect(p.kept).toEqual(['more']);
    p.calm();
  });
});

describe('a reply in a thread whose first request had to wait', () => {
  it('is for the agent, though it does not name it', () => {
    const p = play();
    p.state = step(p.state, says(1, 'hello'), { ...p.context, crowded: () => 'workspace' }).state;
    p.give(says(2, 'and now?', undefined, { addressed: false }));
    expect(p.is).toBe('starting');
  });
});
