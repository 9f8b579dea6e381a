/** A log that says nothing. */
import type { Log } from '../../src/ports.ts';

const nothing = (): undefined => undefined;

export const quietLog: Log = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  notice: nothing,
  child: () => quietLog,
};
