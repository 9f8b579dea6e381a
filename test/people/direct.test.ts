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
beforeAll(async () => {
  whole = await startWhole({
    settings: { approval },
    agents: { settings: { statusLagMs: 0, answerLagMs: 0 } },
  });
  await whole.replica();
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
