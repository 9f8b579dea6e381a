/**
 * Installs and builds what is missing. Several processes may want this at once: one does it, the others wait
 * and find it done. What is said goes to stderr; stdout belongs to the product's log.
 */
import { compile } from './compile.js';
import { install, isInstalled } from './install.js';
import { acquireLock } from './lock.js';
import { nodeProblem, paths } from './paths.js';
import { stampOfBuild, stampOfSources } from './stamp.js';

/** @param {string} text */
function say(text) {
  process.stderr.write(`heddle: ${text}\n`);
}

/**
 * @param {{ force?: boolean, tools?: boolean }} [options] `force` builds in any case; `tools` wants the
 *   development packages too, which a build that is already there does not need
 */
export async function ensureBuilt({ force = false, tools = false } = {}) {
  const problem = nodeProblem();
  if (problem) throw new Error(problem);
  if (!force && isReady(tools)) return;
  const lock = await acquireLock(paths.locks, {
    onWait: () => say('waiting for another process that builds'),
  });
  try {
    const stamp = stampOfSources();
    const isStale = force || stamp !== stampOfBuild();
    if (!isInstalled({ dev: tools || isStale })) {
      say('installing packages');
      await install((pid) => lock.join(pid));
    }
    if (isStale) {
      say('building');
      await compile(stamp, (pid) => lock.join(pid));
    }
  } finally {
    lock.release();
  }
}

/** @param {boolean} tools */
function isReady(tools) {
  return stampOfBuild() === stampOfSources() && isInstalled({ dev: tools });
}
