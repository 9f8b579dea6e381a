/** What `heddle doctor` says of what `heddle.yaml` gives to sessions. Pure. */
import type { GivenFacts } from '../adapters/anthropic/probe-given.ts';
import type { Finding } from './doctor-findings.ts';

/** By what the adapter calls it: the key in `heddle.yaml`, and what it names. */
const KEYS: Readonly<Record<string, readonly [key: string, what: string]>> = {
  vault_unusable: ['vaults', 'vault'],
  memory_store_unusable: ['memory_stores', 'memory store'],
  trial_unusable: ['agent_trial.agent', 'version'],
};

/** Nothing where nothing is given. */
export function givenFindings({ count, missing }: GivenFacts): readonly Finding[] {
  if (count === 0) return [];
  if (missing.length === 0) {
    const says = `${count} ${count === 1 ? 'thing' : 'things'} that sessions are given by id: there`;
    return [{ check: 'given', state: 'ok', says }];
  }
  return missing.map(({ code, id }): Finding => {
    const [key, what] = KEYS[code] ?? ['', 'thing'];
    return {
      check: 'given',
      state: 'problem',
      says: `${what} ${id} does not exist or is archived: sessions that are to be given it are not made`,
      cure: `correct ${key} in heddle.yaml`,
    };
  });
}
