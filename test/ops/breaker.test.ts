import { describe, expect, it } from 'vitest';
import { PortError } from '../../src/errors.ts';
import { withBreaker } from '../../src/ops/breaker.ts';
import type { AgentPort } from '../../src/ports.ts';
import { quietLog } from '../support/quiet-log.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const refusal = (status: number, code: string): PortError => new PortError({ kind: 'fatal', code, status });

/** An agent whose `status` and `create` do what the test says, and which counts its calls. */
function scripted() {
  const clock = virtualClock();
  const calls: string[] = [];
  let answer: (operation: string) => Promise<string> = () => Promise.resolve('idle');
  const ask = (operation: string): Promise<string> => {
    calls.push(operation);
    return answer(operation);
  };
  const agent = { status: () => ask('status'), create: () => ask('create') } as unknown as AgentPort;
  const breaker = withBreaker(agent, { clock, log: quietLog });
  return {
    ...breaker,
    clock,
    calls,
    answers: (next: typeof answer) => {
      answer = next;
    },
    status: () => breaker.agent.status('s'),
    create: () => breaker.agent.create({} as never),
  };
}

describe('the breaker for refusals that only an operator can lift', () => {
  it('B1: stops reading after a refused login, without another call (fault: key-revoked)', async () => {
    const agents = scripted();
    agents.answers(() => Promise.reject(refusal(401, 'authentication_error')));
    for (let n = 0; n < 3; n += 1)
      await expect(agents.status()).rejects.toMatchObject({ code: 'authentication_error' });
    await expect(agents.status()).rejects.toMatchObject({ kind: 'fatal', status: 401 });
    expect(agents.calls).toEqual(['status', 'status', 'status']);
    expect(agents.refusals()).toEqual(['Managed Agents refuses ANTHROPIC_API_KEY (authentication_error)']);
  });

  it('B2: what a person asked for is tried all the same, and what works closes it (fault: agent-archived)', async () => {
    const agents = scripted();
    agents.answers(() => Promise.reject(refusal(401, 'authentication_error')));
    for (let n = 0; n < 5; n += 1)
      await expect(agents.create()).rejects.toMatchObject({ code: 'authentication_error' });
    expect(agents.calls).toHaveLength(5);
    await expect(agents.status()).rejects.toMatchObject({ kind: 'fatal' });
    expect(agents.calls).toHaveLength(5);
    agents.answers(() => Promise.resolve('idle'));
    await expect(agents.create()).resolves.toBe('idle');
    await expect(agents.status()).resolves.toBe('idle');
    expect(agents.refusals()).toEqual([]);
  });

  it('B2: lets calls through again after a while, and waits longer each time', async () => {
    const agents = scripted();
    agents.answers(() => Promise.reject(refusal(401, 'authentication_error')));
    await Promise.allSettled([agents.status(), agents.status(), agents.status()]);
    expect(agents.calls).toHaveLength(3);
    await agents.clock.advance(5_000);
    await Promise.allSettled([agents.status(), agents.status()]);
    expect(agents.calls).toHaveLength(5);
    await agents.clock.advance(5_000);
    await Promise.allSettled([agents.status()]);
    expect(agents.calls).toHaveLength(5);
    agents.answers(() => Promise.resolve('idle'));
    await agents.clock.advance(5_000);
    await expect(agents.status()).resolves.toBe('idle');
    expect(agents.refusals()).toEqual([]);
  });

  it('one refusal alone may pass: what worked in between begins the count anew', async () => {
    const agents = scripted();
    for (let n = 0; n < 4; n += 1) {
      agents.answers(() => Promise.reject(refusal(403, 'permission_error')));
      await Promise.allSettled([agents.status()]);
      await Promise.allSettled([agents.status()]);
      agents.answers(() => Promise.resolve('idle'));
      await expect(agents.status()).resolves.toBe('idle');
    }
    expect(agents.calls).toHaveLength(12);
  });

  it.each(['retry', 'gone', 'refused', 'unknown'] as const)(
    'B3: is not opened by what is %s',
    async (kind) => {
      const agents = scripted();
      agents.answers(() => Promise.reject(new PortError({ kind, code: 'x', status: 429 })));
      await Promise.allSettled([agents.status(), agents.status()]);
      await Promise.allSettled([agents.status()]);
      expect(agents.calls).toHaveLength(3);
      expect(agents.refusals()).toEqual([]);
    },
  );
});
