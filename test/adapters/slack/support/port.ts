/** The port with the real Web API client against a scripted Slack. Timers are real; its clock can be set ahead. */
import { expect } from 'vitest';
import { createSlackPort, type SlackAdapter } from '../../../../src/adapters/slack/api.ts';
import { createLanes } from '../../../../src/adapters/slack/lanes.ts';
import type { LaneLimiter } from '../../../../src/adapters/slack/lane-gate.ts';
import { systemClock } from '../../../../src/lib/time.ts';
import type { Clock } from '../../../../src/ports.ts';
import { memoryLog, type MemoryLog } from './clock.ts';
import { fakeSlack, type FakeSlack } from './fake-slack.ts';
import { openLimiter } from './limiter.ts';

export interface PortWorld {
  slack: FakeSlack;
  readonly log: MemoryLog;
  readonly port: SlackAdapter;
  /** Milliseconds by which the port's clock is ahead. */
  ahead: number;
  close(): Promise<void>;
}

export const thread = { team: 'T1', channel: 'C1', ts: '1790000000.000100' };
export const place = { team: 'T1', channel: 'C1', priority: 'final' } as const;

/** The token and every content of these tests hold the word `canary`, which no log may show. */
export async function portWorld(limiter: LaneLimiter = openLimiter): Promise<PortWorld> {
  const slack = await fakeSlack();
  const log = memoryLog();
  const clock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() + world.ahead };
  const lanes = createLanes({ limiter, clock, log });
  const world: PortWorld = {
    slack,
    log,
    port: createSlackPort({ token: 'xoxb-secret-canary', apiUrl: slack.apiUrl, lanes, log, clock }),
    ahead: 0,
    async close() {
      await world.slack.close();
      expect(log.all()).not.toContain('canary');
    },
  };
  return world;
}
