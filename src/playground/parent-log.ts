/**
 * What the playground's parent writes: JSON log lines of its own in the form of the bot's, beside the bot's
 * lines, which it passes on. The bot's own `ready` is kept back: the playground is ready when its page is.
 */

export type Level = 'info' | 'warn' | 'error';

/** From the least on; what stands below the wanted level is not written. */
const LEVELS: readonly string[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

export interface ParentLog {
  write(level: Level, msg: string, fields?: Readonly<Record<string, unknown>>): void;
}

/**
 * @param least `LOG_LEVEL` as it is set; `ready` is written at every level but `silent`, as the bot's own is.
 */
export function createParentLog(
  writeOut: (text: string) => void,
  now: () => number,
  least = 'info',
): ParentLog {
  return {
    write(level, msg, fields = {}) {
      const wanted = msg === 'ready' ? least !== 'silent' : LEVELS.indexOf(level) >= LEVELS.indexOf(least);
      if (!wanted) return;
      const line = { level, time: new Date(now()).toISOString(), part: 'playground', ...fields, msg };
      writeOut(`${JSON.stringify(line)}\n`);
    },
  };
}

/** Whether a line of the bot's log says that it is connected and serving. */
export function isReadyLine(line: string): boolean {
  if (!line.includes('"ready"')) return false;
  try {
    return (JSON.parse(line) as { msg?: unknown }).msg === 'ready';
  } catch {
    // Not JSON: some library printed plain words.
    return false;
  }
}

/** Cuts a stream of chunks into lines; what stands after the last line end waits for more. */
export function lineSplitter(take: (line: string) => void): { push(chunk: string): void; end(): void } {
  let rest = '';
  return {
    push(chunk) {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) if (line !== '') take(line);
    },
    end() {
      if (rest !== '') take(rest);
      rest = '';
    },
  };
}
