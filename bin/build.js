/** `npm run build`: installs what is missing and builds, `--force` also where the build is fresh. */
import { ensureBuilt } from './lib/ensure.js';
import { leave } from './lib/leave.js';

try {
  await ensureBuilt({ force: process.argv.includes('--force') });
} catch (error) {
  leave(error);
}
