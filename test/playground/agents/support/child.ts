/** The emulator as a process of its own, to be killed: prints its address, then serves until it dies. */
import { startAgentsServer } from '../../../../src/playground/agents/index.ts';

const [journal = '', port = '0', pace = '1'] = process.argv.slice(2);
const server = await startAgentsServer({
  journal,
  port: Number(port),
  pace: Number(pace),
  settings: { startMs: 0 },
});
process.stdout.write(`${server.url}\n`);
