/** The bot's process as the page sees it, at the moments between two processes. */
import { describe, expect, it } from 'vitest';
import { Bot } from '../../src/playground/parent-bot.ts';
import { eventually } from '../support/eventually.ts';

/** A process that says it is ready, and ends when it is asked to. */
const script = `console.log(JSON.stringify({ msg: 'ready' })); setInterval(() => {}, 1000);`;

/** `prepare` waits for `go`, as often as it is called. */
function bot(prepare: () => Promise<void>): { it: Bot; states: string[] } {
  const states: string[] = [];
  const it = new Bot({
    file: process.execPath,
    args: ['-e', script],
    prepare: async () => {
      await prepare();
      return { env: {}, port: 1 };
    },
    drainMs: 5000,
    out: () => undefined,
    err: () => undefined,
    changed: ({ state }) => states.push(state),
    ready: () => undefined,
  });
  return { it, states };
}

describe('the bot’s process', () => {
  it('killed between the two processes of a restart is dead, and can be started', async () => {
    let starts = 0;
    let open = (): void => undefined;
    const shut = (): Promise<void> => new Promise((resolve) => (open = resolve));
    const { it: one, states } = bot(async () => {
      starts += 1;
      if (starts > 1) await shut();
    });
    one.start();
    await eventually(() => expect(one.state.state).toBe('running'));
    one.restart();
    // The old one is gone, and the new one is not there yet.
    await eventually(() => expect(starts).toBe(2));
    expect(one.kill().state).toBe('killed');
    one.restart();
    open();
    await eventually(() => expect(one.state.state).toBe('running'));
    await one.end();
    expect(states).toEqual([
      'starting',
      'running',
      'stopping',
      'killed',
      'starting',
      'running',
      'stopping',
      'exited',
    ]);
  });

  it('killed while its start fails stays killed', async () => {
    let fail: (error: Error) => void = () => undefined;
    const { it: one, states } = bot(() => new Promise((_resolve, reject) => (fail = reject)));
    one.start();
    expect(one.kill().state).toBe('killed');
    fail(new Error('no port'));
    await new Promise(setImmediate);
    expect(states).toEqual(['killed']);
  });
});
