/**
 * `npm start`: installs and builds what is missing, then runs in this same process. With Slack credentials
 * it connects to Slack, without any it opens the playground; src/index.ts decides which.
 */
import { ensureBuilt } from './lib/ensure.js';
import { paths } from './lib/paths.js';
import { leave } from './lib/leave.js';

try {
  await ensureBuilt();
} catch (error) {
  leave(error);
}
const { npmStart } = await import(paths.entry);
await npmStart(process.argv.slice(2));
