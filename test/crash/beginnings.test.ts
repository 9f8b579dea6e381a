/** Killed with -9 between the post of a message of ours and what it begins: it is begun once, by whoever comes next. */
import { describe, expect, it } from 'vitest';
import { takeoverLeft } from './support/check.ts';
import { clearHolds, holdSlack, type Effect } from './support/moments.ts';
import { LAST, plain } from './support/script.ts';
import { SLOW, worlds } from './support/setting.ts';
import type { World } from './support/world.ts';

const world = worlds();

/** Messages of the bot at the top of a channel. */
const roots = ({ slack }: World, channel: string) =>
  slack.control
    .messages(channel)
    .filter(({ botId, threadTs, ts }) => botId === slack.control.ids.botId && (threadTs ?? ts) === ts);
const answers = ({ slack }: World, channel: string, root: string) =>
  slack.control
    .messages(channel, root)
    .filter(
      ({ botId, ts, shown }) => botId === slack.control.ids.botId && ts !== root && shown.includes(LAST),
    );

describe('killed while something begins', SLOW, () => {
  it('a fork and a request out of a form stand once, and are answered once', async (test) => {
    const here = await world(test);
    const { control } = here.slack;
    const { ids } = control;
    here.agents.control.script(plain(LAST));
    const first = here.bot();
    await first.ready();

    async function forked(effect: Effect): Promise<string> {
      const talk = here.talk('weave');
      await control.waitFor(() => talk.words().includes(LAST) && talk.status() === 'active', 30_000);
      const held = holdSlack(here, 'chat.postMessage', effect, { channel: talk.channel, holds: 'forked' });
      talk.reply('@heddle fork: another pattern');
      await held;
      return talk.channel;
    }

    async function asked(effect: Effect): Promise<string> {
      const channel = here.channel();
      const held = holdSlack(here, 'chat.postMessage', effect, { channel, holds: 'asks:' });
      await control.shortcut({ user: ids.ada, callbackId: 'ask_heddle_global' });
      const view = await control.waitFor(() => control.views(ids.ada).at(-1), 10_000);
      const values = {
        where: { conversation: { type: 'conversations_select', selected_conversation: channel } },
        words: { text: { type: 'plain_text_input', value: 'weave' } },
      };
      control.submitView({ user: ids.ada, viewId: view.id, values }).catch(() => undefined);
      await held;
      return channel;
    }

    const channels = [
      await forked('done'),
      await forked('not done'),
      await asked('done'),
      await asked('not done'),
    ];
    await first.kill9();
    const killedAt = performance.now();
    clearHolds(here);
    const second = here.bot();
    await second.ready();
    await control.waitFor(
      () =>
        channels.every((channel) => {
          const [root] = roots(here, channel);
          return root !== undefined && answers(here, channel, root.ts).length > 0;
        }),
      takeoverLeft(killedAt) + 10_000,
    );
    await here.atRest(second);
    for (const channel of channels) {
      const stand = roots(here, channel);
      expect(stand.map(({ shown }) => shown)).toHaveLength(1);
      expect(answers(here, channel, stand[0]?.ts ?? '')).toHaveLength(1);
    }
  });
});
