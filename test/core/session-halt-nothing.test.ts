/** Stop where nothing runs, and from people who may not. */
import { describe, expect, it } from 'vitest';
import type { StopVia } from '../../src/core/event.ts';
import { ADA, GRACE, GUEST, NOBODY, says, stops } from './support/inputs.ts';
import { kinds, play, told, type Play } from './support/play.ts';

describe('stop where nothing runs', () => {
  const places: readonly [string, (p: Play) => unknown][] = [
    ['nothing was ever said', () => undefined],
    ['a session rests', (p) => p.resting()],
    ['it is closed', (p) => p.closed()],
    ['it is being closed', (p) => p.resting().wait(p.settings.idleTimeoutMs)],
  ];

  it.each(places)('says so where %s', (_, go) => {
    const p = play();
    go(p);
    expect(told(p.give(stops()))).toEqual([`${ADA.user}: nothing-running`]);
  });

  it.each<StopVia>(['reaction', 'slack'])('needs no words when it comes by %s', (via) => {
    const p = play().resting();
    expect(kinds(p.give(stops(ADA, via)))).toEqual([]);
  });

  it('keeps a message that waits for closing to end', () => {
    const p = play().resting();
    p.wait(p.settings.idleTimeoutMs);
    p.give(says(2, 'wait!'), stops());
    expect(p.end).toMatchObject({ is: 'stopped', by: ADA.user });
    expect(kinds(p.give({ kind: 'archived' }))).toEqual([]);
    p.calm();
    expect(p.kept).toEqual(['wait!']);
  });
});

describe('who may stop', () => {
  it.each<StopVia>(['slack', 'button', 'word', 'mention', 'command', 'reaction', 'shortcut'])(
    'any member, by %s',
    (via) => {
      const p = play().working();
      expect(kinds(p.give(stops(GRACE, via)))).toEqual(['interrupt']);
    },
  );

  it('not a guest, even where guests may talk; not somebody unknown', () => {
    const p = play({ allow: { guests: true, outsiders: true, bots: true } }).working();
    expect(told(p.give(stops(GUEST), stops(NOBODY)))).toEqual([
      `${GUEST.user}: refused`,
      `${NOBODY.user}: unverified`,
    ]);
    expect(p.state.phase).not.toHaveProperty('stop');
  });
});

describe('a session that is lost while it is being stopped', () => {
  it('leaves what was written after the stop as a request for the next one', () => {
    const p = play().working();
    p.give(stops(ADA));
    p.give(says(2, 'and now this'));
    p.give({ kind: 'session-lost', how: 'deleted', from: 'sesn_1' });
    expect(p.state.turns[0]?.end).toBeDefined();
    expect(p.is).toBe('starting');
    expect(p.state.sends.map(({ words }) => words)).toEqual(['and now this']);
  });
});
