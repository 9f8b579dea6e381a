/** What growth costs while its time to be written has not come, and what does not wait for that time. */
import { afterEach, expect, it } from 'vitest';
import { streamPlay, type StreamPlay } from './support/stream-play.ts';

let play: StreamPlay | undefined;
afterEach(() => play?.stop());

/** A reply by edits, whose first message stands without a word of the answer. */
async function posted(): Promise<StreamPlay> {
  play = streamPlay({ output: 'edit', starts: 0 });
  await play.clock.advance(500);
  expect(play.calls.map(({ call }) => call)).toEqual(['post']);
  return play;
}

const edits = (on: StreamPlay) => on.calls.filter(({ call }) => call === 'update');

it('growth that waits for its time is not looked at before, and is written then', async () => {
  const on = await posted();
  await on.grows('warp');
  await on.clock.advance(200);
  await on.grows('warp and');
  const before = on.looks;
  for (let word = 1; word <= 20; word += 1) await on.grows(`warp and ${'weft '.repeat(word)}`);
  expect(on.looks).toBe(before);
  await on.clock.advance(3_000);
  expect(edits(on).map(({ text }) => text)).toEqual(['warp', expect.stringContaining('weft weft')]);
});

it('a first text does not wait for the time of other growth', async () => {
  const on = await posted();
  await on.steps('step-1');
  await on.clock.advance(200);
  // The step is written when its time has come; the first text comes before that.
  expect(edits(on)).toEqual([]);
  const { clock } = on;
  const since = clock.monotonic();
  await on.grows('warp');
  await clock.advance(100);
  expect(edits(on).map(({ text }) => text)).toEqual([expect.stringContaining('warp')]);
  expect((edits(on)[0]?.at ?? 0) - since).toBeLessThan(100);
});
