/** What the scripted agent does in these tests. */
import type { Op, Script } from '../../../src/playground/agents/index.ts';

/** In everything that people and the agent write here, and never in a log. */
export const CANARY = 'zwirnkanarie';

export const FIRST = `The warp is strung and every thread of it runs through its own heddle (${CANARY}).`;
export const SECOND = `The shuttle has passed and the cloth is beaten up (${CANARY}).`;
export const LAST = `That is the whole cloth (${CANARY}).`;

/** Says the first text, waits at a gate, says the rest. */
export function gated(gate: string): Script {
  return { requests: [[FIRST, { op: 'gate', name: gate }], [SECOND], [LAST]] };
}

/** Says the texts at once. */
export function plain(...texts: readonly string[]): Script {
  return { requests: texts.map((text) => [text]) };
}

/** Of every service here: scripts run so many times faster than people see them. */
export const PACE = 50;

/** One text that takes so long to be written. */
export function growing(ms: number): Script {
  const sentences = Array.from({ length: 30 }, (_, i) => `Row ${i + 1} of the cloth is woven (${CANARY}).`);
  const say: Op = { op: 'say', text: sentences.join(' '), ms: ms * PACE };
  return { requests: [[say], [LAST]] };
}
