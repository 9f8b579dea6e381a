import { EventEmitter } from 'node:events';
import { describe, expect, it } from 'vitest';
import { fired, stopSignal, type Signals } from '../../src/ops/stopping.ts';

function process(): { fake: EventEmitter & Signals; stdin: EventEmitter; exits: number[] } {
  const exits: number[] = [];
  const stdin = Object.assign(new EventEmitter(), { resume: () => undefined });
  const exit = (code: number): void => {
    exits.push(code);
  };
  return { fake: Object.assign(new EventEmitter(), { stdin, exit, ppid: 7 }), stdin, exits };
}

const still = { monotonic: () => 0, setTimer: () => () => undefined };

describe('stopSignal', () => {
  it('under npm, a new parent means that npm is gone', () => {
    const { fake } = process();
    const ticks: (() => void)[] = [];
    const clock = { ...still, setTimer: (tick: () => void) => (ticks.push(tick), () => undefined) };
    const signal = stopSignal({ process: fake, clock, hasParent: false, echoMs: 500 });
    ticks.shift()?.();
    expect(signal.aborted).toBe(false);
    Object.assign(fake, { ppid: 1 });
    ticks.shift()?.();
    expect(signal.reason).toBe('parent gone');
    expect(ticks).toEqual([]);
  });

  it.each(['SIGTERM', 'SIGINT'] as const)('%s asks once', async (name) => {
    const { fake, exits } = process();
    const signal = stopSignal({ process: fake, clock: still, hasParent: false, echoMs: 0 });
    fake.emit(name);
    await fired(signal);
    expect(signal.reason).toBe(name);
    expect(exits).toEqual([]);
  });

  it('a second one ends the process at once', () => {
    const { fake, exits } = process();
    const signal = stopSignal({ process: fake, clock: still, hasParent: false, echoMs: 0 });
    fake.emit('SIGINT');
    fake.emit('SIGTERM');
    expect(signal.aborted).toBe(true);
    expect(exits).toEqual([143]);
  });

  it("npm's echo of Ctrl-C is not a second one", () => {
    const { fake, exits } = process();
    let now = 1000;
    const signal = stopSignal({
      process: fake,
      clock: { ...still, monotonic: () => now },
      hasParent: false,
      echoMs: 500,
    });
    fake.emit('SIGINT');
    now += 100;
    fake.emit('SIGINT');
    expect([signal.aborted, exits]).toEqual([true, []]);
    now += 400;
    fake.emit('SIGINT');
    expect(exits).toEqual([130]);
  });

  it('the end of standard input means that the parent is gone', () => {
    const { fake, stdin, exits } = process();
    const signal = stopSignal({ process: fake, clock: still, hasParent: true, echoMs: 0 });
    stdin.emit('end');
    stdin.emit('close');
    expect(signal.reason).toBe('parent gone');
    expect(exits).toEqual([]);
  });

  it('and means nothing where there is no such parent', () => {
    const { fake, stdin } = process();
    const signal = stopSignal({ process: fake, clock: still, hasParent: false, echoMs: 0 });
    stdin.emit('end');
    expect(signal.aborted).toBe(false);
  });
});
