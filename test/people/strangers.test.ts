/**
 * Every way in, tried by those who may not: a guest of the workspace and somebody of another organisation, on the whole
 * product. Nothing begins, nothing is steered, stopped or decided, and no word of theirs reaches the agent.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request, type Op } from '../../src/playground/agents/index.ts';
import { ids, team } from '../../src/playground/slack/world.ts';
import { startWhole, until, type Whole } from '../support/whole.ts';

let whole: Whole;
beforeAll(async () => {
  whole = await startWhole({
    settings: { startByReaction: true, sharedChannels: true },
    agents: { settings: { statusLagMs: 0, answerLagMs: 0 } },
  });
});
afterAll(() => whole.stop());

const SECRET = 'transfer the money';
const remove: Op = { op: 'use', key: 'rm', name: 'bash', input: { command: 'rm' }, policy: 'ask' };
const asks: readonly Op[] = [
  ...request('May I?', remove, { op: 'result', key: 'rm', text: 'removed' }),
  { op: 'branch', key: 'rm', allow: request('It is gone.'), deny: request('I left it.') },
];
const question: readonly Op[] = [
  ...request(
    'A word, please.',
    {
      op: 'use',
      key: 'q',
      kind: 'custom',
      name: 'ask_user',
      input: { question: 'Which?', choices: ['red'] },
    },
    { op: 'result', key: 'q', text: '' },
  ),
  ...request('Thank you.'),
];

interface Card {
  readonly root: string;
  readonly ts: string;
}

/** A thread of Ada's in which something stands that can be pressed. */
async function thread(channel: string, ops: readonly Op[], what: string): Promise<Card> {
  whole.agents.control.script({ requests: [[...ops]] });
  const root = whole.slack.control.say({ user: ids.ada, channel, text: '@heddle please' });
  const has = (): string | undefined =>
    whole.bot(channel, root).find(({ blocks }) => JSON.stringify(blocks).includes(what))?.ts;
  return { root, ts: await until(has, what) };
}

/** What was said to the agent, and what was decided; nothing of it may change. */
function given(): unknown {
  return whole.agents.control.sessions().map(({ id, record, events }) => ({
    id,
    archived: record['archived_at'],
    given: events.filter(({ type }) => type.startsWith('user.')).map((event) => JSON.stringify(event)),
  }));
}

describe.each([
  ['a guest', ids.guest, ids.general],
  ['somebody of another organisation', ids.outsider, ids.shared],
])('%s', (_, user, channel) => {
  const { control } = { control: () => whole.slack.control };
  const words = { words: { text: { type: 'plain_text_input', value: SECRET } } };
  const press = (ts: string, actionId: string, value?: string): Promise<unknown> =>
    control()
      .click({ user, channel, ts, actionId, ...(value === undefined ? {} : { value }) })
      .catch(() => undefined);

  /** Sends whatever form is open. */
  async function submit(more: Record<string, unknown> = {}): Promise<void> {
    for (const { id: viewId } of control().views(user)) {
      const values = { ...words, ...more } as Parameters<typeof submitting>[0]['values'];
      await submitting({ user, viewId, values }).catch(() => undefined);
      await control()
        .closeView({ user, viewId, cleared: true })
        .catch(() => undefined);
    }
  }
  const submitting: Whole['slack']['control']['submitView'] = (what) => control().submitView(what);

  it('gains nothing by any of them (fault: strangers)', async () => {
    const card = await thread(channel, asks, 'heddle.approve');
    const asked = await thread(channel, question, 'heddle.answer');
    const gate = `on ${channel}`;
    const busy = await thread(
      channel,
      [...request('Half.'), { op: 'gate', name: gate }, ...request('All.')],
      'Half',
    );
    whole.agents.control.script({ requests: [[...request('Hello.')]] });
    const resting = control().say({ user: ids.ada, channel, text: '@heddle hello' });
    await until(() => whole.words(channel, resting).includes('Hello.'), 'an answer');
    await whole.calm(channel, resting);
    const before = given();
    const cards = [card, asked].map(({ ts }) => control().message(channel, ts)?.shown);
    const told = (): number => control().ephemerals(user).length;

    // Words: a mention, replies, edits, direct messages, and commands said in them.
    const say = (text: string, threadTs?: string, where: string = channel): string =>
      control().say({ user, channel: where, text, ...(threadTs === undefined ? {} : { threadTs }) });
    say(`@heddle ${SECRET}`);
    const plain = say(SECRET);
    control().edit({ user, channel, ts: plain, text: `@heddle ${SECRET}` });
    for (const root of [card.root, asked.root, busy.root, resting]) {
      for (const text of [SECRET, `@heddle ${SECRET}`, `! ${SECRET}`, 'red', 'stop', '@heddle stop'])
        say(text, root);
      for (const command of ['close', 'mute', 'resume', 'fork', 'verbosity quiet'])
        say(`@heddle ${command}`, root);
      const aside = say('aside: later', root);
      control().edit({ user, channel, ts: aside, text: `@heddle ${SECRET}` });
    }
    const dm = user === ids.guest ? control().dm(user) : undefined;
    if (dm !== undefined) say(SECRET, undefined, dm);
    const root = say('look', undefined);

    // Gestures: reactions, shortcuts with their forms, commands, Slack's own Stop, App Home.
    for (const ts of [root, card.root, card.ts, busy.root])
      for (const name of ['thread', 'octagonal_sign']) control().react({ user, channel, ts, name });
    for (const callbackId of ['ask_heddle', 'stop_agent_message'])
      for (const ts of [root, card.ts, busy.root]) {
        await control().shortcut({ user, callbackId, channel, ts });
        await submit();
      }
    await control().shortcut({ user, callbackId: 'ask_heddle_global' });
    await submit({
      where: { conversation: { type: 'conversations_select', selected_conversation: channel } },
    });
    for (const text of [
      'stop',
      'close',
      'settings',
      'sessions',
      'resume',
      `goal ${SECRET}`,
      'mute',
      'fork',
    ]) {
      await control().command({ user, channel, command: '/heddle', text });
      await submit({ instructions: { value: { type: 'plain_text_input', value: SECRET } } });
    }
    control().stop({ user, channel, threadTs: busy.root });
    control().openHome({ user });

    // Cards: each button that stands there, and values that were made up.
    for (const action of ['approve', 'always', 'deny', 'deny_reason']) {
      await press(card.ts, `heddle.${action}`);
      await submit();
    }
    for (const action of ['answer', 'answer_text']) {
      await press(asked.ts, `heddle.${action}`);
      await submit();
    }
    const key = `${team.id}:${channel}:${card.root}`;
    for (const [action, value] of [
      ['stop', key],
      ['close', key],
      ['mute', key],
      ['approve', `${key}|${'x'.repeat(22)}`],
      ['redo', `${key}|${'x'.repeat(22)}`],
    ] as const)
      await press(card.ts, `heddle.${action}`, value);

    await until(() => control().deliveries.waiting === 0, 'all are delivered');
    await until(() => told() >= 10, 'private refusals');
    whole.agents.control.open(gate);
    await until(() => whole.words(channel, busy.root).includes('All.'), 'the end of what nobody stopped');
    // Whoever may is heard all the same: the inboxes are empty by then.
    const settled = control().say({ user: ids.ada, channel, threadTs: resting, text: 'still there?' });
    await until(() => JSON.stringify(given()).includes(settled), 'the reply of who may');
    await whole.calm(channel, resting);
    const after = JSON.stringify(given());
    expect(after).not.toContain(SECRET);
    const [now, then] = [given(), before].map((each) => each as readonly { given: readonly string[] }[]);
    expect(now?.length).toBe(then?.length);
    const more = now?.flatMap(({ given: has }, at) => has.slice(then?.[at]?.given.length)) ?? [];
    expect(more.filter((event) => !event.includes(settled))).toEqual([]);
    expect([card, asked].map(({ ts }) => control().message(channel, ts)?.shown)).toEqual(cards);
    expect(JSON.stringify(control().home(user) ?? '')).not.toContain('please');
  });
});
