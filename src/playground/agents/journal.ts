/**
 * The write-ahead file that lets the emulated service survive a kill -9.
 *
 * Invariant: one batch is one line, and a line that was cut short is ignored on load. Together with
 * `outbound.ts` (nothing leaves the process before its batch is written) a client never saw anything that a
 * restart forgets. Writes go to the operating system's cache: they survive the process, not a power failure.
 */
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** Records are JSON arrays, already serialised: `["kind", ...]`. */
export interface Journal {
  write(records: readonly string[]): void;
  close(): void;
}

/** Compaction starts when the file has grown this much past its last snapshot. */
const GROWTH_BYTES = 32 * 1024 * 1024;

export const noJournal: Journal = {
  write: () => {},
  close: () => {},
};

/**
 * Opens (or creates) the journal at `path`: hands every stored record to `restore`, then rewrites the file from
 * `snapshot`, which is also called whenever the file has grown too much.
 */
export function openJournal(
  path: string,
  restore: (record: unknown[]) => void,
  snapshot: () => Iterable<string>,
): Journal {
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path)) load(path, restore);
  let file = compact(path, snapshot);
  return {
    write(records) {
      if (records.length === 0) return;
      file.bytes += append(file.fd, records);
      if (file.bytes < file.snapshotBytes * 3 + GROWTH_BYTES) return;
      closeSync(file.fd);
      file = compact(path, snapshot);
    },
    close: () => closeSync(file.fd),
  };
}

function load(path: string, restore: (record: unknown[]) => void): void {
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    for (const record of parse(line)) restore(record);
  }
}

function parse(line: string): unknown[][] {
  if (line === '') return [];
  try {
    return JSON.parse(line) as unknown[][];
  } catch {
    return [];
  }
}

function compact(
  path: string,
  snapshot: () => Iterable<string>,
): { fd: number; bytes: number; snapshotBytes: number } {
  const fresh = `${path}.new`;
  const fd = openSync(fresh, 'w');
  let bytes = 0;
  let batch: string[] = [];
  for (const record of snapshot()) {
    batch.push(record);
    if (batch.length < 500) continue;
    bytes += append(fd, batch);
    batch = [];
  }
  if (batch.length > 0) bytes += append(fd, batch);
  renameSync(fresh, path);
  return { fd, bytes, snapshotBytes: bytes };
}

function append(fd: number, records: readonly string[]): number {
  const line = Buffer.from(`[${records.join(',')}]\n`);
  let written = 0;
  while (written < line.length) written += writeSync(fd, line, written);
  return line.length;
}
