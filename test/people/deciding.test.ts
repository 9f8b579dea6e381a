/**
 * Four people around one card, on the whole product: the one who asked, a colleague, an approver and a guest; then
 * forged, late, doubled and simultaneous clicks, on two replicas.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, type Approval } from '../../src/core/settings.ts';
import { request, type Op } from '../../src/playground/agents/index.ts';
import { ids } from '../../src/playground/slack/world.ts';
import { REMOVAL } from '../support/removing.ts';
import { startWhole, until, type Whole } from '../support/whole.ts';

const question = (choices: readonly string[]): readonly Op[] => [
  ...request(
    'I need a word.',
    { op: 'use', key: 'q', kind: 'custom', name: 'ask_user', input: { question: 'Which colour?', choices } },
    { op: 'result', key: 'q', text: '' },
  ),
  ...request('Thank you.'),
];

interface Card {
  readonly channel: string;
  readonly root: string;
  readonly ts: string;
  readonly blocks: readonly Block[];
}
interface Block {
  readonly block_id?: string;
  readonly elements?: readonly { readonly action_id?: string; readonly value?: string }[];
}

/** Asks, and resolves once its card stands. */
async function asked(whole: Whole, ops: readonly Op[], what: string): Promise<Card> {
  const { slack, agents } = whole;
  agents.control.script({ requests: [[...ops]] });
  const channel = ids.general;
  const root = slack.control.say({ user: ids.ada, channel, text: '@heddle please' });
  const found = await until(
    () => whole.bot(channel, root).find(({ blocks }) => JSON.stringify(blocks).includes(what)),
    'a card',
  );
  return { channel, root, ts: found.ts, blocks: found.blocks };
}

function press(
  whole: Whole,
  { channel, ts, blocks }: Card,
  user: string,
  actionId: string,
  nth = 0,
): Promise<unknown> {
  const holds = blocks.filter(({ elements }) => elements?.some(({ action_id: id }) => id === actionId));
  const blockId = holds[nth]?.block_id ?? '';
  return whole.slack.control.click({ user, channel, ts, blockId, actionId });
}

function told(whole: Whole, user: string): string {
  return whole.slack.control.ephemerals(user).at(-1)?.shown ?? '';
}

const cardNow = (whole: Whole, { channel, ts }: Card): string =>
  whole.slack.control.message(channel, ts)?.shown ?? '';
const sent = (whole: Whole, type: string): number =>
  [...whole.agents.control.sessions()].flatMap(({ events }) => events).filter((event) => event.type === type)
    .length;

async function wholeWith(approval: Partial<Approval>): Promise<Whole> {
  return startWhole({
    settings: { approval: { ...DEFAULT_SETTINGS.approval, ...approval } },
    agents: { settings: { statusLagMs: 0, answerLagMs: 0 } },
  });
}

describe('approvers by group', () => {
  let whole: Whole;
  beforeAll(async () => {
    whole = await wholeWith({ approvers: [ids.group] });
    await whole.replica();
  });
  afterAll(() => whole.stop());

  it('only a member decides; the others are told privately, and the card stays (fault: approved-by-others)', async () => {
    const card = await asked(whole, REMOVAL, 'heddle.approve');
    expect(cardNow(whole, card)).toMatch(/May Heddle use `?bash/);
    for (const user of [ids.ada, ids.linus, ids.guest]) {
      await press(whole, card, user, 'heddle.approve');
      await until(() => told(whole, user) !== '', 'a private answer');
      expect(cardNow(whole, card)).toMatch(/May Heddle use/);
    }
    expect(told(whole, ids.linus)).toMatch(/Only a member of .* may decide/);
    expect(told(whole, ids.guest)).toMatch(/guests of this workspace cannot/);
    // A form that closes without a word would look as if it had counted: a click is answered each time.
    const { control } = whole.slack;
    const said = control.ephemerals(ids.guest).length;
    await press(whole, card, ids.guest, 'heddle.deny_reason');
    const form = await until(() => control.views(ids.guest).at(-1), 'the form');
    const values = { words: { text: { type: 'plain_text_input', value: 'no' } } };
    await control.submitView({ user: ids.guest, viewId: form.id, values });
    await until(() => control.ephemerals(ids.guest).length > said, 'another private answer');
    await press(whole, card, ids.grace, 'heddle.approve');
    await until(() => whole.words(card.channel, card.root).includes('It is gone.'), 'the end');
    expect(cardNow(whole, card)).toMatch(/Approved by/);
  });

  it('a reason is asked for in a form, told to the agent, and shown', async () => {
    const card = await asked(whole, REMOVAL, 'heddle.approve');
    await press(whole, card, ids.grace, 'heddle.deny_reason');
    const form = await until(() => whole.slack.control.views(ids.grace).at(-1), 'the form');
    const values = { words: { text: { type: 'plain_text_input', value: 'not on a Friday' } } };
    await whole.slack.control.submitView({ user: ids.grace, viewId: form.id, values });
    await until(() => whole.words(card.channel, card.root).includes('I left it.'), 'the end');
    expect(cardNow(whole, card)).toMatch(/Denied by .*Reason: not on a Friday/);
  });

  it('a form that somebody else’s browser sends decides nothing', async () => {
    const card = await asked(whole, REMOVAL, 'heddle.approve');
    await press(whole, card, ids.linus, 'heddle.deny_reason');
    const form = await until(() => whole.slack.control.views(ids.linus).at(-1), 'the form');
    const values = { words: { text: { type: 'plain_text_input', value: 'hm' } } };
    await whole.slack.control.submitView({ user: ids.linus, viewId: form.id, values });
    await until(() => /Only a member/.test(told(whole, ids.linus)), 'a refusal');
    expect(cardNow(whole, card)).toMatch(/May Heddle use/);
    await press(whole, card, ids.grace, 'heddle.deny');
    await until(() => whole.words(card.channel, card.root).includes('I left it.'), 'the end');
  });

  it('Approve and Deny at once, on two replicas: one counts, the other is told (fault: approve-and-deny)', async () => {
    const before = sent(whole, 'user.tool_confirmation');
    const card = await asked(whole, REMOVAL, 'heddle.approve');
    await Promise.all([
      press(whole, card, ids.grace, 'heddle.approve'),
      press(whole, card, ids.admin, 'heddle.deny'),
      press(whole, card, ids.grace, 'heddle.approve'),
    ]);
    await until(() => /It is gone|I left it/.test(whole.words(card.channel, card.root)), 'the end');
    expect(sent(whole, 'user.tool_confirmation')).toBe(before + 1);
    await until(
      () => /has already answered|already been/.test(told(whole, ids.grace) + told(whole, ids.admin)),
      'a word',
    );
  });

  it('forged values open nothing: another token, another thread’s token, another workspace (fault: button-forged)', async () => {
    const [card, other] = [
      await asked(whole, REMOVAL, 'heddle.approve'),
      await asked(whole, REMOVAL, 'heddle.approve'),
    ];
    const valueOf = ({ blocks }: Card): string =>
      blocks.flatMap(({ elements = [] }) => elements).find(({ action_id: id }) => id === 'heddle.approve')
        ?.value ?? '';
    const [key, token] = valueOf(card).split('|');
    const [, foreign] = valueOf(other).split('|');
    const before = sent(whole, 'user.tool_confirmation');
    for (const value of [
      `${key}|${'x'.repeat(22)}`,
      `${key}|${foreign}`,
      `T9${key?.slice(2)}|${token}`,
      '__proto__|x',
    ]) {
      const { channel, ts, blocks } = card;
      const blockId = blocks.find(({ elements }) => elements)?.block_id ?? '';
      await whole.slack.control
        .click({ user: ids.grace, channel, ts, blockId, actionId: 'heddle.approve', value })
        .catch(() => undefined);
    }
    expect(sent(whole, 'user.tool_confirmation')).toBe(before);
    expect(cardNow(whole, card)).toMatch(/May Heddle use/);
    for (const each of [card, other]) await press(whole, each, ids.grace, 'heddle.deny');
    await until(() => sent(whole, 'user.tool_confirmation') === before + 2, 'both denied');
  });
});

describe('questions of the agent’s', () => {
  let whole: Whole;
  beforeAll(async () => {
    whole = await wholeWith({});
  });
  afterAll(() => whole.stop());

  it('a choice is its answer', async () => {
    const card = await asked(whole, question(['red', 'green']), 'heddle.answer');
    await press(whole, card, ids.grace, 'heddle.answer', 1);
    await until(() => whole.words(card.channel, card.root).includes('Thank you.'), 'the end');
    expect(cardNow(whole, card)).toMatch(/answered: green/);
    const results = [...whole.agents.control.sessions()].flatMap(({ events }) => events);
    expect(JSON.stringify(results).includes('grace: green')).toBe(true);
  });

  it('more than five are a menu; a reply in the thread answers too', async () => {
    const many = Array.from({ length: 8 }, (_, at) => `colour ${at}`);
    const card = await asked(whole, question(many), 'static_select');
    whole.slack.control.say({
      user: ids.grace,
      channel: card.channel,
      threadTs: card.root,
      text: 'none of these',
    });
    await until(() => whole.words(card.channel, card.root).includes('Thank you.'), 'the end');
    expect(cardNow(whole, card)).toMatch(/answered: none of these/);
  });

  it('words of one’s own come by form', async () => {
    const card = await asked(whole, question([]), 'heddle.answer_text');
    await press(whole, card, ids.ada, 'heddle.answer_text');
    const form = await until(() => whole.slack.control.views(ids.ada).at(-1), 'the form');
    const values = { words: { text: { type: 'plain_text_input', value: 'ultraviolet' } } };
    await whole.slack.control.submitView({ user: ids.ada, viewId: form.id, values });
    await until(() => whole.words(card.channel, card.root).includes('Thank you.'), 'the end');
    expect(cardNow(whole, card)).toMatch(/answered: ultraviolet/);
  });
});
