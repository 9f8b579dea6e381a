/** Arguments of the long proofs: what is not understood is said in one line, and ends the process with 64 (EX_USAGE). */

export function understood<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(64);
  }
}
