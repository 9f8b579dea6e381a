/** In whatever order, and however often, Slack delivers what people write: each message counts once, in its place. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemoryStore } from '../../src/adapters/store/memory.ts';
import type { IncomingMessage } from '../../src/core/event.ts';
import { route } from '../../src/core/route.ts';
import { bot, mention } from '../core/support/incoming.ts';
import { says } from '../core/support/inputs.ts';
import { play, wordsOf } from '../core/support/play.ts';
import { virtualClock } from '../support/virtual-clock.ts';

/** Both events of one mention, as Slack sends them. */
function twins(
  text: string,
  threadTs: string | undefined,
  clientMsgId: string | undefined,
): readonly IncomingMessage[] {
  const first = mention(text, {
    ts: '1790000000.000300',
    ...(threadTs === undefined ? {} : { threadTs }),
    ...(clientMsgId === undefined ? {} : { clientMsgId }),
  });
  return [first, { ...first, eventId: 'Ev2', mentionEvent: true }];
}

describe('the two events of one mention', () => {
  it('count once, in any order and however often each comes (fault: mention-twice)', async () => {
    const texts = fc.oneof(fc.string({ maxLength: 20 }), fc.constantFrom('stop', '', '! now', 'hello'));
    const order = fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        texts,
        fc.option(fc.constantFrom('1790000000.000100'), { nil: undefined }),
        fc.option(fc.constantFrom('c-1'), { nil: undefined }),
        order,
        async (text, threadTs, clientMsgId, deliveries) => {
          const store = createMemoryStore({ appId: 'A0APP', clock: virtualClock() });
          const events = twins(text, threadTs, clientMsgId);
          const outcomes: string[] = [];
          for (const which of deliveries) {
            const event = events[which];
            const to = event && route(event, bot);
            if (to?.to !== 'thread') continue;
            const { thread, claims, input, when } = to;
            outcomes.push((await store.admit({ thread, claims, input, when })).outcome);
          }
          expect(outcomes.filter((outcome) => outcome === 'admitted').length).toBe(
            outcomes.length > 0 ? 1 : 0,
          );
          await store.close();
        },
      ),
    );
  });
});

describe('replies that come in another order than they were written', () => {
  it('are each sent once; what is not sent yet in order, what comes later with a note (fault: replies-out-of-order)', () => {
    const plan = fc.integer({ min: 2, max: 8 }).chain((count) =>
      fc.tuple(
        fc.shuffledSubarray(
          Array.from({ length: count }, (_, at) => at + 2),
          { minLength: count },
        ),
        fc.array(fc.boolean(), { minLength: count, maxLength: count }),
      ),
    );
    fc.assert(
      fc.property(plan, ([order, answered]) => {
        const p = play().working();
        const sent: { readonly no: number; readonly late: boolean }[] = [];
        const note = (effects: Parameters<typeof wordsOf>[0]): void => {
          const batch = wordsOf(effects).map((words) => ({
            no: Number(/reply (\d+)/.exec(words)?.[1]),
            late: words.includes('written earlier'),
          }));
          expect(batch.map(({ no }) => no)).toEqual(batch.map(({ no }) => no).sort((a, b) => a - b));
          for (const { no, late } of batch)
            expect([no, late]).toEqual([no, sent.some((other) => other.no > no)]);
          sent.push(...batch);
        };
        for (const [at, no] of order.entries()) {
          note(p.give(says(no, `reply ${no}`)));
          if (answered[at]) note(p.acknowledge());
        }
        for (let round = 0; round <= order.length; round += 1) note(p.acknowledge());
        expect(sent.map(({ no }) => no).sort((a, b) => a - b)).toEqual([...order].sort((a, b) => a - b));
      }),
    );
  });
});
