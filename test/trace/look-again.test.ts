/** I7: a failed look for our own message is not "not there", and no reason to give the thread up. */
import { expect, it } from 'vitest';
import type { Log } from '../../src/ports.ts';
import { quietLog } from '../support/quiet-log.ts';
import { SHORT, startWhole } from '../support/whole.ts';

it('looks again where the look failed, and holds on to the thread', async () => {
  const warned: string[] = [];
  const log: Log = { ...quietLog, warn: (_, msg) => warned.push(msg), child: () => log };
  const whole = await startWhole({ times: SHORT, log });
  const { ids, faults, say, calls } = whole.slack.control;
  try {
    faults.add({ method: 'chat.postMessage', fault: { type: 'reset', commit: true } });
    // One look asks three times by itself.
    faults.add({ method: 'conversations.replies', times: 4, fault: { type: 'http', status: 500 } });
    const ts = say({ user: ids.ada, channel: ids.general, text: '@heddle hello' });
    await whole.slack.control.waitFor(
      () => (calls.counts()['conversations.replies']?.ok ?? 0) > 0,
      15_000,
      'a look that succeeds',
    );
    await whole.calm(ids.general, ts, 15_000);
    expect(whole.bot(ids.general, ts)).toHaveLength(1);
    expect(calls.counts()['chat.postMessage']?.calls).toBe(1);
    expect(warned.filter((msg) => msg.includes('given up'))).toEqual([]);
  } finally {
    await whole.stop();
  }
});
