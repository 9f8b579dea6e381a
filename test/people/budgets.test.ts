/** Budgets on the whole product, with two replicas: a session's and a day's are reached, refused, raised, once. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS, type Budget } from '../../src/core/settings.ts';
import { request, type Op } from '../../src/playground/agents/index.ts';
import { ids, team } from '../../src/playground/slack/world.ts';
import { openStore } from '../../src/adapters/store/open.ts';
import { quietLog } from '../support/quiet-log.ts';
import { startWhole, until, type Whole } from '../support/whole.ts';

const RAISE = 'heddle.raise_budget';
const costly: readonly Op[] = [
  ...request('I spend what there is.', { op: 'end', spend: 'rest' }),
  ...request('And now I have finished.'),
];

interface Card {
  readonly channel: string;
  readonly root: string;
  readonly ts: string;
  readonly blockId: string;
}

interface Block {
  readonly block_id?: string;
  readonly elements?: readonly { readonly action_id?: string }[];
}

async function wholeWith(budget: Partial<Budget>, sessionBudgetUsd = 10): Promise<Whole> {
  const whole = await startWhole({
    settings: { sessionBudgetUsd, budget: { ...DEFAULT_SETTINGS.budget, ...budget } },
    agents: { settings: { statusLagMs: 0, answerLagMs: 0 } },
  });
  await whole.replica();
  return whole;
}

/** Asks for something that costs as much as there is, and resolves once its card stands. */
async function spent(whole: Whole, ops: readonly Op[] = costly, user: string = ids.ada): Promise<Card> {
  whole.agents.control.script({ requests: [[...ops]] });
  const channel = ids.general;
  const root = whole.slack.control.say({ user, channel, text: '@heddle spend it' });
  return cardIn(whole, channel, root);
}

async function cardIn(whole: Whole, channel: string, root: string): Promise<Card> {
  const found = await until(
    () =>
      whole
        .bot(channel, root)
        .flatMap((message) => {
          const blocks = message.blocks as readonly Block[];
          const block = blocks.find(({ elements }) => elements?.some(({ action_id: id }) => id === RAISE));
          return block ? [{ channel, root, ts: message.ts, blockId: block.block_id ?? '' }] : [];
        })
        .at(-1),
    'a card',
  );
  return found;
}

const press = (whole: Whole, { channel, ts, blockId }: Card, user: string): Promise<unknown> =>
  whole.slack.control.click({ user, channel, ts, blockId, actionId: RAISE });
const cardNow = (whole: Whole, { channel, ts }: Card): string =>
  whole.slack.control.message(channel, ts)?.shown ?? '';
const told = (whole: Whole, user: string): string => whole.slack.control.ephemerals(user).at(-1)?.shown ?? '';

describe('a session’s budget', () => {
  let whole: Whole;
  beforeAll(async () => {
    whole = await wholeWith({}, 2);
  });
  afterAll(() => whole.stop());

  it('is reached, kept from who may not raise it, raised by an admin, and the work goes on', async () => {
    const card = await spent(whole);
    expect(cardNow(whole, card)).toMatch(/reached its budget of \$2 \(\$2(\.\d\d)? spent\)/);
    for (const user of [ids.ada, ids.grace, ids.guest]) {
      await press(whole, card, user);
      await until(() => told(whole, user) !== '', 'a private answer');
    }
    expect(told(whole, ids.ada)).toMatch(/Only an admin of this workspace may raise this budget/);
    expect(told(whole, ids.guest)).toMatch(/guests of this workspace cannot/);
    expect(cardNow(whole, card)).toMatch(/can raise it/);
    whole.slack.control.say({
      user: ids.grace,
      channel: card.channel,
      threadTs: card.root,
      text: 'then also this',
    });
    await until(() => told(whole, ids.grace).includes('your message waits'), 'the words to wait');
    await press(whole, card, ids.admin);
    await until(() => whole.words(card.channel, card.root).includes('And now I have finished.'), 'the end');
    await whole.calm(card.channel, card.root);
    expect(cardNow(whole, card)).toMatch(/Raised to \$7 by .*; it goes on/);
    const session = whole.agents.control.sessions().at(-1);
    const heard = (session?.events ?? []).filter(({ type }) => type === 'user.message');
    expect(JSON.stringify(heard)).toContain('then also this');
  });

  it('is raised once, though two admins press on two replicas at the same moment', async () => {
    const card = await spent(whole);
    await Promise.all([press(whole, card, ids.admin), press(whole, card, ids.admin)]);
    await until(() => whole.words(card.channel, card.root).includes('And now I have finished.'), 'the end');
    const session = whole.agents.control.sessions().at(-1);
    const budgets = (session?.events ?? []).filter(
      (event) => event.type === 'session.updated' && 'budget' in event,
    );
    expect(budgets).toHaveLength(1);
    expect(JSON.stringify(budgets)).toContain('"700"');
  });

  it('that nobody raises can be left: the thread is closed, and a reply begins anew', async () => {
    const card = await spent(whole);
    const { control } = whole.slack;
    control.say({ user: ids.ada, channel: card.channel, threadTs: card.root, text: '@heddle close' });
    await until(() => cardNow(whole, card).includes('the session is closed'), 'the card to be over');
    whole.agents.control.script({ requests: [request('On a fresh budget.')] });
    control.say({ user: ids.ada, channel: card.channel, threadTs: card.root, text: 'go on' });
    await until(() => whole.words(card.channel, card.root).includes('On a fresh budget.'), 'the answer');
  });
});

describe('a person’s budget for the day', () => {
  let whole: Whole;
  beforeAll(async () => {
    whole = await wholeWith({ userDailyUsd: 3, raisers: [ids.grace] }, 2);
  });
  afterAll(() => whole.stop());

  it('gives a session what the day leaves, refuses the next one, and lets it go when it is raised (fault: day-spent)', async () => {
    const first = await spent(whole);
    await press(whole, first, ids.grace);
    await until(() => whole.words(first.channel, first.root).includes('And now I have finished.'), 'the end');
    await whole.calm(first.channel, first.root);
    const second = await spent(whole, costly);
    expect(cardNow(whole, second)).toMatch(/reached its budget of \$0\.9\d/);
    const third = await spent(whole, request('Begun after all.'));
    expect(cardNow(whole, third)).toMatch(
      /budget for today is used up: \$3 \(\$3(\.\d\d)? spent\)\. So nothing was begun/,
    );
    expect(whole.agents.control.sessions()).toHaveLength(2);
    await press(whole, third, ids.ada);
    await until(() => told(whole, ids.ada).includes('may raise this budget'), 'a private answer');
    await press(whole, third, ids.grace);
    await until(() => whole.words(third.channel, third.root).includes('Begun after all.'), 'the answer');
    expect(cardNow(whole, third)).toMatch(/Raised to \$8 by .*, for today/);
    expect(whole.agents.control.sessions()).toHaveLength(3);
    await whole.calm(third.channel, third.root);
    await booksAgree(whole, ids.ada);
  });
});

/** The books hold what the sessions say that they cost, whichever replica followed them. */
async function booksAgree(whole: Whole, user: string): Promise<void> {
  const { appId } = whole.slack;
  const { store } = await openStore({
    redisUrl: whole.redis.url,
    appId,
    log: quietLog,
    dataDir: '',
    checkoutDir: whole.redis.dir,
    cacheDir: whole.redis.dir,
  });
  const cents = whole.agents.control
    .sessions()
    .flatMap(({ events }) => events.filter(({ type }) => type === 'session.usage').slice(-1))
    .map((event) =>
      Number((event as { usage?: { list_cost?: { amount?: string } } }).usage?.list_cost?.amount),
    );
  const { spent: sums, raised } = await store.books.today(team.id, user, ids.general);
  await store.close();
  const all = cents.reduce((sum, one) => sum + one, 0);
  expect(sums).toEqual({ person: all, channel: all, workspace: all });
  expect(raised).toEqual({ person: 500, channel: 0, workspace: 0 });
}
