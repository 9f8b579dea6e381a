/** The Lua scripts, read from beside this module (they are copied there when it is built). */
import { readFileSync } from 'node:fs';

export const SCRIPTS = [
  'admit',
  'acquire',
  'inbox',
  'commit',
  'conclude',
  'renew',
  'sweep',
  'take',
  'block',
  'note',
  'share',
  'unpark',
  'fill',
  'hold',
  'beat',
  'backlog',
  'settings',
  'tune',
  'audit',
  'books',
] as const;
export type ScriptName = (typeof SCRIPTS)[number];

/**
 * Where memory is full Redis refuses every script but these. `inbox`, `backlog`, `settings` and `books` change nothing. What goes on while
 * nothing new can be taken adds nothing either: leases are renewed in place, and `conclude` is a commit that gives
 * its thread back or its state up: it adds at most a line of what was done.
 */
const FLAGS: Readonly<Partial<Record<ScriptName, 'no-writes' | 'allow-oom'>>> = {
  inbox: 'no-writes',
  backlog: 'no-writes',
  settings: 'no-writes',
  books: 'no-writes',
  renew: 'allow-oom',
  conclude: 'allow-oom',
};

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
      const flags = FLAGS[name] === undefined ? '' : ` flags=${FLAGS[name]}`;
      const file = name === 'conclude' ? 'commit' : name;
      return [name, `#!lua${flags}\n${common}\n${read(file)}`];
    }),
  );
}
