/** The adapter as a whole against the playground's Slack, over either transport. */
import { createSlackPort, type SlackAdapter } from '../../../../src/adapters/slack/api.ts';
import { createLanes } from '../../../../src/adapters/slack/lanes.ts';
import { createSlackSource, type MountableSlackSource } from '../../../../src/adapters/slack/source.ts';
import { systemClock } from '../../../../src/lib/time.ts';
import { startSlackServer, type SlackServer } from '../../../../src/playground/slack/index.ts';
import { memoryLog, type MemoryLog } from './clock.ts';
import { mount } from './fake-slack.ts';
import { testIntake, type TestIntake } from './intake.ts';
import { testLimiter } from './limiter.ts';

export interface AdapterWorld {
  readonly slack: SlackServer;
  readonly intake: TestIntake;
  readonly source: MountableSlackSource;
  readonly port: SlackAdapter;
  readonly log: MemoryLog;
}

const ends: (() => Promise<void>)[] = [];

export async function endWorlds(): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end();
}

export async function adapterWorld(transport: 'socket' | 'http'): Promise<AdapterWorld> {
  const secret = 'a-signing-secret';
  const late: { source?: MountableSlackSource } = {};
  const server = await mount(async (request, response) => {
    await late.source?.routes[0]?.handler(request, response);
  });
  ends.push(() => server.close());
  const slack = await startSlackServer({
    timings: { retries: [20, 20, 20], ackMs: 400 },
    events:
      transport === 'http' ? { mode: 'http', url: server.url, signingSecret: secret } : { mode: 'socket' },
  });
  ends.push(() => slack.stop());
  const log = memoryLog();
  const intake = testIntake();
  const lanes = createLanes({ limiter: testLimiter(systemClock), clock: systemClock, log });
  const port = createSlackPort({ token: slack.botToken, apiUrl: slack.apiUrl, lanes, log });
  const source = createSlackSource({
    config: {
      botToken: slack.botToken,
      apiUrl: slack.apiUrl,
      ...(transport === 'socket' ? { appToken: slack.appToken } : { signingSecret: secret }),
    },
    intake,
    log,
    slack: port,
  });
  late.source = source;
  ends.push(() => source.stop());
  await source.start();
  return { slack, intake, source, port, log };
}
