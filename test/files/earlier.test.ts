/** Files of what people said before they called the agent into their thread, on the whole product. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until, type Whole } from '../support/whole.ts';
import { attach, channelOf, given, PNG, start, textsOf } from './support.ts';

let whole: Whole;
beforeAll(async () => {
  whole = await start({ settings: { files: { maxMb: 1, maxOutMb: 1 } } });
});
afterAll(() => whole.stop());

it('are given to it by the same rules, and the sign of life does not wait for them', async () => {
  const { ids, say } = whole.slack.control;
  const channel = channelOf(whole);
  const odd = { name: 'far.txt', content: 'x', odd: { wire: { mode: 'external', is_external: true } } };
  const huge = { name: 'huge.bin', content: new Uint8Array(2 ** 20 + 1) };
  const screen = { name: 'screen.png', content: PNG, odd: { download: { status: 503, times: 2 } } };
  const root = attach(whole, { text: 'look at this', channel, user: ids.grace, files: [screen, odd] });
  attach(whole, { text: 'and at that', channel, user: ids.grace, threadTs: root, files: [huge] });
  attach(whole, {
    text: 'aside: between us',
    channel,
    user: ids.grace,
    threadTs: root,
    files: [{ name: 'secret.txt', content: 'secret' }],
  });
  const calls: string[] = [];
  const deaf = whole.listen(({ path }) => calls.push(path));
  const asked = say({ user: ids.ada, channel, threadTs: root, text: '@heddle what is wrong there?' });
  const blocks = await given(whole, asked);
  const text = textsOf(blocks);
  deaf();
  const [sign, sent] = [/chat\.postMessage/, /\/events(?:$|\?)/].map((call) =>
    calls.findIndex((path) => call.test(path)),
  );
  expect(sign).toBeGreaterThan(-1);
  expect(sign).toBeLessThan(sent ?? -1);
  expect(blocks.map(({ type }) => type)).toContain('image');
  expect(text).toContain('Files attached to earlier messages of this thread:');
  expect(text).toContain('- "screen.png" (image/png, 68 bytes), shown above as a picture');
  expect(text).toContain('- "far.txt", not given to you: not stored in Slack');
  expect(text).toContain('- "huge.bin", not given to you: larger than 1 MB');
  expect(text).not.toContain('secret');
  const note = await until(
    () => whole.bot(channel, root).find(({ shown }) => shown.includes(':paperclip:')),
    'a note about files',
  );
  expect(note.shown).toMatch(/2 files of that message and of what was said before it were not given/);
});
