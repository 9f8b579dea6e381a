/** The bundle that is run in place of the sources: the same wherever it is made, and no more than a start needs. */
import { execFile } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../architecture-scan.ts';

const place = mkdtempSync(join(tmpdir(), 'heddle bundle '));
const [here, elsewhere] = [join(place, 'a checkout'), join(place, 'the same, moved')];
const [first, second] = [join(elsewhere, 'first'), join(elsewhere, 'second')];

/** Bundles the checkout that lies there, in a process of its own. */
async function bundle(checkout: string, out: string): Promise<void> {
  const module = pathToFileURL(join(checkout, 'bin/lib/bundle.js')).href;
  const code = `import { bundle } from ${JSON.stringify(module)}; await bundle(${JSON.stringify(out)});`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', code], { cwd: place });
}

beforeAll(async () => {
  for (const name of ['bin', 'src', 'package.json', 'tsconfig.json']) {
    cpSync(join(root, name), join(here, name), { recursive: true });
  }
  symlinkSync(join(root, 'node_modules'), join(here, 'node_modules'), 'dir');
  await bundle(here, join(here, 'first'));
  renameSync(here, elsewhere);
  await bundle(elsewhere, second);
});
afterAll(() => rmSync(place, { recursive: true, force: true }));

function text(name: string): string {
  return readFileSync(join(first, name), 'utf8');
}

function scripts(): string[] {
  return readdirSync(first).filter((name) => name.endsWith('.js'));
}

/** What is loaded with these files, without any `import()`. */
function loadedWith(...names: readonly string[]): ReadonlySet<string> {
  const loaded = new Set(names);
  for (const name of loaded) {
    for (const [, next = ''] of text(name).matchAll(/^(?:import|} from|export .* from) ?"\.\/([^"]+)"/gm)) {
      loaded.add(next);
    }
  }
  return loaded;
}

/** The bundler says above each module where it comes from. */
function origins(names: Iterable<string>): string[] {
  return [...names].flatMap((name) =>
    [...text(name).matchAll(/^ *\/\/ ((?:src|node_modules)\/\S+)$/gm)].map(([, from = '']) => from),
  );
}

describe('the bundle', () => {
  it('is the same in another place, byte for byte', () => {
    expect(readdirSync(second)).toEqual(readdirSync(first));
    for (const name of readdirSync(first)) {
      expect(readFileSync(join(second, name)).equals(readFileSync(join(first, name))), name).toBe(true);
    }
  });

  it('loads to serve what serves, and neither the playground, the bench nor YAML', () => {
    const modules = origins(loadedWith('index.js', 'app.js'));
    expect(modules).toContain('src/flow/conversation.ts');
    expect(modules).toContain('node_modules/@slack/bolt/dist/App.js');
    expect(modules.filter((from) => /^src\/(playground|bench)\/|^node_modules\/yaml\//.test(from))).toEqual(
      [],
    );
    expect(origins(scripts())).toContain('src/playground/index.ts');
  });

  it('carries no web framework for a receiver that is never made', () => {
    expect(
      origins(scripts()).filter((from) => /\/(express|body-parser|iconv-lite|mime-db)\//.test(from)),
    ).toEqual([]);
  });

  it('brings the licence of every package that is in it', () => {
    const licences = text('LICENSES.txt');
    const packages = origins(scripts()).flatMap(
      (from) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(from)?.[1] ?? [],
    );
    expect(packages).toContain('ioredis');
    for (const name of new Set(packages)) expect(licences).toMatch(new RegExp(`^${name} \\d`, 'm'));
  });

  it('modules look for their files where the build lays them', () => {
    const places = scripts().flatMap((name) =>
      [...text(name).matchAll(/new URL\("\.\/([^"]+)\.js", import\.meta\.url\)/g)].map(
        ([, from = '']) => from,
      ),
    );
    expect(places).toContain('adapters/store/scripts');
    for (const from of places) expect(existsSync(join(root, 'src', `${from}.ts`)), from).toBe(true);
  });
});
