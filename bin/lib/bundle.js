/**
 * Bundling the product with its packages into a few files.
 *
 * Some 700 files that are looked for, read and linked one by one take more than half a second of a processor before
 * the first line runs; bundled it is a fifth of that. What a command needs only when it is given is loaded only then,
 * as in the sources: each `import()` is a file of its own.
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { paths } from './paths.js';

/**
 * Files that are reached by name: the entry, what it loads to serve, the error that both share, and what `npm test`
 * asks for a Redis. Everything else is reached from these.
 */
const entries = ['index.ts', 'app.ts', 'errors.ts', 'adapters/store/local-redis.ts'];

/** Packages that are no ES modules ask for Node's own, and each other, by `require`. */
const banner = [
  "import { createRequire as heddleCreateRequire } from 'node:module';",
  'const require = heddleCreateRequire(import.meta.url);',
].join('\n');

/**
 * @param {string} directory the files are written straight into it, none below
 * @throws {Error} with what is wrong, file and line
 */
export async function bundle(directory) {
  // Where nothing is installed yet this module is read all the same.
  const { build, stop } = await import('esbuild');
  const { metafile, outputFiles } = await build({
    absWorkingDir: paths.root,
    entryPoints: entries.map((entry) => join(paths.src, entry)),
    outdir: directory,
    entryNames: '[name]',
    chunkNames: '[name]-[hash]',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20.19',
    tsconfig: join(paths.root, 'tsconfig.json'),
    // The same names in the output wherever node_modules really lies.
    preserveSymlinks: true,
    sourcemap: true,
    sourcesContent: false,
    legalComments: 'none',
    banner: { js: banner },
    plugins: [placeOfSource, leftOut],
    metafile: true,
    // Written here, so that nothing is still writing when this process has been killed.
    write: false,
    logLevel: 'silent',
  });
  // Its process would stay as long as this one, which may go on to serve.
  await stop();
  mkdirSync(directory, { recursive: true });
  for (const { path, contents } of outputFiles) writeFileSync(path, contents);
  writeFileSync(join(directory, 'LICENSES.txt'), licencesOf(Object.keys(metafile.inputs)));
}

/**
 * A module that looks for a file beside itself (a script of Redis, a page) still finds it, although its own code has
 * moved into another file: `import.meta` says where it would lie unbundled.
 * @type {import('esbuild').Plugin}
 */
const placeOfSource = {
  name: 'place of the source',
  setup(build) {
    build.onLoad({ filter: /\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      if (!path.startsWith(paths.src) || !source.includes('import.meta.')) return undefined;
      const place = relative(paths.src, path).replaceAll('\\', '/').replace(/\.ts$/, '.js');
      return {
        contents: source
          .replaceAll('import.meta.url', `new URL(${JSON.stringify(`./${place}`)}, import.meta.url).href`)
          .replaceAll(
            'import.meta.dirname',
            `(import.meta.dirname + ${JSON.stringify(`/${dirname(place)}`)})`,
          ),
        loader: 'ts',
      };
    });
  },
};

/**
 * Bolt loads its Express receiver with everything else, and that a web framework, eight character sets and a list of
 * all media types: a fifth of what a start has to read. The product has a receiver of its own for HTTP
 * (adapters/slack/http.ts) and never makes one of Bolt's, where alone these are called.
 * @type {import('esbuild').Plugin}
 */
const leftOut = {
  name: 'left out',
  setup(build) {
    build.onResolve({ filter: /^(express|raw-body)$/ }, ({ path }) => ({ path, namespace: 'left-out' }));
    build.onLoad({ filter: /./, namespace: 'left-out' }, ({ path }) => ({
      contents: `module.exports = () => { throw new Error('${path} is not part of this bundle'); };`,
    }));
  },
};

/**
 * What is taken into the bundle is passed on, and its licences ask to come along.
 * @param {readonly string[]} inputs paths from the root, with slashes on every platform
 * @returns {string} of every package among them: name, version, licence and its text
 */
function licencesOf(inputs) {
  const packages = new Set(
    inputs.flatMap((input) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(input)?.[1] ?? []),
  );
  return [...packages]
    .toSorted()
    .map(licenceOf)
    .join(`\n${'-'.repeat(80)}\n\n`);
}

/**
 * @param {string} place of the package, from the root
 */
function licenceOf(place) {
  const directory = join(paths.root, place);
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const file = readdirSync(directory).find((entry) => /^licen[cs]e/i.test(entry));
  const text = file === undefined ? '' : `\n${readFileSync(join(directory, file), 'utf8').trim()}\n`;
  return `${name} ${version} (${license})\n${text}`;
}
