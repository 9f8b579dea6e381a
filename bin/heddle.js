#!/usr/bin/env node
/**
 * The product's own process, without npm around it: for supervisors, containers and signals.
 * It never installs or builds; `npm start` and `npm run heddle` do that first (bin/lib/ensure.js).
 */

/** sysexits.h `EX_CONFIG`: what is wrong is the set-up, and starting again cannot help. */
const EX_CONFIG = 78;

// Asked to stop before the product has loaded and listens itself: there is nothing to end. Nothing is imported before
// this, so that it holds from the first moment in which Node runs anything; until then the system ends the process.
for (const signal of process.argv[2] === 'start' ? ['SIGTERM', 'SIGINT'] : []) {
  process.on(signal, () => {
    if (process.listenerCount(signal) === 1) process.exit(0);
  });
}

// From Node 22.8 on: what was compiled once is kept, in the system's temporary directory, for the next start.
const modules = await import('node:module');
/** @type {{ enableCompileCache?: () => unknown }} */ (modules).enableCompileCache?.();

const { existsSync } = await import('node:fs');
const { nodeProblem, paths } = await import('./lib/paths.js');

const problem = nodeProblem() ?? notBuilt();
if (problem) {
  process.stderr.write(`${problem}\n`);
  process.exitCode = EX_CONFIG;
} else {
  const { main } = await import(paths.entry);
  await main(process.argv.slice(2));
}

/** @returns {string | undefined} what to run first, where nothing is built yet */
function notBuilt() {
  if (existsSync(paths.entryFile) && existsSync(paths.packages)) return undefined;
  return `Heddle is not built yet. Run \`npm start\` or \`npm run build\` in ${paths.root} first.`;
}
