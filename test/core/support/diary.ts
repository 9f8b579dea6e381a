import type { ActorInput } from '../../../src/core/session.ts';
import type { Effect, ThreadState } from '../../../src/core/state.ts';

/** One step in a line, for whoever reads why a run failed. */
export function entry(
  now: number,
  input: ActorInput,
  effects: readonly Effect[],
  state: ThreadState,
): string {
  const { kind, ...rest } = 'input' in input ? input.input : input;
  const sends = state.sends.map(({ mark, status }) => `${mark.ts.slice(-4)}#${mark.n} ${status}`).join(', ');
  const what = JSON.stringify(rest, (key, value: unknown) =>
    key === 'mark' ? markName(value) : value,
  ).slice(0, 400);
  const phase = JSON.stringify(state.phase);
  return `${now % 1e7} ${kind} ${what} -> ${effects.map((effect) => effect.do).join(' ')} | ${phase} [${sends}]`;
}

function markName(mark: unknown): unknown {
  return typeof mark === 'object' && mark !== null && 'ts' in mark && 'n' in mark
    ? `${String(mark.ts)}#${String(mark.n)}`
    : mark;
}
