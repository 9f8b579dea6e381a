/**
 * People who change what they have written, on the whole product: a mention that is edited in, files of a changed
 * message, and a card that somebody deletes in a direct message.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { request, type Op } from '../../src/playground/agents/index.ts';
import { ids } from '../../src/playground/slack/world.ts';
import { isBusy, startWhole, until, type Whole } from '../support/whole.ts';
import { given, messageOf, PNG, textsOf } from '../files/support.ts';

let whole: Whole;
beforeAll(async () => {
  whole = await startWhole({ agents: { settings: { statusLagMs: 0, answerLagMs: 0, fileLagMs: 10 } } });
});
afterAll(() => whole.stop());

const channel = ids.general;
const say = (user: string, text: string, threadTs?: string): string =>
  whole.slack.control.say({ user, channel, text, ...(threadTs === undefined ? {} : { threadTs }) });
const told = (user: string): string => whole.slack.control.ephemerals(user).at(-1)?.shown ?? '';
const edit = (user: string, ts: string, text: string): void =>
  whole.slack.control.edit({ user, channel, ts, text });

async function answered(root: string, turns: number, where = channel): Promise<void> {
  const calm = (): boolean => {
    const said = whole.bot(where, root);
    return said.length >= turns && !said.some(isBusy);
  };
  await until(calm, `${turns} answers`);
}

describe('a mention that is edited into a message (fault: message-edited)', () => {
  it('begins a thread, once, with what was said since; the next edit is one', async () => {
    const root = say(ids.ada, 'who can paint the fence?');
    say(ids.grace, 'not me: too old', root);
    say(ids.linus, 'aside: I could, but tell nobody', root);
    await until(() => whole.slack.control.deliveries.waiting === 0, 'all are delivered');
    expect(messageOf(whole, root)).toBeUndefined();
    edit(ids.ada, root, 'who can paint the fence? @heddle');
    const text = textsOf(await given(whole, root));
    expect(text).toMatch(/<context [^>]*name="grace"[^>]*>not me: too old<\/context>/i);
    expect(text).not.toContain('tell nobody');
    expect(text.match(/who can paint the fence/g)).toHaveLength(1);
    await answered(root, 1);
    const before = whole.slack.control.ephemerals(ids.ada).length;
    edit(ids.ada, root, 'who can paint the roof? @heddle');
    await until(() => whole.slack.control.ephemerals(ids.ada).length > before, 'the offer');
    const sessions = whole.agents.control.sessions();
    expect(sessions.filter(({ record }) => JSON.stringify(record).includes(root))).toHaveLength(1);
  });

  it('in a followed thread makes a request of what was left alone; a guest’s does not', async () => {
    const root = say(ids.ada, '@heddle hello');
    await answered(root, 1);
    const reply = say(ids.grace, `<@${ids.ada}> shall we?`, root);
    const guest = say(ids.guest, `<@${ids.ada}> me too`, root);
    await until(() => whole.slack.control.deliveries.waiting === 0, 'all are delivered');
    edit(ids.guest, guest, '@heddle pay me');
    await until(() => told(ids.guest).includes('guests of this workspace'), 'the refusal');
    edit(ids.grace, reply, '@heddle shall we?');
    const text = textsOf(await given(whole, reply));
    expect(text).toContain('shall we?');
    expect(text).not.toMatch(/<context|pay me/);
    await answered(root, 2);
  });
});

describe('a message with files that is changed after its answer', () => {
  it('goes with its files when its author wants the agent to have it', async () => {
    const { control } = whole.slack;
    const files = [{ name: 'plan.png', content: PNG }];
    const root = control.say({ user: ids.ada, channel, text: '@heddle what is this?', files });
    await given(whole, root);
    await answered(root, 1);
    const before = control.ephemerals(ids.ada).length;
    edit(ids.ada, root, '@heddle what is that?');
    await until(() => control.ephemerals(ids.ada).length > before, 'the offer');
    const ts = control.ephemerals(ids.ada).at(-1)?.ts ?? '';
    await control.click({ user: ids.ada, channel, ts, actionId: 'heddle.redo' });
    const again = await until(
      () =>
        whole.agents.control
          .sessions()
          .flatMap(({ events }) => events)
          .map((event) => JSON.stringify(event['content'] ?? ''))
          .find((content) => content.includes(`ts=\\"${root}\\"`) && content.includes('n=\\"2\\"')),
      'the changed message at the agent',
    );
    expect(again).toContain('what is that?');
    expect(again).toMatch(/"type":"image"/);
    expect(again).toContain('plan.png');
  });
});

const remove: Op = { op: 'use', key: 'rm', name: 'bash', input: { command: 'rm' }, policy: 'ask' };
const script: readonly Op[] = [
  ...request('I would delete it.', remove, { op: 'result', key: 'rm', text: 'removed' }),
  { op: 'branch', key: 'rm', allow: request('It is gone.'), deny: request('I left it.') },
];

describe('a card that somebody deletes (fault: message-deleted)', () => {
  it('in a direct message comes back once; deleted again it is lost, which is said', async () => {
    const { control } = whole.slack;
    const dm = control.dm(ids.admin);
    whole.agents.control.script({ requests: [[...script]] });
    const root = control.say({ user: ids.admin, channel: dm, text: 'clean up' });
    const card = (): string | undefined =>
      whole.bot(dm, root).find(({ blocks }) => JSON.stringify(blocks).includes('heddle.approve'))?.ts;
    const first = await until(card, 'a card');
    control.delete({ user: ids.admin, channel: dm, ts: first });
    const second = await until(() => (card() === first ? undefined : card()), 'the card once more');
    control.delete({ user: ids.admin, channel: dm, ts: second });
    await until(() => /deleted/.test(whole.words(dm, root)), 'words about it');
  });
});
