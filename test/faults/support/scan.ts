/** The fault table and the tests that name its rows: `it('… (fault: kill-before-admit)', …)`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const TESTS = fileURLToPath(new URL('../../', import.meta.url));
export const TABLE = fileURLToPath(new URL('../README.md', import.meta.url));
export const README = fileURLToPath(new URL('../../../README.md', import.meta.url));

/** Where a fault is brought about. A file may be several of these at once. */
export const LEVELS = [
  'simulation',
  'processes',
  'Slack',
  'agents',
  'Redis',
  'property',
  'unit',
  'proxy',
] as const;
export type Level = (typeof LEVELS)[number];

export interface Row {
  readonly id: string;
  readonly what: string;
  readonly then: string;
  readonly levels: readonly string[];
  /** Files under `test` that name the row, as the table says. */
  readonly files: readonly string[];
}

export interface Naming {
  readonly id: string;
  /** Path under `test`. */
  readonly file: string;
  readonly title: string;
  readonly levels: ReadonlySet<Level>;
}

/** Cells of the table below this heading. @throws where there is none */
export function cellsBelow(text: string, heading: string): readonly (readonly string[])[] {
  const [, section] = text.split(new RegExp(`^#+ ${heading}$`, 'm'));
  if (section === undefined) throw new Error(`there is no heading "${heading}"`);
  const [own = ''] = section.split(/^#+ /m);
  return own
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\| (?:fault |-)/.test(line))
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}

const plain = (cell: string): string => cell.replaceAll('`', '');
const list = (cell: string): readonly string[] => plain(cell).split(/,?\s+/).filter(Boolean);

/** Rows that are tested, by the headings of the table. */
export function rowsOf(text: string, headings: readonly string[]): readonly Row[] {
  return headings
    .flatMap((heading) => cellsBelow(text, heading))
    .map(([id = '', what = '', then = '', levels = '', files = '']) => ({
      id: plain(id),
      what,
      then,
      levels: list(levels),
      files: list(files),
    }));
}

/** A string right behind `it(`, `describe.concurrent(` or `it.each(…)(`. */
const TITLE =
  /(?:\b(?:it|test|describe)(?:\.\w+)*|[\w\])]\))\(\s*(?:`((?:\\.|[^`])*)`|'((?:\\.|[^'\n])*)'|"((?:\\.|[^"\n])*)")/g;
const TAG = /\(fault: ([a-z0-9-]+(?:, [a-z0-9-]+)*)\)/g;

/** What a test file is able to bring about, by where it lies and what it uses. */
export function levelsOf(file: string, source: string): ReadonlySet<Level> {
  const levels = new Set<Level>();
  const lies = (...folders: readonly string[]): boolean => folders.some((folder) => file.startsWith(folder));
  const uses = (what: RegExp): boolean => what.test(source);
  const processes = lies('crash/', 'kill/') || uses(/from '.*crash\/support\//);
  const whole =
    processes ||
    lies('recovery/') ||
    uses(/from '.*(?:support\/whole|support\/ground|support\/talk|support\/streaming)\.ts'/);
  if (processes) levels.add('processes');
  if (whole || lies('adapters/slack/')) levels.add('Slack');
  if (whole || lies('adapters/anthropic/')) levels.add('agents');
  if (whole || lies('redis/', 'contract/', 'adapters/store/')) levels.add('Redis');
  if (lies('sim/', 'core/session-sim', 'core/session-chaos')) levels.add('simulation');
  if (uses(/from 'fast-check'/)) levels.add('property');
  if (lies('core/', 'flow/', 'lib/', 'render/', 'ops/', 'config/', 'faults/') && !whole) levels.add('unit');
  if (uses(/from '.*(?:door|proxy)[^/]*\.ts'/)) levels.add('proxy');
  return levels;
}

/** Every naming of a row in the titles of a test file. */
export function namingsIn(file: string, source: string): readonly Naming[] {
  const levels = levelsOf(file, source);
  return [...source.matchAll(TITLE)].flatMap(([, a, b, c]) => {
    const title = a ?? b ?? c ?? '';
    return idsIn(title).map((id) => ({ id, file, title, levels }));
  });
}

/** Ids named anywhere in a text, each time they are. */
export function idsIn(text: string): readonly string[] {
  return [...text.matchAll(TAG)].flatMap(([, ids = '']) => ids.split(', '));
}

/** Test sources by their path under `test`, without those of the table itself. */
export function testSources(): ReadonlyMap<string, string> {
  const files = readdirSync(TESTS, { recursive: true, encoding: 'utf8' })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => file.endsWith('.ts') && !/^faults\/(?:support\/|table\.test)/.test(file));
  return new Map(files.map((file) => [file, readFileSync(join(TESTS, file), 'utf8')]));
}
