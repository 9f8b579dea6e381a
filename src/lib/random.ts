/** Chance: the only place where the product draws random values. */

import { randomBytes, randomInt } from 'node:crypto';

/** A token nobody can guess, of `bytes` random bytes, in URL-safe characters (4 for every 3 bytes). */
export function randomToken(bytes = 16): string {
  return randomBytes(bytes).toString('base64url');
}

/** Chance as it is given to whoever needs it: like a clock, so that a run can be repeated. */
export interface Random {
  /** A number n with 0 <= n < 1. Good for jitter, not for secrets. */
  readonly fraction: () => number;
  /** A token nobody can guess. */
  readonly token: () => string;
}

/** The machine's own chance. */
export const systemRandom: Random = { fraction: randomFraction, token: randomToken };

/** Letters and digits that cannot be taken for one another when read aloud. */
const plainAlphabet = '23456789abcdefghjkmnpqrstuvwxyz';

/** A short id that a person can read out and an operator can find in the log, such as `k7m2qp9d`. */
export function shortId(length = 8): string {
  let id = '';
  for (let i = 0; i < length; i += 1) id += plainAlphabet[randomInt(plainAlphabet.length)];
  return id;
}

/** A number n with 0 <= n < 1. Good for jitter, not for secrets. */
export function randomFraction(): number {
  return Math.random();
}
