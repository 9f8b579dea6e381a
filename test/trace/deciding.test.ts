/** Tools that wait for a person, recorded: cards, who may decide, what happens meanwhile. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Op } from '../../src/playground/agents/index.ts';
import { request } from '../../src/playground/agents/index.ts';
import { removingThen } from '../support/removing.ts';
import { startWhole, type Whole } from '../support/whole.ts';
import { Talk, gate, turn } from './support/talk.ts';
import { ownWords, type Thread } from './support/thread.ts';

let whole: Whole;
beforeAll(async () => {
  whole = await startWhole({
    agents: { settings: { statusLagMs: 0, answerLagMs: 0 } },
  });
});
afterAll(() => whole.stop());

function asking(name: string): readonly Op[] {
  return removingThen('I would have to delete a directory.', {
    allow: [gate(`${name} allowed`), ...request('The directory is gone.')],
    deny: [gate(`${name} denied`), ...request('I leave it alone.')],
  });
}

const asked =
  (cards: number) =>
  (thread: Thread): boolean =>
    thread.cards() === cards &&
    thread.status() === 'suspended' &&
    thread.session.status === 'idle' &&
    ownWords(thread.bot()[0]) !== '';
const card =
  (talk: Talk, nth = 0) =>
  (): string =>
    talk.thread.card(nth).ts;
const running = (thread: Thread): boolean =>
  thread.cards() === 0 && thread.status() === 'processing' && thread.session.status === 'running';

describe('tools', () => {
  it('are counted while they run and leave the answer', async () => {
    const { ada } = whole.slack.control.ids;
    const talk = new Talk(
      whole,
      'tools',
      'Tools that need nobody: steps in the working line, then the answer.',
    );
    talk.script(
      turn(
        request(
          'Let me look.',
          { op: 'use', key: 'ls', name: 'bash', input: { command: 'ls' } },
          {
            op: 'result',
            key: 'ls',
            text: 'README.md',
          },
        ),
        request(
          { op: 'use', key: 'read', name: 'read', input: { file_path: 'README.md' } },
          { op: 'use', key: 'search', name: 'web_search', input: { query: 'heddle' } },
          gate('tools 1'),
          { op: 'result', key: 'read', text: '# Loom' },
          { op: 'result', key: 'search', text: 'nothing', isError: true },
        ),
        'One file, and nothing found.',
      ),
    );
    const root = await talk.start(
      ada,
      '@heddle what is in there?',
      (thread) => thread.live(1) && thread.events('agent.tool_use').length === 3,
    );
    await talk.open('tools 1', (thread) => thread.calm());
    await talk.end({ given: [root] });
  });

  it('of a kind that nobody runs here are declined', async () => {
    const { ada } = whole.slack.control.ids;
    const talk = new Talk(
      whole,
      'custom-tool',
      'A custom tool that Heddle does not have is answered with an error.',
    );
    talk.script(
      turn(
        request(
          'I ask the program that runs me.',
          { op: 'use', key: 'it', kind: 'custom', name: 'lookup', input: { question: 'colour?' } },
          { op: 'result', key: 'it', text: '' },
        ),
        'It could not tell.',
      ),
    );
    const root = await talk.start(ada, '@heddle which colour?', (thread) => thread.calm());
    await talk.end({ given: [root] });
    expect(talk.thread.events('user.custom_tool_result')).toHaveLength(1);
  });
});

describe('a question', () => {
  it('is decided by who asked, once; others are told privately (fault: approved-by-others)', async () => {
    const { ada, grace } = whole.slack.control.ids;
    const talk = new Talk(whole, 'approve', 'Approve: only who asked, and only once.');
    talk.script(turn(asking('approve')));
    const root = await talk.start(ada, '@heddle clean up', asked(1));
    const ts = talk.thread.card().ts;
    const sees = (user: string, count: number) => (): boolean =>
      whole.slack.control.ephemerals(user).filter(({ channel }) => channel === talk.channel).length === count;
    await talk.click(grace, 'Approve', 'heddle.approve', card(talk), sees(grace, 1));
    await talk.click(ada, 'Approve', 'heddle.approve', card(talk), running);
    await talk.open('approve allowed', (thread) => thread.calm(2));
    expect(talk.thread.events('user.tool_confirmation')).toHaveLength(1);
    expect(talk.thread.bot().find((message) => message.ts === ts)?.shown).toMatch(/Approved by/);
    await talk.end({ given: [root] });
  });

  it('can be denied', async () => {
    const { ada } = whole.slack.control.ids;
    const talk = new Talk(whole, 'deny', 'Deny: the agent is told, and goes on without it.');
    talk.script(turn(asking('deny')));
    const root = await talk.start(ada, '@heddle clean up', asked(1));
    await talk.click(ada, 'Deny', 'heddle.deny', card(talk), running);
    await talk.open('deny denied', (thread) => thread.calm(2));
    await talk.end({ given: [root] });
  });

  it('may be two, each decided for itself', async () => {
    const { ada } = whole.slack.control.ids;
    const talk = new Talk(whole, 'two-questions', 'Two questions at once: one approved, one denied.');
    talk.script(
      turn(
        request(
          'I need two things.',
          { op: 'use', key: 'deploy', name: 'bash', input: { command: './deploy.sh' }, policy: 'ask' },
          {
            op: 'use',
            key: 'issue',
            kind: 'mcp',
            server: 'github',
            name: 'create_issue',
            input: { title: 'Deployed' },
            policy: 'ask',
          },
          { op: 'result', key: 'deploy', text: 'deployed' },
          { op: 'result', key: 'issue', text: 'created' },
        ),
        'Deployed, without an issue.',
      ),
    );
    const root = await talk.start(ada, '@heddle deploy it', asked(2));
    await talk.click(
      ada,
      'Approve',
      'heddle.approve',
      card(talk),
      (thread) => thread.cards() === 1 && thread.events('user.tool_confirmation').length === 1,
    );
    await talk.click(ada, 'Deny', 'heddle.deny', card(talk), (thread) => thread.calm(3));
    await talk.end({ given: [root] });
  });

  it('holds replies back, which are delivered after the answer', async () => {
    const { ada, grace } = whole.slack.control.ids;
    const talk = new Talk(
      whole,
      'held',
      'A reply while it asks waits, visibly, and is delivered after the answer.',
    );
    talk.script(turn(asking('held')));
    const root = await talk.start(ada, '@heddle clean up', asked(1));
    const reply = await talk.reply(grace, 'and the cache too', (thread) =>
      thread.reactions(thread.messages().at(-1)?.ts ?? '').includes('hourglass_flowing_sand'),
    );
    await talk.click(
      ada,
      'Approve',
      'heddle.approve',
      card(talk),
      (thread) => running(thread) && thread.session.queued === 1 && thread.reactions(reply).includes('eyes'),
    );
    await talk.open('held allowed', (thread) => thread.calm(3) && thread.reactions(reply).includes('eyes'));
    await talk.end({ given: [root, reply] });
    const refused = talk.thread.whole.agents.control.calls();
    expect(refused['events.send']).toBeLessThan(30);
  });

  it('ends with a stop; what was held goes along with the next message', async () => {
    const { ada, grace } = whole.slack.control.ids;
    const talk = new Talk(
      whole,
      'stop-while-asking',
      'Stop while it asks: the card is void, held words are context.',
    );
    talk.script(turn(asking('halted')));
    const root = await talk.start(ada, '@heddle clean up', asked(1));
    await talk.reply(grace, 'and the cache too', (thread) =>
      thread.reactions(thread.messages().at(-1)?.ts ?? '').includes('hourglass_flowing_sand'),
    );
    const ts = talk.thread.card().ts;
    await talk.reply(ada, 'stop', (thread) => thread.calm(3));
    const late = whole.slack.control.ephemerals(ada).length;
    talk.script(turn('Only listing, then.'));
    const next = await talk.reply(ada, 'just list it', (thread) => thread.calm(4));
    expect(whole.slack.control.ephemerals(ada)).toHaveLength(late);
    expect(talk.thread.bot().find((message) => message.ts === ts)?.shown).toMatch(/Nobody answered/);
    await talk.end({ given: [root, next] });
    expect(talk.thread.events('user.tool_confirmation')).toHaveLength(0);
  });

  it('is left by an urgent reply', async () => {
    const { ada } = whole.slack.control.ids;
    const talk = new Talk(
      whole,
      'urgent-while-asking',
      '`!` while it asks: the run is interrupted, the reply follows.',
    );
    talk.script(turn(asking('left')));
    const root = await talk.start(ada, '@heddle clean up', asked(1));
    talk.script(turn('Only listing, then.'));
    const reply = await talk.reply(ada, '! just list it', (thread) => thread.calm(3));
    await talk.end({ given: [root, reply] });
  });
});
