/** The port under test against the server that says what it is told, and what most tests ask of it. */
import { createAgentPort } from '../../../src/adapters/anthropic/sessions.ts';
import type { AgentPortOptions } from '../../../src/adapters/anthropic/sessions.ts';
import { systemClock } from '../../../src/lib/time.ts';
import type { AgentPort, NewSession } from '../../../src/ports.ts';
import type { SessionList } from '../../../src/ports-recovery.ts';
import { keptLog } from './wire.ts';
import type { Wire } from './wire.ts';

export function portOn(wire: Wire, more: Partial<AgentPortOptions> = {}): AgentPort & SessionList {
  return createAgentPort({
    apiKey: 'sk-ant-test',
    baseURL: wire.baseUrl,
    agent: { id: 'agent_1', version: 7 },
    environmentId: 'env_1',
    appId: 'A1',
    log: keptLog(),
    clock: systemClock,
    ...more,
  });
}

export const thread = { team: 'T1', channel: 'C1', ts: '1790000000.000100' };
export const asked: NewSession = { title: 'Why is the build red?', thread, gen: 2, budgetUsd: 10 };
export const hello = { type: 'user.message', texts: ['hello'] } as const;

export const session = (fields: object = {}) => ({
  type: 'session',
  id: 'sesn_1',
  status: 'idle',
  archived_at: null,
  metadata: { app: 'A1', thread: 'T1:C1:1790000000.000100', gen: '2' },
  ...fields,
});
