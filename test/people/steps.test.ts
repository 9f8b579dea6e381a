/** The steps of a turn on the whole product: folded when it is over, looked up on demand, told about when it ran long. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request, type Op } from '../../src/playground/agents/index.ts';
import { ids } from '../../src/playground/slack/world.ts';
import { startWhole, until, type Whole } from '../support/whole.ts';

const use = (key: string, input: object): Op => ({ op: 'use', key, name: 'bash', input: { ...input } });
const SECRET = `sk-ant-api03-${'a1B2'.repeat(24)}`;
const keys = ['a', 'b', 'c', 'd', 'e', 'f'];
const script: readonly Op[] = [
  ...request(
    ...keys.flatMap((key): Op[] => [
      use(key, { command: `look ${key}`, token: SECRET }),
      { op: 'result', key, text: `found ${key}`, isError: key === 'f' },
    ]),
  ),
  ...request('All six are looked at.'),
];

interface Block {
  readonly block_id?: string;
  readonly elements?: readonly { readonly action_id?: string; readonly value?: string }[];
}

let whole: Whole;
beforeAll(async () => {
  whole = await startWhole({ agents: { settings: { statusLagMs: 0, answerLagMs: 0 } } });
});
afterAll(() => whole.stop());

async function answered(): Promise<{ readonly root: string; readonly ts: string }> {
  const { slack, agents } = whole;
  agents.control.script({ requests: [[...script]] });
  const root = slack.control.say({ user: ids.ada, channel: ids.general, text: '@heddle look' });
  const { ts } = await until(
    () =>
      whole.bot(ids.general, root).find(({ blocks }) => JSON.stringify(blocks).includes('heddle.details')),
    'an answer with its details',
  );
  return { root, ts };
}

const press = (ts: string, user: string, actionId: string, value?: string): Promise<unknown> =>
  whole.slack.control.click({ user, channel: ids.general, ts, actionId, ...(value ? { value } : {}) });
const told = (user: string): string => whole.slack.control.ephemerals(user).at(-1)?.shown ?? '';
const form = (user: string): string => JSON.stringify(whole.slack.control.views(user).at(-1)?.blocks ?? []);

describe('an answer with steps', () => {
  it('says how many, how long and what it cost, and has nothing that looks busy', async () => {
    const { root } = await answered();
    const [message] = whole.bot(ids.general, root);
    expect(message?.shown).toMatch(/6 steps, 1 failed · \d+ s · [\d.]+k? tokens/);
    expect(JSON.stringify(message?.blocks)).not.toMatch(/heddle\.stop|hourglass/);
  });

  it('shows inputs and results to whoever may talk here, page by page, without secrets', async () => {
    const { ts } = await answered();
    await press(ts, ids.grace, 'heddle.details');
    await until(() => form(ids.grace).includes('look a'), 'the form');
    expect(form(ids.grace)).toContain('found e');
    expect(form(ids.grace)).not.toContain('found f');
    expect(form(ids.grace)).not.toContain('a1B2');
    const view = whole.slack.control.views(ids.grace).at(-1);
    await whole.slack.control.click({
      user: ids.grace,
      viewId: view?.id ?? '',
      actionId: 'heddle.details_page',
    });
    await until(() => form(ids.grace).includes('found f'), 'the second page');
    expect(whole.slack.control.views(ids.grace)).toHaveLength(1);
    await press(ts, ids.guest, 'heddle.details');
    await until(() => told(ids.guest) !== '', 'a refusal');
    expect(whole.slack.control.views(ids.guest)).toHaveLength(0);
  });

  it('is thanked for, once a person, and counted', async () => {
    const { ts } = await answered();
    const blocks = whole.slack.control.message(ids.general, ts)?.blocks as readonly Block[];
    expect(JSON.stringify(blocks)).toContain('feedback_buttons');
    await press(ts, ids.linus, 'heddle.feedback');
    await until(() => /Thank you, that is noted/.test(told(ids.linus)), 'thanks');
    await press(ts, ids.linus, 'heddle.feedback');
    await until(() => /noted already/.test(told(ids.linus)), 'an answer');
    const metrics = await fetch(`http://127.0.0.1:${whole.app.port}/metrics`).then((response) =>
      response.text(),
    );
    expect(metrics).toContain('heddle_feedback_total{verdict="up"} 1');
  });

  it('says that its steps are gone where the session was deleted', async () => {
    const { ts, root } = await answered();
    const session = whole.agents.control.sessions().at(-1);
    whole.agents.control.remove(session?.id ?? '');
    await until(() => whole.bot(ids.general, root).length > 0, 'the answer stays');
    await press(ts, ids.ada, 'heddle.details');
    await until(() => form(ids.ada).includes('was deleted'), 'the form');
  });
});
