/**
 * `npm run sim`, `npm run kill`: installs and builds what is missing, then runs one of the long proofs with the
 * arguments given. Its exit code is theirs.
 */
import { join } from 'node:path';
import { run } from './lib/child.js';
import { ensureBuilt } from './lib/ensure.js';
import { leave } from './lib/leave.js';
import { paths } from './lib/paths.js';

const proofs = { sim: 'test/sim/main.ts', kill: 'test/kill/run.ts' };

const [name = '', ...args] = process.argv.slice(2);
const file = Object.hasOwn(proofs, name) ? proofs[/** @type {keyof typeof proofs} */ (name)] : undefined;
if (file === undefined) {
  process.stderr.write(`There is no proof "${name}"; there are ${Object.keys(proofs).join(' and ')}.\n`);
  process.exit(64);
}
try {
  await ensureBuilt({ tools: true });
} catch (error) {
  leave(error);
}
const { code } = await run(process.execPath, ['--import', 'tsx', join(paths.root, file), ...args], {
  show: true,
});
process.exitCode = code;
