/** The log: one JSON line an event on stdout, through pino, with nothing secret in it (redact.ts). */

import { pino } from 'pino';
import type { LogLevel } from '../config.ts';
import type { Log } from '../ports.ts';
import { maskText, scrub, usableSecrets } from './redact.ts';

/** Where finished lines go. */
export interface LineSink {
  write(line: string): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Values of this process that must never be seen; see R3 in redact.ts. */
  readonly secrets?: readonly (string | undefined)[];
  /** Default: standard output, written at once, so that nothing is lost when the process ends. */
  readonly sink?: LineSink;
}

export function createLog({ level, secrets = [], sink = standardOutput() }: LogOptions): Log {
  const masked = usableSecrets(secrets);
  const clean: LineSink = { write: (line) => sink.write(maskText(line, masked)) };
  const logger = pino(
    {
      level,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), bindings: scrub, log: scrub },
      // Errors are described by `scrub`, before pino's own serializer would see them.
      serializers: { err: (value: unknown) => value },
    },
    clean,
  );
  return new PinoLog(logger);
}

/**
 * The port's few methods, and nothing else of pino's. A child of pino's is made for each line and not kept: every
 * running session has a log of its own, and writes few lines.
 */
class PinoLog implements Log {
  readonly #root: pino.Logger;
  readonly #logger: () => pino.Logger;

  constructor(root: pino.Logger, logger = (): pino.Logger => root) {
    this.#root = root;
    this.#logger = logger;
  }

  debug(fields: object, msg: string): void {
    this.#say('debug', fields, msg);
  }

  info(fields: object, msg: string): void {
    this.#say('info', fields, msg);
  }

  warn(fields: object, msg: string): void {
    this.#say('warn', fields, msg);
  }

  error(fields: object, msg: string): void {
    this.#say('error', fields, msg);
  }

  notice(fields: object, msg: string): void {
    if (this.#root.level !== 'silent') this.#logger().child({}, { level: 'info' }).info(fields, msg);
  }

  child(fields: object): Log {
    return new PinoLog(this.#root, () => this.#logger().child(fields));
  }

  #say(level: 'debug' | 'info' | 'warn' | 'error', fields: object, msg: string): void {
    if (this.#root.isLevelEnabled(level)) this.#logger()[level](fields, msg);
  }
}

function standardOutput(): LineSink {
  const destination = pino.destination({ dest: 1, sync: true });
  // Nobody reads any more: that is no reason to die in the middle of a hand-over.
  destination.on('error', () => undefined);
  return destination;
}
