/** What every store must do: the suite runs on memory and on a real Redis. */
import { describe } from 'vitest';
import { admissionContract } from './store-admission.ts';
import { leaseContract } from './store-leases.ts';
import { neverLostContract } from './store-never-lost.ts';
import { sharedContract } from './store-shared.ts';
import type { StoreWorld } from './store-world.ts';

export type { StoreWorld } from './store-world.ts';

export interface StoreContractOptions {
  /** How many random histories are tried. */
  readonly runs: number;
}

export function storeContract(
  name: string,
  make: () => Promise<StoreWorld>,
  options: StoreContractOptions,
): void {
  describe(`store contract: ${name}`, () => {
    admissionContract(make);
    leaseContract(make);
    sharedContract(make);
    neverLostContract(make, options.runs);
  });
}
