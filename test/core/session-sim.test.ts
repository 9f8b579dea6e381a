/**
 * The actor against a small service, with lost answers, dying processes and people who talk over each other:
 * whatever happened, it comes to rest, nothing is lost, nothing is done twice (I2, I6, I7).
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BusyMode } from '../../src/core/settings.ts';
import { Sim } from './support/sim.ts';
import { tsOf } from './support/inputs.ts';

const choices = fc.array(fc.nat({ max: 1_000_000 }), { minLength: 10, maxLength: 300, size: 'max' });
const modes = fc.constantFrom<BusyMode>('steer', 'interrupt', 'queue');

/** Where a person's words are in the end. */
function whereabouts(sim: Sim, n: number): string {
  const taken = sim.sessions.flatMap((session) => session.taken.filter(({ ts }) => ts === tsOf(n)));
  if (taken.length === 1) return 'taken';
  if (taken.length > 1) {
    // A session that ends takes with it what it had just begun to read; what is queued behind a run that dies may
    // have been read before it was known to be: both are sent on purpose, and the second time says so.
    const onPurpose = new Set(taken.map(({ n: sent }) => sent)).size === taken.length;
    const lost = sim.sessions.some(({ over }) => over);
    return lost || (onPurpose && sim.sessions.some(({ died }) => died)) ? 'taken' : 'taken twice';
  }
  const words = `words ${n}.`;
  if (sim.sessions.some((session) => session.words.some((text) => text.includes(words)))) return 'context';
  if (sim.play.state.context.some(({ text }) => text === words)) return 'context';
  return 'lost';
}

function check(sim: Sim): void {
  sim.play.calm();
  const lost = sim.sessions.some(({ over }) => over);
  for (let n = 1; n <= sim.said; n += 1) {
    expect(whereabouts(sim, n), `message ${n}`).toMatch(/^(taken|context)$/);
  }
  const written = sim.sessions.flatMap(({ texts }) => texts);
  const shown = sim.play.texts;
  expect(new Set(shown).size, 'texts shown twice').toBe(shown.length);
  if (lost) expect(written).toEqual(expect.arrayContaining([...shown]));
  else expect(shown).toEqual(written);
  expect(Object.keys(sim.play.state.armed), 'timers that are left').toEqual([]);
  checkTrail(sim);
  checkSpent(sim);
}

/** Whoever died in between: each message, each answered card and each session's end once. */
function checkTrail({ play, said, answered }: Sim): void {
  const { trail } = play;
  const asked = trail.flatMap((entry) => (entry.what === 'asked' ? [entry.ts] : []));
  expect([...asked].sort()).toEqual(Array.from({ length: said }, (_, n) => tsOf(n + 1)));
  const decided = trail.flatMap((entry) =>
    'toolUseId' in entry && entry.what !== 'refused' && entry.what !== 'voted' ? [entry.toolUseId] : [],
  );
  expect([...decided].sort()).toEqual([...answered].sort());
  const ended = trail.flatMap((entry) => (entry.what === 'closed' ? [entry.session] : []));
  expect(new Set(ended).size).toBe(ended.length);
}

/**
 * What was spent is what the sessions say that they cost, whoever died in between. The last may not be known of one
 * that ended elsewhere, or that ran once more after a stop, while nobody read along.
 */
function checkSpent({ play: { trail }, sessions, stopped }: Sim): void {
  for (const { id, log, over } of sessions) {
    const said = log.findLast(({ type }) => type === 'session.usage');
    const cents = said?.type === 'session.usage' ? (said.usage.listCostCents ?? 0) : 0;
    const entries = trail.flatMap((entry) =>
      entry.what === 'spent' && entry.session === id ? [entry.usd] : [],
    );
    const sum = Math.round(entries.reduce((all, usd) => all + usd * 100, 0));
    if (over || stopped) expect(sum).toBeLessThanOrEqual(cents);
    else expect(sum).toBe(cents);
  }
}

/** The same weather each time; `SIM_RUNS=20000 npx vitest run test/core/session-sim` tries as many new ones. */
const many = Number(process.env['SIM_RUNS'] ?? 0);
const weather = many > 0 ? { numRuns: many } : { numRuns: 500, seed: 20_261_120 };

describe('a thread in bad weather', () => {
  it(
    'comes to rest with every word taken or kept, and every text shown once and in order (fault: send-unanswered, post-unanswered)',
    { timeout: Math.max(90_000, many * 100) },
    () => {
      fc.assert(
        fc.property(modes, choices, (mode, given) => {
          const sim = new Sim(mode, given);
          sim.run();
          check(sim);
        }),
        weather,
      );
    },
  );
});
