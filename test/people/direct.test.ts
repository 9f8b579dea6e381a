/** Approvals by direct message, on the whole product: each approver has a card, the thread says that it waits. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, type Approval } from '../../src/core/settings.ts';
import { request, type Op } from '../../src/playground/agents/index.ts';
import { directMessageId, ids } from '../../src/playground/slack/world.ts';
import { startWhole, until, type Whole } from '../support/whole.ts';

const script: readonly Op[] = [
  ...request(
    'I would delete it.',
    { op: 'use', key: 'rm', name: 'bash', input: { command: 'rm -rf ./build' }, policy: 'ask' },
    { op: 'result', key: 'rm', text: 'removed' },
  ),
  { op: 'branch', key: 'rm', allow: request('It is gone.'), deny: request('I left it.') },
];
const approval: Approval = {
  ...DEFAULT_SETTINGS.approval,
  approvers: [ids.grace, ids.linus],
  where: 'dm',
};

let whole: Whole;
let second: Whole['app'];
beforeAll(async () => {
  whole = await startWhole({
    settings: { approval },
    agents: { settings: { statusLagMs: 0, answerLagMs: 0 } },
  });
  second = await whole.replica();
});
afterAll(() => whole.stop());

interface Card {
  readonly channel: string;
  readonly ts: string;
  readonly blocks: readonly { readonly block_id?: string; readonly elements?: readonly Button[] }[];
  readonly shown: string;
}
interface Button {
  readonly action_id?: string;
  readonly value?: string;
}

const channel = ids.general;

/** Bot messages at the top of somebody's direct messages. */
function direct(user: string): Card[] {
  const dm = directMessageId(ids.bot, user);
  return whole.slack.control
    .messages(dm)
    .filter((message) => message.user === whole.slack.botUserId)
    .map((message) => ({ ...(message as unknown as Card), channel: dm }));
}

async function asked(): Promise<{ readonly root: string; readonly cards: Record<string, Card> }> {
  whole.agents.control.script({ requests: [[...script]] });
  const before = { [ids.grace]: direct(ids.grace).length, [ids.linus]: direct(ids.linus).length };
  const root = whole.slack.control.say({ user: ids.ada, channel, text: '@heddle please' });
  const cards: Record<string, Card> = {};
  for (const user of [ids.grace, ids.linus])
    cards[user] = await until(() => direct(user)[before[user] ?? 0], `a card for ${user}`);
  return { root, cards };
}

function press(card: Card | undefined, user: string, actionId: string): Promise<unknown> {
  const { channel: at = '', ts = '', blocks = [] } = card ?? {};
  const blockId = blocks.find(({ elements }) =>
    elements?.some((each) => each.action_id === actionId),
  )?.block_id;
  return whole.slack.control.click({ user, channel: at, ts, blockId: blockId ?? '', actionId });
}

const told = (user: string): string => whole.slack.control.ephemerals(user).at(-1)?.shown ?? '';
const sent = (): number =>
  [...whole.agents.control.sessions()]
    .flatMap(({ events }) => events)
    .filter(({ type }) => type === 'user.tool_confirmation').length;

it('two approvers click Approve and Deny at once, on two replicas: one counts, and every card says so', async () => {
  const before = sent();
  const { root, cards } = await asked();
  const thread = whole.words(channel, root);
  expect(thread).toMatch(/waits for leave to use/);
  expect(thread).not.toContain('rm -rf');
  expect(cards[ids.grace]?.shown).toContain('rm -rf');
  expect(JSON.stringify(whole.bot(channel, root))).not.toContain('heddle.approve');
  await Promise.all([
    press(cards[ids.grace], ids.grace, 'heddle.approve'),
    press(cards[ids.linus], ids.linus, 'heddle.deny'),
  ]);
  await until(() => /It is gone|I left it/.test(whole.words(channel, root)), 'the end');
  expect(sent()).toBe(before + 1);
  const verdict = /It is gone/.test(whole.words(channel, root)) ? /Approved by/ : /Denied by/;
  await until(
    () => [ids.grace, ids.linus].every((user) => verdict.test(direct(user).at(-1)?.shown ?? '')),
    'both cards to say so',
  );
  expect(whole.words(channel, root)).toMatch(verdict);
  expect([direct(ids.grace), direct(ids.linus)].map((all) => all.length)).toEqual([1, 1]);
  await until(() => /has already answered|already been/.test(told(ids.grace) + told(ids.linus)), 'a word');
});

const tops = (): number[] => [ids.grace, ids.linus].map((user) => direct(user).length);

it('a card whose answer was lost is found there, and whoever takes over writes no second one', async () => {
  const before = tops();
  const dm = directMessageId(ids.bot, ids.grace);
  const fault = { type: 'reset', commit: true } as const;
  const lost = whole.slack.control.faults.add({ method: 'chat.postMessage', channel: dm, fault });
  const { root, cards } = await asked();
  expect(lost.hits()).toBe(1);
  await whole.replica();
  await Promise.all([whole.app, second].map((app) => app.stop(2_000)));
  await press(cards[ids.grace], ids.grace, 'heddle.deny_reason');
  const form = await until(() => whole.slack.control.views(ids.grace).at(-1), 'the form');
  const values = { words: { text: { type: 'plain_text_input', value: 'not on a Friday' } } };
  await whole.slack.control.submitView({ user: ids.grace, viewId: form.id, values });
  await until(() => whole.words(channel, root).includes('I left it.'), 'the end');
  for (const user of [ids.grace, ids.linus])
    await until(() => /Denied by .*not on a Friday/.test(direct(user).at(-1)?.shown ?? ''), 'the verdict');
  expect(tops()).toEqual(before.map((count) => count + 1));
});

it('who cannot be written to decides in the thread, and the other’s card says so', async () => {
  const { faults } = whole.slack.control;
  const cannot = { type: 'error', error: 'cannot_dm_bot' } as const;
  faults.add({ method: 'conversations.open', match: ({ users }) => users === ids.linus, fault: cannot });
  whole.agents.control.script({ requests: [[...script]] });
  const before = sent();
  const graces = direct(ids.grace).length;
  const root = whole.slack.control.say({ user: ids.ada, channel, text: '@heddle please' });
  const isCard = ({ blocks }: { readonly blocks: unknown }): boolean =>
    JSON.stringify(blocks).includes('heddle.approve');
  const found = await until(() => whole.bot(channel, root).find(isCard), 'a card in the thread');
  expect(found.shown).toMatch(/No direct message could be sent to .*, so it can be decided here, too/);
  await until(() => direct(ids.grace).length === graces + 1, 'a card for Grace');
  await press({ ...(found as unknown as Card), channel }, ids.linus, 'heddle.approve');
  await until(() => whole.words(channel, root).includes('It is gone.'), 'the end');
  expect(sent()).toBe(before + 1);
  await until(() => /Approved by/.test(direct(ids.grace).at(-1)?.shown ?? ''), 'her card to say so');
});
