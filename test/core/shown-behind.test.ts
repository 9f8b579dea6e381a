import { describe, expect, it } from 'vitest';
import { doubtPosts, intend } from '../../src/core/shown.ts';
import { newThread } from '../../src/core/state.ts';

const thread = newThread({ team: 'T1', channel: 'C1', ts: '1790000000.000100' }, 'channel');
const AWAY = 1_790_000_100_000;

describe('a record that may be older than what was done', () => {
  it('I7: what it does not know is looked for before it is posted, as meant before the store was away', () => {
    const known = intend(thread, ['t1.0'], AWAY - 500);
    const behind = doubtPosts(known, AWAY);
    const { posted } = intend(behind, ['t1.0', 't1.1'], AWAY + 3_000, ['t1.1']);
    expect(posted['t1.0']).toMatchObject({ intent: AWAY - 500, doubt: true });
    expect(posted['t1.1']).toMatchObject({ intent: AWAY, doubt: true, stream: { is: 'starting' } });
  });

  it('is trusted again after a minute, and where the store was not away', () => {
    const later = AWAY + 60_000;
    expect(intend(doubtPosts(thread, AWAY), ['t1.0'], later).posted['t1.0']).toEqual({
      intent: later,
      gen: 0,
    });
    expect(intend(doubtPosts(thread), ['t1.0'], later).posted['t1.0']).toEqual({ intent: later, gen: 0 });
  });

  it('is in doubt for the next holder as well', () => {
    const again = doubtPosts(doubtPosts(thread, AWAY));
    expect(intend(again, ['t1.0'], AWAY + 1).posted['t1.0']?.doubt).toBe(true);
  });
});
