import { describe, expect, it } from 'vitest';
import { step } from '../../src/core/session.ts';
import { ADA, says } from './support/inputs.ts';
import { play } from './support/play.ts';

const busy = (scope: 'person' | 'workspace') => ({ crowded: () => scope });

describe('a message where as much is at work as is allowed', () => {
  it.each(['person', 'workspace'] as const)(
    'begins nothing, says so, and is kept for later: the %s has too much (fault: too-many-at-once)',
    (scope) => {
      const p = play();
      const { state, effects } = step(p.state, says(1, 'begin'), { ...p.context, ...busy(scope) });
      expect(effects.map((effect) => effect.do)).toEqual(['note-session']);
      expect(state.phase.is).toBe('none');
      expect(state.turns).toEqual([]);
      expect(state.notes.map(({ text }) => text)).toEqual([
        { is: 'crowded', by: ADA.user, scope, limit: p.settings.maxRunning[scope] },
      ]);
      expect(state.context.map(({ text }) => text)).toEqual(['begin']);
      const later = step(state, says(2, 'now?'), p.context);
      expect(later.state.phase.is).toBe('starting');
    },
  );

  it('steers what runs already, and goes on with an open session once there is room', () => {
    const p = play().resting();
    const refused = step(p.state, says(2, 'more'), { ...p.context, ...busy('person') });
    expect(refused.state.phase.is).toBe('resting');
    p.give(says(2, 'more'));
    const steered = step(p.state, says(3, 'and this'), { ...p.context, ...busy('person') });
    expect(steered.state.notes).toEqual([]);
    expect(steered.state.sends.length).toBe(p.state.sends.length + 1);
  });
});
