import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Where the workspace keeps what must survive. Newest value a kind and id wins. */
export interface Journal {
  put(kind: string, id: string, value: unknown): void;
  drop(kind: string, id: string): void;
  /** What was there when it was opened, in the order in which it was first written. */
  load(kind: string): unknown[];
  /** Files beside the journal. */
  putBytes(name: string, bytes: Uint8Array): void;
  getBytes(name: string): Uint8Array | undefined;
  close(): void;
}

/** Keeps nothing but the bytes of files. */
export function memoryJournal(): Journal {
  const bytes = new Map<string, Uint8Array>();
  return {
    put() {},
    drop() {},
    load: () => [],
    putBytes: (name, content) => {
      bytes.set(name, content);
    },
    getBytes: (name) => bytes.get(name),
    close() {},
  };
}

interface Line {
  k: string;
  id: string;
  v?: unknown;
}

const compactAfterBytes = 64 * 1024 * 1024;

/**
 * One JSON line a change, written with a plain `write` before the call that caused it is answered: what the
 * app was told survives a kill -9 of this process (not a power cut). A torn last line is ignored.
 */
export function fileJournal(path: string): Journal {
  mkdirSync(dirname(path), { recursive: true });
  const live = readLines(path);
  const loaded = new Map(live);
  let fd = rewrite(path, live);
  let written = 0;

  const append = (line: Line): void => {
    const text = `${JSON.stringify(line)}\n`;
    writeSync(fd, text);
    written += text.length;
    if (written < compactAfterBytes) return;
    closeSync(fd);
    fd = rewrite(path, live);
    written = 0;
  };
  const filePath = (name: string): string => `${path}.files/${name.replace(/[^A-Za-z0-9_-]/g, '_')}`;

  return {
    put(k, id, v) {
      live.set(`${k}\n${id}`, { k, id, v });
      append({ k, id, v });
    },
    drop(k, id) {
      if (live.delete(`${k}\n${id}`)) append({ k, id });
    },
    load: (kind) => [...loaded.values()].filter((line) => line.k === kind).map((line) => line.v),
    putBytes(name, bytes) {
      mkdirSync(`${path}.files`, { recursive: true });
      writeFileSync(filePath(name), bytes);
    },
    getBytes: (name) => (existsSync(filePath(name)) ? readFileSync(filePath(name)) : undefined),
    close: () => closeSync(fd),
  };
}

function readLines(path: string): Map<string, Line> {
  const live = new Map<string, Line>();
  if (!existsSync(path)) return live;
  for (const text of readFileSync(path, 'utf8').split('\n')) {
    const line = parseLine(text);
    if (line === undefined) continue;
    if ('v' in line) live.set(`${line.k}\n${line.id}`, line);
    else live.delete(`${line.k}\n${line.id}`);
  }
  return live;
}

function parseLine(text: string): Line | undefined {
  try {
    const line = JSON.parse(text) as Partial<Line> | null;
    return typeof line?.k === 'string' && typeof line.id === 'string' ? (line as Line) : undefined;
  } catch {
    return undefined;
  }
}

/** Writes only what still holds, beside the old file and then over it, and leaves it open for appending. */
function rewrite(path: string, live: Map<string, Line>): number {
  const fresh = `${path}.new`;
  const fd = openSync(fresh, 'w', 0o600);
  for (const line of live.values()) writeSync(fd, `${JSON.stringify(line)}\n`);
  fsyncSync(fd);
  closeSync(fd);
  renameSync(fresh, path);
  return openSync(path, 'a', 0o600);
}
