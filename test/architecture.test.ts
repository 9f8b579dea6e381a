/** The directions and confinements that keep the code readable, as a test: prose alone erodes. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse, root, sources, type Import, type Source } from './architecture-scan.ts';

const product = sources('src');
const tests = sources('test');
const scripts = sources('bin');

/** What a part of the code may import, besides itself. `type` in front allows types only. */
const directions: Readonly<Record<string, readonly string[]>> = {
  core: [],
  lib: ['errors'],
  errors: [],
  render: ['core', 'type ports'],
  ports: ['type core', 'type lib'],
  config: ['errors', 'lib', 'core'],
  flow: ['core', 'render', 'ports', 'lib', 'errors'],
  adapters: ['core', 'ports', 'lib', 'errors', 'config'],
  tools: ['core', 'ports', 'lib', 'errors'],
  ops: ['core', 'ports', 'lib', 'errors', 'config', 'adapters'],
  app: ['core', 'render', 'ports', 'flow', 'adapters', 'tools', 'ops', 'lib', 'errors', 'config'],
  bench: ['core', 'ports', 'adapters', 'lib', 'errors', 'playground'],
  index: ['app', 'adapters', 'ops', 'ports', 'lib', 'errors', 'config', 'playground', 'bench'],
  playground: ['lib', 'errors'],
};

/** The part of the code a file belongs to: its folder, or its name where it lies at the top. */
function partOf(path: string): string {
  const [first = ''] = path.replace(/^src\//, '').split('/');
  return first.replace(/\.ts$/, '').replace(/^(config|ports)-.*/, '$1');
}

function isAllowed(from: Source, { file = '', isType }: Import): boolean {
  const part = partOf(from.path);
  const target = partOf(file);
  const allowed = directions[part] ?? [];
  return target === part || allowed.includes(target) || (isType && allowed.includes(`type ${target}`));
}

/** `path: what` for every match of a pattern in files that may not hold it. */
function findings(files: readonly Source[], pattern: RegExp): string[] {
  return files.flatMap(({ path, code }) =>
    [...code.matchAll(pattern)].map(
      ({ 0: text, index }) => `${path}:${code.slice(0, index).split('\n').length} ${text.trim()}`,
    ),
  );
}

function importers(files: readonly Source[], module: RegExp): string[] {
  return files.filter(({ imports }) => imports.some(({ from }) => module.test(from))).map(({ path }) => path);
}

function without(...parts: readonly string[]): Source[] {
  return product.filter(({ path }) => !parts.includes(partOf(path)));
}

describe('directions', () => {
  it('every part of the code is known here', () => {
    expect(product.filter(({ path }) => !(partOf(path) in directions)).map(({ path }) => path)).toEqual([]);
  });

  it('every import goes a way that design allows', () => {
    const wrong = product.flatMap((source) =>
      source.imports
        .filter((entry) => entry.file !== undefined && !isAllowed(source, entry))
        .map(({ from }) => `${source.path} imports ${from}`),
    );
    expect(wrong).toEqual([]);
  });

  it('every file that is imported is there, and named with its ending', () => {
    const missing = [...product, ...tests].flatMap(({ path, imports }) =>
      imports
        .filter(({ file }) => file !== undefined && !existsSync(join(root, file)))
        .map(({ from }) => `${path} imports ${from}`),
    );
    expect(missing).toEqual([]);
  });

  it.each(['playground', 'bench'])('%s is reached from the entry only, and only when asked for', (part) => {
    const reaching = product
      .filter(({ path }) => partOf(path) !== part && partOf(path) !== 'bench')
      .flatMap(({ path, imports }) =>
        imports
          .filter(({ file = '' }) => partOf(file) === part)
          .map(({ isDynamic }) => `${path}${isDynamic ? '' : ' (not import())'}`),
      );
    expect(new Set(reaching)).toEqual(new Set(['src/index.ts']));
  });

  it('no file imports itself in a circle', () => {
    expect(circles(product)).toEqual([]);
  });
});

/** Each circle of imports, as the path that leads back. What is imported for its type only is gone at run time. */
function circles(files: readonly Source[]): string[] {
  const graph = new Map(
    files.map(({ path, imports }) => [
      path,
      imports.filter(({ isType, isDynamic }) => !isType && !isDynamic).flatMap(({ file }) => file ?? []),
    ]),
  );
  const found: string[] = [];
  const done = new Set<string>();
  const walk = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) {
      found.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
      return;
    }
    if (done.has(path)) return;
    for (const next of graph.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of graph.keys()) walk(path, []);
  return found;
}

describe('confinement', () => {
  it('the SDKs stay in adapters', () => {
    expect(importers(without('adapters'), /^(@slack\/|@anthropic-ai\/|ioredis)/)).toEqual([]);
  });

  it('pino and prom-client stay in ops', () => {
    expect(importers(without('ops'), /^(pino|prom-client)/)).toEqual([]);
  });

  it('only the entry and the settings look at the environment', () => {
    expect(findings(without('index', 'config'), /\bprocess\s*(\.\s*env\b|\[)/g)).toEqual([]);
    expect(importers(product, /^(node:)?process$/)).toEqual([]);
  });

  it('clock, timers and chance come from lib', () => {
    const own =
      /\bDate\.now\b|\bnew Date\(\s*\)|\bperformance\.now\b|\bprocess\.hrtime\b|\b(setTimeout|setInterval)\s*\(|\bAbortSignal\.timeout\b|\bMath\.random\b|\brandom(UUID|Bytes|Int)\b/g;
    expect(findings(without('lib', 'playground'), own)).toEqual([]);
    expect(importers(without('lib', 'playground'), /^(node:)?timers/)).toEqual([]);
  });
});

describe('habits', () => {
  it('no file is longer than 400 lines', () => {
    const long = [...product, ...tests, ...scripts].filter(({ lines }) => lines > 400);
    expect(long.map(({ path, lines }) => `${path} ${lines}`)).toEqual([]);
  });

  it('no any, no console, no mutable state of a module', () => {
    const typed = [...product, ...tests];
    expect(findings(typed, /(?:[:<|&,(]\s*|\bas\s+)any\b(?!\s*[(:.])/g)).toEqual([]);
    expect(findings([...product, ...scripts], /\bconsole\s*\./g)).toEqual([]);
    expect(findings(product, /^(export )?(let|var)\s+\w+/gm)).toEqual([]);
    expect(
      findings(product, /^(export )?const \w+[^=\n]*= (new (Map|Set|WeakMap)(<[^()]*>)?\(\)|\[\]|\{\});/gm),
    ).toEqual([]);
  });

  it('no test is left out or left alone', () => {
    expect(findings(tests, /\b(describe|it|test)\.(only|skip|todo)\b/g)).toEqual([]);
  });
});

describe('the scanner', () => {
  it('finds every form of import', () => {
    const { imports } = parse(
      'src/flow/a.ts',
      [
        "import type { A } from '../core/a.ts';",
        "import { type B } from './b.ts';",
        'import c, {\n  type D,\n  e,\n} from "ws";',
        "import './f.ts';",
        "export * from './g.ts';",
        "export type { H } from './h.ts';",
        "const x = await import('./i.ts'); // import('./not.ts')",
        "/* import './nor.ts' */",
        'const text = "import { no } from \'./no.ts\'";',
        "const more = `import './neither.ts' ${await import('./j.ts')}`;",
      ].join('\n'),
    );
    expect(imports.map(({ from, file, isType, isDynamic }) => [from, file, isType, isDynamic])).toEqual([
      ['../core/a.ts', 'src/core/a.ts', true, false],
      ['./b.ts', 'src/flow/b.ts', true, false],
      ['ws', undefined, false, false],
      ['./f.ts', 'src/flow/f.ts', false, false],
      ['./g.ts', 'src/flow/g.ts', false, false],
      ['./h.ts', 'src/flow/h.ts', true, false],
      ['./i.ts', 'src/flow/i.ts', false, true],
      ['./j.ts', 'src/flow/j.ts', false, true],
    ]);
  });

  it('sees code, and neither comments nor strings', () => {
    const { code } = parse(
      'src/a.ts',
      'a; // Date.now\n/* Date.now */ b("Date.now", \'Date.now\', `Date.now ${Date.one({ x: `${two}` })} Date.now`, /Date.now"/); c / d / e;',
    );
    expect(code).not.toContain('Date.now');
    expect(code).toContain('Date.one');
    expect(code).toContain('two');
    expect(code).toContain('c / d / e');
  });

  it('sees a circle, and not one of types', () => {
    const a = parse('src/a.ts', "import { b } from './b.ts';");
    expect(circles([a, parse('src/b.ts', "import { a } from './a.ts';")])).toEqual([
      'src/a.ts -> src/b.ts -> src/a.ts',
    ]);
    expect(circles([a, parse('src/b.ts', "import type { a } from './a.ts';")])).toEqual([]);
  });
});
