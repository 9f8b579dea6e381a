/** Resolves when the condition holds; a look that fails counts as one that says no. Works outside vitest as well. */
export async function untilSo(what: string, look: () => Promise<boolean>, timeoutMs = 20_000): Promise<void> {
  const end = performance.now() + timeoutMs;
  while (!(await look().catch(() => false))) {
    if (performance.now() > end) throw new Error(`${what} did not come true in ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 15));
  }
}
