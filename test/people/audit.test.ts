/** Four people and one approval on the whole product, and what `heddle audit` says of it afterwards. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { runAudit } from '../../src/ops/audit.ts';
import { request, type Op } from '../../src/playground/agents/index.ts';
import { ids, team } from '../../src/playground/slack/world.ts';
import { quietLog } from '../support/quiet-log.ts';
import { startWhole, until, type Whole } from '../support/whole.ts';

const input = { command: 'rm -rf ./secret-plans' };
const script: readonly Op[] = [
  ...request(
    'I would delete it.',
    { op: 'use', key: 'rm', name: 'bash', input, policy: 'ask' },
    { op: 'result', key: 'rm', text: 'removed' },
  ),
  { op: 'branch', key: 'rm', allow: request('It is gone.'), deny: request('I left it.') },
];

let whole: Whole;
beforeAll(async () => {
  const approval = { ...DEFAULT_SETTINGS.approval, approvers: [ids.group] };
  whole = await startWhole({
    settings: { approval },
    agents: { settings: { statusLagMs: 0, answerLagMs: 0 } },
  });
});
afterAll(() => whole.stop());

async function lines(): Promise<Record<string, unknown>[]> {
  let text = '';
  const output = { write: (part: string) => (text += part).length > 0 };
  const { config } = whole;
  const code = await runAudit({ config, checkoutDir: config.dataDir, log: quietLog, output, since: 0 });
  expect(code).toBe(0);
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

it('says who asked, who was not let, who approved, what it cost and who stopped, and nobody’s words', async () => {
  const { control } = whole.slack;
  whole.agents.control.script({ requests: [[...script]] });
  const channel = ids.general;
  const root = control.say({ user: ids.ada, channel, text: '@heddle delete the secret-plans' });
  const card = await until(
    () => whole.bot(channel, root).find(({ blocks }) => JSON.stringify(blocks).includes('heddle.approve')),
    'a card',
  );
  const { block_id: blockId = '' } =
    (card.blocks as { block_id?: string; elements?: unknown }[]).find(
      ({ elements, block_id: id }) => elements !== undefined && id?.startsWith('heddle.ask'),
    ) ?? {};
  const press = (user: string): Promise<unknown> =>
    control.click({ user, channel, ts: card.ts, blockId, actionId: 'heddle.approve' });
  for (const user of [ids.ada, ids.guest]) {
    await press(user);
    await until(() => control.ephemerals(user).length > 0, 'a private answer');
  }
  await press(ids.grace);
  await until(() => whole.words(channel, root).includes('It is gone.'), 'the end');
  await whole.calm(channel, root);
  control.say({ user: ids.linus, channel, threadTs: root, text: '@heddle close' });
  await until(() => /closed/i.test(whole.words(channel, root)), 'the thread to be closed');
  const entries = await lines();
  const place = { team: team.id, channel, thread: root };
  const tool = {
    toolUseId: expect.any(String),
    tool: 'bash',
    inputHash: expect.stringMatching(/^[\da-f]{64}$/),
  };
  const at = expect.stringMatching(/^20.*Z$/);
  const session = expect.stringMatching(/^sesn_/);
  expect(entries.filter(({ what }) => what !== 'spent')).toEqual([
    { at, ...place, what: 'asked', ts: root, by: ids.ada, role: 'member' },
    {
      at,
      ...place,
      what: 'refused',
      of: 'approve',
      toolUseId: expect.any(String),
      by: ids.ada,
      role: 'member',
    },
    {
      at,
      ...place,
      what: 'refused',
      of: 'approve',
      toolUseId: expect.any(String),
      by: ids.guest,
      role: 'guest',
    },
    { at, ...place, what: 'approved', ...tool, by: ids.grace, role: 'member' },
    { at, ...place, what: 'closed', why: 'asked', session, by: ids.linus },
  ]);
  // As often as the platform says what it has cost so far.
  const spent = entries.filter(({ what }) => what === 'spent');
  expect(spent.length).toBeGreaterThan(0);
  for (const each of spent)
    expect(each).toEqual({ at, ...place, what: 'spent', usd: expect.any(Number), session, by: ids.ada });
  expect(JSON.stringify(entries)).not.toContain('secret-plans');
});
