/** The Lua scripts, read from beside this module (they are copied there when it is built). */
import { readFileSync } from 'node:fs';

export const SCRIPTS = [
  'admit',
  'acquire',
  'inbox',
  'commit',
  'renew',
  'sweep',
  'take',
  'block',
  'running',
  'note',
  'share',
  'unpark',
  'fill',
  'hold',
  'beat',
  'backlog',
] as const;
export type ScriptName = (typeof SCRIPTS)[number];

/** These change nothing, so they also run where memory is full. */
const READING: ReadonlySet<ScriptName> = new Set(['inbox', 'backlog']);

function read(name: string): string {
  return readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8');
}

/**
 * Source of each script. The first line makes Redis 7 judge the whole script before it starts: where memory
 * is full or the server is a replica it is refused without effect, never half way ("Scripting with Lua",
 * script flags).
 */
export function loadScripts(): ReadonlyMap<ScriptName, string> {
  const common = read('common');
  return new Map(
    SCRIPTS.map((name) => {
      const flags = READING.has(name) ? ' flags=no-writes' : '';
      return [name, `#!lua${flags}\n${common}\n${read(name)}`];
    }),
  );
}
