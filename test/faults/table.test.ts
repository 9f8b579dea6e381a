/** The fault table is true: each row is tested where it says, and what is not tested is told, with the reason. */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  LEVELS,
  README,
  TABLE,
  cellsBelow,
  idsIn,
  levelsOf,
  namingsIn,
  rowsOf,
  testSources,
  type Row,
} from './support/scan.ts';

const AREAS = [
  'Processes',
  'Redis',
  'Managed Agents',
  'What the bot writes to Slack',
  'What Slack delivers',
  'Hostile input',
];
const table = readFileSync(TABLE, 'utf8');
const rows = rowsOf(table, AREAS);
const untested = cellsBelow(table, 'Not tested here').map(([id = '']) => id.replaceAll('`', ''));
const absent = cellsBelow(table, 'Not in this version').map(([id = '']) => id.replaceAll('`', ''));
const sources = testSources();
const namings = [...sources].flatMap(([file, source]) => namingsIn(file, source));

const filesOf = ({ id }: Row): string[] =>
  [...new Set(namings.filter((naming) => naming.id === id).map(({ file }) => file))].sort();

/** `UPDATE_GOLDEN=1` writes the last column anew. */
function withFiles(text: string): string {
  return text.replace(/^\| `([a-z0-9-]+)` \|(?:[^|]*\|){4}$/gm, (line, id: string) => {
    const row = rows.find((known) => known.id === id);
    if (!row) return line;
    const files = filesOf(row).map((file) => `\`${file}\``);
    return line.replace(/[^|]*\|$/, ` ${files.join(' ')} |`);
  });
}

describe('the fault table', () => {
  it('has rows with one id each', () => {
    const ids = [...rows.map(({ id }) => id), ...untested, ...absent];
    expect(ids.length).toBeGreaterThan(90);
    for (const id of ids) expect(id).toMatch(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/);
    expect(ids.filter((id, at) => ids.indexOf(id) !== at)).toEqual([]);
  });

  it.each(rows)('$id is tested where it says', ({ id, what, then, levels }) => {
    expect(what).not.toBe('');
    expect(then).not.toBe('');
    expect(levels.filter((level) => !(LEVELS as readonly string[]).includes(level))).toEqual([]);
    expect(levels.length).toBeGreaterThan(0);
    const tests = namings.filter((naming) => naming.id === id);
    const reached = new Set<string>(tests.flatMap((naming) => [...naming.levels]));
    expect(
      levels.filter((level) => !reached.has(level)),
      `levels at which no test names “(fault: ${id})”`,
    ).toEqual([]);
  });

  it('names files of its tests, and none that have nothing to do with it', () => {
    if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(TABLE, withFiles(table));
    else
      for (const row of rows) {
        expect(row.files.length, row.id).toBeGreaterThan(0);
        expect(filesOf(row), row.id).toEqual(expect.arrayContaining([...row.files]));
      }
  });

  it('knows every row that a test names, and tests name rows in their titles alone', () => {
    const known = rows.map(({ id }) => id);
    expect(namings.filter(({ id }) => !known.includes(id)).map(({ id, file }) => `${file}: ${id}`)).toEqual(
      [],
    );
    for (const [file, source] of sources) {
      const named = namings.filter((naming) => naming.file === file).map(({ id }) => id);
      expect(named, file).toEqual(idsIn(source));
    }
  });

  it('tells operators what is not tested, and why', () => {
    const readme = readFileSync(README, 'utf8');
    const [, told = ''] = readme.split('<!-- faults not tested -->');
    const lines = told.split('<!-- /faults not tested -->')[0] ?? '';
    for (const id of untested) expect(lines).toMatch(new RegExp(`\`${id}\`.*\\S`));
    const ids = [...lines.matchAll(/^\| `([a-z0-9-]+)`/gm)].map(([, id]) => id);
    expect(ids).toEqual(untested);
  });
});

describe('the scan of tests', () => {
  it('finds ids in titles, however they are written', () => {
    const source = [
      "it('a (fault: one)', () => {});",
      "it(\n  'b (fault: two, three)',",
      'it(`c ${x} (fault: four)`,',
      "it.each([['x', f(1)]])('d %s (fault: five)',",
      "describe.concurrent('e (fault: six)',",
      "it.each<[string, () => string]>([['x', () => f()]])('f (fault: seven)',",
      "// 'g (fault: eight)'",
    ].join('\n');
    expect(namingsIn('core/x.test.ts', source).map(({ id }) => id)).toEqual([
      'one',
      'two',
      'three',
      'four',
      'five',
      'six',
      'seven',
    ]);
  });

  it('tells levels by where a file lies and what it uses', () => {
    expect([...levelsOf('kill/a.test.ts', '')]).toEqual(['processes', 'Slack', 'agents', 'Redis']);
    expect([...levelsOf('trace/a.test.ts', "import { onGround } from './support/ground.ts';")]).toEqual([
      'Slack',
      'agents',
      'Redis',
    ]);
    expect([...levelsOf('core/turn.test.ts', "import fc from 'fast-check';")]).toEqual(['property', 'unit']);
    expect([...levelsOf('faults/a.test.ts', '')]).toEqual(['unit']);
    expect([...levelsOf('playground/a.test.ts', '')]).toEqual([]);
  });
});
