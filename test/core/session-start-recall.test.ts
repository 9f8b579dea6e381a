/** What was kept while the earlier conversation was read is not in what was read. */
import { expect, it } from 'vitest';
import { says, stops, tsOf } from './support/inputs.ts';
import { only, play } from './support/play.ts';

it('words that were stopped while the thread was being read go along with the next message', () => {
  const p = play();
  expect(only(p.give(says(3, 'first', undefined, { inThread: true })), 'recall').before).toBe(tsOf(3));
  p.give(says(4, 'second'));
  p.give(stops());
  p.give(says(5, 'third'));
  const text = '<context>what came before</context>';
  p.give({ kind: 'recalled', before: tsOf(3), messages: 1, leftOut: 0, missing: false, text });
  const { gen } = p.state;
  const { events } = only(p.give({ kind: 'created', gen, session: 'sesn_1' }), 'send');
  const sent = JSON.stringify(events);
  for (const word of ['what came before', 'first', 'second', 'third']) expect(sent).toContain(word);
});
