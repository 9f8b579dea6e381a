/** The README's tables say what the code says. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { variables } from '../../src/config-env.ts';
import { COMMANDS } from '../../src/core/event.ts';
import { createMetrics } from '../../src/ops/metrics.ts';
import { GAUGES } from '../support/gauges.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const read = (name: string): string => readFileSync(join(root, name), 'utf8');
const readme = read('README.md');

/** The first cells of the table under this header. */
function firstCells(header: string): string[] {
  const lines = readme.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${header} |`));
  expect(start, `a table headed "${header}"`).toBeGreaterThan(-1);
  const rest = lines.slice(start + 2);
  return rest
    .slice(
      0,
      rest.findIndex((line) => !line.startsWith('|')),
    )
    .map((line) => line.split('|')[1] ?? '');
}

const codes = (cells: readonly string[]): string[] =>
  cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map((match) => match[1] ?? ''));

describe('README', () => {
  it('names every variable, and no other', () => {
    expect(codes(firstCells('variable')).sort()).toEqual([...variables].sort());
  });

  it('names every metric of the product, and no other', async () => {
    const metrics = createMetrics();
    metrics.watch(GAUGES);
    const { body } = await metrics.scrape();
    const registered = [...body.matchAll(/^# TYPE (heddle_\w+)/gm)].map((match) => match[1] ?? '');
    expect(codes(firstCells('metric')).sort()).toEqual(registered.sort());
  });

  it('says of every runtime dependency what it is for', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
    expect(codes(firstCells('dependency')).sort()).toEqual(Object.keys(dependencies).sort());
    for (const version of Object.values(dependencies)) expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('names every key of the example', () => {
    const example = parse(read('heddle.example.yaml')) as Record<string, unknown>;
    for (const key of Object.keys(example)) expect(readme).toContain(`\`${key}\``);
  });

  it('has every command of the slash command', () => {
    for (const name of COMMANDS) expect(readme).toContain(`\`${name}\``);
  });

  it('gives npm scripts that exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const used = [...readme.matchAll(/npm run (\w+)/g)].map((match) => match[1] ?? '');
    expect(used.length).toBeGreaterThan(0);
    for (const name of used) expect(scripts).toHaveProperty(name);
  });

  it('links to files that are there', () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)].map((match) => match[1] ?? '');
    const local = links.filter((link) => !link.startsWith('http'));
    expect(local.length).toBeGreaterThan(3);
    for (const link of local) expect(existsSync(join(root, link)), link).toBe(true);
  });
});
