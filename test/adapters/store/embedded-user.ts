/** A process that uses the embedded Redis: `embedded-user.ts <checkout>`. Leaves at the first line it reads. */
import { once } from 'node:events';
import { startEmbeddedRedis } from '../../../src/adapters/store/embedded.ts';
import { testCacheDir } from '../../support/redis.ts';
import { quietLog } from '../../support/quiet-log.ts';

const embedded = await startEmbeddedRedis({
  checkoutDir: process.argv[2] ?? '',
  dataDir: '.heddle',
  cacheDir: testCacheDir,
  log: quietLog,
});
process.stdout.write('joined\n');
await once(process.stdin, 'data');
await embedded.leave();
process.exit(0);
