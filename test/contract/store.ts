/** What every store must do: the suite runs on memory and on a real Redis. */
import { describe, vi } from 'vitest';
import { admissionContract } from './store-admission.ts';
import { auditContract } from './store-audit.ts';
import { booksContract } from './store-books.ts';
import { earlyContract } from './store-early.ts';
import { guardsContract } from './store-guards.ts';
import { leaseContract } from './store-leases.ts';
import { lossContract } from './store-memory-of-loss.ts';
import { neverLostContract } from './store-never-lost.ts';
import { ratesContract } from './store-rates.ts';
import { settingsContract } from './store-settings.ts';
import { sharedContract } from './store-shared.ts';
import type { StoreWorld } from './store-world.ts';

export type { StoreWorld } from './store-world.ts';

export interface StoreContractOptions {
  /** How many random histories are tried. */
  readonly runs: number;
  /** How many tests, and how many histories, run side by side: for stores whose time cannot be turned. */
  readonly lanes: number;
}

export function storeContract(
  name: string,
  make: () => Promise<StoreWorld>,
  { runs, lanes }: StoreContractOptions,
): void {
  vi.setConfig({ maxConcurrency: lanes });
  describe.concurrent(`store contract: ${name}`, () => {
    admissionContract(make);
    earlyContract(make);
    leaseContract(make);
    sharedContract(make);
    ratesContract(make);
    guardsContract(make);
    lossContract(make);
    settingsContract(make);
    auditContract(make);
    booksContract(make);
  });
  describe(`store contract: ${name}`, () => {
    neverLostContract(make, runs, lanes);
  });
}
