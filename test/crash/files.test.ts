/** Killed while files are on their way: what was attached arrives, what was written is shared once. */
import { describe, expect, it } from 'vitest';
import type { Op } from '../../src/playground/agents/types.ts';
import { takeoverLeft } from './support/check.ts';
import { waitUntil } from './support/bot.ts';
import { clearHolds, holdAgents, holdSlack } from './support/moments.ts';
import { CANARY } from './support/script.ts';
import { SLOW, worlds } from './support/setting.ts';
import type { World } from './support/world.ts';

const world = worlds();

const wrote: Op[] = [
  { op: 'use', key: 'w', name: 'write', input: {} },
  { op: 'result', key: 'w', text: 'written' },
];

interface Place {
  readonly channel: string;
  readonly ts: string;
}

function attach(here: World, name: string): Place {
  const { control } = here.slack;
  const channel = here.channel();
  const files = [{ name, content: `this is ${name} ${CANARY}` }];
  const ts = control.say({ user: control.ids.ada, channel, text: `@heddle read ${CANARY}`, files });
  return { channel, ts };
}

/** User messages of the thread, and paths that are mounted for it. */
function given(here: World, { ts }: Place): { messages: string[]; mounted: string[] } {
  const sessions = here.agents.control.sessions();
  const messages = sessions.flatMap(({ events }) =>
    events.filter(({ type }) => type === 'user.message').map((event) => JSON.stringify(event)),
  );
  const mounted = sessions.flatMap(({ record }) => record['resources'] as { mount_path: string }[]);
  return {
    messages: messages.filter((event) => event.includes(`<slack ts=\\"${ts}\\"`)),
    mounted: mounted.flatMap(({ mount_path: path }) => (path.includes(ts) ? [path] : [])),
  };
}

function shared(here: World, { channel, ts }: Place): string[] {
  return here.slack.control.messages(channel, ts).flatMap(({ files }) => files);
}

describe.concurrent('killed with -9 and started again', SLOW, () => {
  it('while files are fetched, stored and mounted: each message goes once, with its file (fault: kill-mid-file)', async (test) => {
    const here = await world(test);
    const first = here.bot();
    await first.ready();
    // Whichever is first at each of these places stays there.
    const reached = [
      holdSlack(here, 'files.info', 'not done'),
      holdAgents(here, 'files.upload', 'not done'),
      holdAgents(here, 'files.upload', 'done'),
      holdAgents(here, 'resources.add', 'not done'),
      holdAgents(here, 'resources.add', 'done'),
    ];
    const places = reached.map((_, at) => attach(here, `plan-${at}.txt`));
    await Promise.all(reached);
    await first.kill9();
    const killedAt = performance.now();
    clearHolds(here);
    const second = here.bot();
    await second.ready();
    const arrived = (): boolean => places.every((place) => given(here, place).messages.length > 0);
    await waitUntil('the messages', arrived, takeoverLeft(killedAt));
    await here.atRest(second);
    for (const place of places) {
      const { messages, mounted } = given(here, place);
      expect(messages).toHaveLength(1);
      expect(mounted).toHaveLength(1);
      expect(messages[0]).toContain(mounted[0]);
    }
  });

  it('while outputs are listed, stored and shared: each stands in its thread once (fault: kill-mid-file)', async (test) => {
    const here = await world(test, { agents: { settings: { fileLagMs: 10 } } });
    const first = here.bot();
    await first.ready();
    here.agents.control.script({
      requests: [wrote, [{ op: 'file', name: 'x.csv', text: `1 ${CANARY}` }, 'Done.']],
    });
    const share = 'files.completeUploadExternal';
    const reached = [
      holdAgents(here, 'files.list', 'not done'),
      holdAgents(here, 'files.download', 'not done'),
      holdSlack(here, 'files.getUploadURLExternal', 'not done'),
      holdSlack(here, share, 'not done'),
      holdSlack(here, share, 'done'),
    ];
    const places: Place[] = reached.map(() => here.talk('write'));
    await Promise.all(reached);
    await first.kill9();
    const killedAt = performance.now();
    clearHolds(here);
    const second = here.bot();
    await second.ready();
    const stand = (): boolean => places.every((place) => shared(here, place).length > 0);
    const seen = (): string => JSON.stringify(places.map((place) => shared(here, place)));
    await waitUntil('the files', stand, takeoverLeft(killedAt) + 15_000, seen);
    await here.atRest(second);
    expect(places.map((place) => shared(here, place))).toEqual(places.map(() => ['x.csv']));
  });
});
