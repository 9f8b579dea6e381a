/** `npm run heddle -- <command>`: installs and builds what is missing, then runs the command in this process. */
import { ensureBuilt } from './lib/ensure.js';
import { paths } from './lib/paths.js';
import { leave } from './lib/leave.js';

try {
  await ensureBuilt();
} catch (error) {
  leave(error);
}
const { main } = await import(paths.entry);
await main(process.argv.slice(2), true);
