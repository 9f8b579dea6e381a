/**
 * `npm test`: installs what is missing, then type check, lint, formatting, and every test against a real
 * Redis. Arguments go to vitest. The last line says how many tests passed and failed, from vitest's own
 * report; a check that fails counts as one failure.
 */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { run, runNode } from './lib/child.js';
import { ensureBuilt } from './lib/ensure.js';
import { leave } from './lib/leave.js';
import { paths, tool } from './lib/paths.js';

/**
 * @typedef {{ status: string, assertionResults: unknown[] }} FileReport
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests: number, numTodoTests: number,
 *   success: boolean, testResults: FileReport[] }} Report
 * @typedef {{ passed: number, failed: number, skipped: number }} Tally
 */

try {
  await ensureBuilt({ tools: true });
  await findRedis();
} catch (error) {
  leave(error);
}
const failedChecks = await runChecks();
const tally = await runTests(process.argv.slice(2));
const failed = tally.failed + failedChecks.length;
if (failedChecks.length > 0) say(`\nfailed before the tests: ${failedChecks.join(', ')}`);
const skipped = tally.skipped > 0 ? `, ${tally.skipped} skipped` : '';
say(`\n${tally.passed} passed, ${failed} failed${skipped}`);
process.exitCode = failed > 0 || tally.passed === 0 ? 1 : 0;

/** @param {string} text */
function say(text) {
  process.stdout.write(`${text}\n`);
}

/** The store's tests need a real server: one is found or fetched now, and the reason said where neither works. */
async function findRedis() {
  const file = join(paths.dist, 'local-redis.js');
  const { findRedisServer } = await import(pathToFileURL(file).href);
  const server = await findRedisServer({ cacheDir: join(paths.root, '.heddle', 'cache') });
  say(`redis  ${server.file}`);
}

/** @returns {Promise<string[]>} the names of the checks that failed; their complaints are printed */
async function runChecks() {
  const client = join('src', 'playground', 'page', 'client', 'tsconfig.json');
  const checks = {
    types: () => runNode(tool('typescript/bin/tsc'), ['-p', 'tsconfig.json', '--noEmit']),
    'types of the page': () => runNode(tool('typescript/bin/tsc'), ['-p', client, '--noEmit']),
    lint: () => runNode(tool('oxlint/bin/oxlint'), ['--type-aware']),
    format: () =>
      runNode(tool('prettier/bin/prettier.cjs'), ['--check', '--log-level=warn', 'src', 'test', 'bin']),
    '.ci/run': () => run('bash', ['-n', '.ci/run']),
  };
  const failed = [];
  for (const [name, check] of Object.entries(checks)) {
    const { code, output } = await check();
    say(`${code === 0 ? 'ok    ' : 'FAILED'} ${name}`);
    if (code === 0) continue;
    failed.push(name);
    say(output.trim());
  }
  return failed;
}

/**
 * @param {readonly string[]} args
 * @returns {Promise<Tally>}
 */
async function runTests(args) {
  const directory = join(paths.root, '.heddle', 'test');
  const report = join(directory, `report-${process.pid}.json`);
  mkdirSync(directory, { recursive: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  const { code } = await runNode(tool('vitest/vitest.mjs'), ['run', ...reporters, ...args], {
    show: true,
    env: withoutSettings(process.env),
  });
  try {
    return tallyOf(JSON.parse(readFileSync(report, 'utf8')), code);
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(report, { force: true });
  }
}

/**
 * The tests say themselves what is set; what the person at the keyboard has set must not change them.
 * @param {NodeJS.ProcessEnv} env
 */
function withoutSettings(env) {
  const settings = /^(SLACK_|ANTHROPIC_|HEDDLE_(?!TEST_)|npm_|(REDIS_URL|PORT|LOG_LEVEL|NODE_ENV)$)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !settings.test(name)));
}

/**
 * A file that did not load has no tests to count, and an error outside any test belongs to none: both fail.
 * @param {Report} report
 * @param {number} code
 * @returns {Tally}
 */
function tallyOf(report, code) {
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
  ).length;
  const counted = report.numFailedTests + unloaded;
  return {
    passed: report.numPassedTests,
    failed: counted === 0 && code !== 0 ? 1 : counted,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}
