/** A channel that people of another organisation read (Slack Connect), on the whole product. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { ids } from '../../src/playground/slack/world.ts';
import { down, onLossyGround, up } from '../recovery/support.ts';
import { startWhole, until, type Whole } from '../support/whole.ts';

let whole: Whole;
beforeAll(async () => {
  whole = await startWhole({ settings: { startByReaction: true }, agents: { settings: { statusLagMs: 0 } } });
});
afterAll(() => whole.stop());

const channel = ids.shared;
const words = { words: { text: { type: 'plain_text_input', value: 'weave' } } };
const told = (): string =>
  whole.slack.control
    .ephemerals(ids.ada)
    .map(({ shown }) => shown)
    .join('\n');

/** Opens a form by this shortcut and sends it; what Slack is answered. */
async function sent(callbackId: string, at: object, more: object = {}): Promise<string> {
  const { control } = whole.slack;
  await control.shortcut({ user: ids.ada, callbackId, ...at });
  const form = await until(() => control.views(ids.ada).at(-1), 'the form');
  const answer = await control.submitView({ user: ids.ada, viewId: form.id, values: { ...words, ...more } });
  await control.closeView({ user: ids.ada, viewId: form.id, cleared: true }).catch(() => undefined);
  return JSON.stringify(answer);
}
const where = (place: string): object => ({
  where: { conversation: { type: 'conversations_select', selected_conversation: place } },
});

it('is none that it works in, by whichever way it is asked, where no setting says so (fault: channel-shared)', async () => {
  const { control } = whole.slack;
  control.say({ user: ids.ada, channel, text: '@heddle hello' });
  await until(() => told().includes('People of another organisation read this channel'), 'a refusal');
  const plain = control.say({ user: ids.ada, channel, text: 'hello' });
  const before = control.ephemerals(ids.ada).length;
  control.edit({ user: ids.ada, channel, ts: plain, text: '@heddle hello' });
  await until(() => control.ephemerals(ids.ada).length > before, 'another refusal');
  expect(await sent('ask_heddle', { channel, ts: plain })).toContain('People of another organisation');
  expect(await sent('ask_heddle_global', {}, where(channel))).toContain('People of another organisation');
  control.react({ user: ids.ada, channel, ts: plain, name: 'thread' });
  await until(() => control.deliveries.waiting === 0, 'all are delivered');
  expect(whole.agents.control.sessions()).toEqual([]);
  expect(whole.bot(channel, plain)).toEqual([]);
});

it('says so once in each thread, where a setting lets it work there', async () => {
  const other = await startWhole({ settings: { sharedChannels: true } });
  const { control } = other.slack;
  const root = control.say({ user: ids.ada, channel, text: '@heddle hello' });
  await other.calm(channel, root);
  control.say({ user: ids.ada, channel, threadTs: root, text: 'and on' });
  await until(() => other.agents.control.sessions().flatMap(({ events }) => events).length > 8, 'a reply');
  await other.calm(channel, root);
  expect(other.words(channel, root).match(/This channel is shared/g)).toHaveLength(1);
  await other.stop();
});

it('works where people of other organisations are let in, and for them', async () => {
  const allow = { guests: false, outsiders: true, bots: false };
  const other = await startWhole({ settings: { allow } });
  const root = other.slack.control.say({ user: ids.outsider, channel, text: '@heddle hello' });
  await other.calm(channel, root);
  expect(other.words(channel, root)).toContain('This channel is shared');
  expect(other.agents.control.sessions()).toHaveLength(1);
  await other.stop();
});

it('nobody asks in a private channel that they are not in, whatever their form says (fault: form-forged)', async () => {
  const { control } = whole.slack;
  await control.shortcut({ user: ids.linus, callbackId: 'ask_heddle_global' });
  const form = await until(() => control.views(ids.linus).at(-1), 'the form');
  const values = { ...words, ...where(ids.secret) } as Parameters<typeof control.submitView>[0]['values'];
  const answer = await control.submitView({ user: ids.linus, viewId: form.id, values });
  expect(JSON.stringify(answer)).toContain('I cannot see that you are in that channel');
  expect(control.messages(ids.secret)).toEqual([]);
});

it(
  'is none that it works in after a gap either: what nobody heard is refused, not begun',
  onLossyGround(async (missed) => {
    const { control } = missed.slack;
    const known = control.say({ user: ids.ada, channel: ids.general, text: '@heddle hello' });
    await missed.calm(ids.general, known);
    await down(missed);
    control.say({ user: ids.ada, channel, text: '@heddle hello' });
    await up(missed);
    await until(
      () => control.ephemerals(ids.ada).some(({ shown }) => shown.includes('another organisation')),
      'a refusal',
      30_000,
    );
    expect(missed.agents.control.sessions()).toHaveLength(1);
  }),
  60_000,
);
