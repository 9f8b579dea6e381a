/**
 * Ends the process over something that went wrong before the product ran: the reason in plain words, no stack.
 * @param {unknown} error
 * @returns {never}
 */
export function leave(error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
