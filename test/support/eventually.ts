import { vi } from 'vitest';

/** Waits for a condition; so long because the machine may be busy, not because the thing is slow. */
export async function eventually(check: () => unknown): Promise<void> {
  await vi.waitFor(check, { timeout: 15_000, interval: 20 });
}
