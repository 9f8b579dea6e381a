/** Slack answers late, wrongly or not at all: nothing is posted twice, nothing is lost, nothing stays busy. */
import { describe, expect, it } from 'vitest';
import type { Whole } from '../support/whole.ts';
import { ask, endsSound, onGround, reply } from './support/ground.ts';
import { freshChannel, gate, turn } from './support/talk.ts';
import { ownWords } from './support/thread.ts';

type Trouble = Parameters<Whole['slack']['control']['faults']['add']>[0]['fault'];

const TROUBLES: readonly { readonly what: string; readonly fault: Trouble }[] = [
  { what: 'reset before it is done', fault: { type: 'reset' } },
  { what: 'reset after it was done', fault: { type: 'reset', commit: true } },
  { what: 'no answer, and nothing done', fault: { type: 'hang' } },
  { what: 'no answer, but it was done', fault: { type: 'hang', commit: true } },
  { what: '500 before it is done', fault: { type: 'http', status: 500 } },
  { what: '500 after it was done', fault: { type: 'http', status: 500, commit: true } },
  { what: 'HTML in place of the answer', fault: { type: 'garbage', commit: true } },
  { what: 'internal_error before it is done', fault: { type: 'error', error: 'internal_error' } },
  { what: 'fatal_error after it was done', fault: { type: 'error', error: 'fatal_error', commit: true } },
  { what: 'service_unavailable', fault: { type: 'error', error: 'service_unavailable' } },
  { what: '429 with Retry-After', fault: { type: 'rate_limited', retryAfter: 1 } },
];

const final = (args: Record<string, unknown>): boolean => !JSON.stringify(args).includes('heddle.stop');
const markdown = (args: Record<string, unknown>): boolean =>
  JSON.stringify(args['blocks'] ?? '').includes('markdown');
const blocks = (args: Record<string, unknown>): boolean =>
  !['"[]"', '[]', '""'].includes(JSON.stringify(args['blocks'] ?? []));

describe.concurrent('the answer to posting the first message (fault: post-fails, post-unanswered)', () => {
  for (const { what, fault } of TROUBLES) {
    it(
      what,
      onGround(async (whole) => {
        const planted = whole.slack.control.faults.add({ method: 'chat.postMessage', fault });
        const thread = ask(whole, { script: turn(gate('posted'), 'Posted once.') });
        await thread.until(() => planted.hits() === 1, 'the fault');
        whole.agents.control.open('posted');
        await endsSound(thread);
        expect(thread.bot()).toHaveLength(1);
      }),
    );
  }
});

describe.concurrent('the answer to the last edit', () => {
  for (const { what, fault } of TROUBLES) {
    it(
      what,
      onGround(async (whole) => {
        const method = 'chat.update';
        const planted = whole.slack.control.faults.add({ method, match: final, fault });
        const thread = ask(whole, { script: turn(gate('edited'), 'The last words.') });
        await thread.until(() => thread.live(), 'a sign of life');
        whole.agents.control.open('edited');
        await endsSound(thread);
        expect(planted.hits()).toBe(1);
        expect(thread.bot()).toHaveLength(1);
      }),
    );
  }
});

describe.concurrent('the answer to the last session status', () => {
  for (const { what, fault } of TROUBLES) {
    it(
      what,
      onGround(async (whole) => {
        const method = 'agents.sessions.setStatus';
        const match = (args: Record<string, unknown>): boolean => args['status'] === 'active';
        const planted = whole.slack.control.faults.add({ method, match, fault });
        const thread = ask(whole, { script: turn('Nothing is busy any more.') });
        await endsSound(thread);
        expect(planted.hits()).toBe(1);
        expect(thread.status()).toBe('active');
      }),
    );
  }
});

describe.concurrent('the answer to showing that a reply waits', () => {
  for (const { what, fault } of TROUBLES) {
    it(
      `${what}, while it is taken`,
      onGround(
        async (whole) => {
          const planted = whole.slack.control.faults.add({ method: 'reactions.add', fault });
          const thread = ask(whole, { script: turn(gate('shown'), 'First.') });
          await thread.until(() => thread.live(), 'a sign of life');
          const next = reply(thread, 'and then?');
          await thread.until(() => planted.hits() === 1, 'the fault');
          whole.agents.control.script(turn('Second.'));
          whole.agents.control.open('shown');
          await endsSound(thread, { messages: 2, given: [thread.ts, next] });
          expect(thread.reactions(next)).toEqual([]);
        },
        { settings: { busyMode: 'queue' } },
      ),
    );
  }
});

describe.concurrent('the answer to taking the sign of waiting away', () => {
  for (const { what, fault } of TROUBLES) {
    it(
      what,
      onGround(
        async (whole) => {
          const planted = whole.slack.control.faults.add({ method: 'reactions.remove', fault });
          const thread = ask(whole, { script: turn(gate('waits'), 'First.') });
          await thread.until(() => thread.live(), 'a sign of life');
          const next = reply(thread, 'and then?');
          await thread.until(() => thread.reactions(next).length === 1, 'a sign that it waits');
          whole.agents.control.script(turn('Second.'));
          whole.agents.control.open('waits');
          await endsSound(thread, { messages: 2, given: [thread.ts, next] });
          expect(planted.hits()).toBe(1);
          expect(thread.reactions(next)).toEqual([]);
        },
        { settings: { busyMode: 'queue' } },
      ),
    );
  }
});

describe.concurrent('a payload that Slack refuses', () => {
  const text = [
    'Intro.',
    '',
    '| a | b |',
    '|---|---|',
    '| one | two |',
    '',
    '```',
    'code',
    '```',
    '',
    'End.',
  ];
  const long = Array.from({ length: 130 }, (_, at) =>
    `Paragraph ${at}. ${'Warp and weft. '.repeat(6)}`.trim(),
  );
  const errors = ['invalid_blocks', 'msg_too_long', 'msg_blocks_too_long'] as const;
  const methods = ['chat.postMessage', 'chat.update'] as const;

  for (const error of errors) {
    for (const [refused, match] of [
      ['Markdown', markdown],
      ['every block', blocks],
    ] as const) {
      it(
        `for ${error}, ${refused}: plainer forms show every word (fault: message-too-long)`,
        onGround(
          async (whole) => {
            for (const method of methods) {
              const fault = { type: 'error', error } as const;
              whole.slack.control.faults.add({ method, match, times: Infinity, fault });
            }
            const thread = ask(whole, { script: turn(gate('plain'), text.join('\n'), long.join('\n\n')) });
            await thread.until(() => thread.bot().length > 0, 'a message');
            whole.agents.control.open('plain');
            await thread.until(() => thread.words().includes('Paragraph 129.'), 'the last words', 25_000);
            await thread.untilCalm(1, 25_000);
            const shown = thread.words();
            for (const line of [...text, ...long].filter((one) => /^[A-Z]/.test(one))) {
              expect(shown.split(line).length - 1, line).toBe(1);
            }
            for (const cell of ['one', 'two', 'code']) expect(shown).toContain(cell);
          },
          { slack: { remember: { edits: 5 } } },
        ),
      );
    }
  }

  it(
    'once is shown in a plainer form, and the next turn is whole again',
    onGround(async (whole) => {
      const fault = { type: 'error', error: 'invalid_blocks' } as const;
      whole.slack.control.faults.add({ method: 'chat.update', match: markdown, fault });
      const thread = ask(whole, { script: turn(gate('once'), 'In some form.') });
      await thread.until(() => thread.live(), 'a sign of life');
      whole.agents.control.open('once');
      await thread.untilCalm();
      whole.agents.control.script(turn('With Markdown.'));
      const next = reply(thread, 'again');
      await endsSound(thread, { messages: 2, given: [thread.ts, next] });
      expect(ownWords(thread.bot()[1])).toBe('With Markdown.');
    }),
  );
});

describe.concurrent('a bot message that somebody deletes', () => {
  it(
    'during the turn is posted anew, once, with the last words (fault: message-deleted)',
    onGround(async (whole) => {
      const { control } = whole.slack;
      const thread = ask(whole, { script: turn('Half of it.', gate('deleted'), 'The other half.') });
      await thread.until(() => thread.live(1), 'half of it');
      const [first] = thread.bot();
      control.delete({ user: control.ids.admin, channel: thread.channel, ts: first?.ts ?? '' });
      whole.agents.control.open('deleted');
      await endsSound(thread);
      expect(thread.bot()).toHaveLength(1);
      expect(thread.bot()[0]?.ts).not.toBe(first?.ts);
    }),
  );

  it(
    'before a stop stays deleted (fault: message-deleted)',
    onGround(async (whole) => {
      const { control } = whole.slack;
      const thread = ask(whole, { script: turn('Half of it.', gate('never'), 'Never said.') });
      await thread.until(() => thread.live(1), 'half of it');
      const [first] = thread.bot();
      control.delete({ user: control.ids.admin, channel: thread.channel, ts: first?.ts ?? '' });
      reply(thread, 'stop');
      await thread.until(
        () => thread.session.status === 'idle' && thread.status() === 'active',
        'a stopped session',
      );
      whole.agents.control.script(turn('Something new.'));
      const next = reply(thread, 'something new');
      await endsSound(thread, { given: [thread.ts, next], except: ['Half of it.'] });
      expect(thread.bot()).toHaveLength(1);
    }),
  );

  it(
    'after the turn stays deleted',
    onGround(async (whole) => {
      const { control } = whole.slack;
      const thread = ask(whole, { script: turn('Said and deleted.') });
      await thread.untilCalm();
      const [first] = thread.bot();
      control.delete({ user: control.ids.admin, channel: thread.channel, ts: first?.ts ?? '' });
      whole.agents.control.script(turn('Something new.'));
      const next = reply(thread, 'something new');
      await endsSound(thread, { given: [thread.ts, next], except: ['Said and deleted.'] });
      expect(thread.bot()).toHaveLength(1);
    }),
  );

  it(
    'does not stop the answer where the person’s own message is deleted, which the agent is told',
    onGround(async (whole) => {
      const { control } = whole.slack;
      const thread = ask(whole, { script: turn(gate('own'), 'An answer all the same.') });
      await thread.until(() => thread.live(), 'a sign of life');
      control.delete({ user: control.ids.ada, channel: thread.channel, ts: thread.ts });
      await thread.until(() => thread.session.queued === 1, 'the agent to be told');
      whole.agents.control.open('own');
      await endsSound(thread, { given: [thread.ts], again: [thread.ts] });
    }),
  );
});

describe.concurrent('a channel that is lost in the middle of a turn', () => {
  const losses = ['is archived', 'is left by the bot', 'refuses with restricted_action'] as const;
  for (const loss of losses) {
    it(
      `because it ${loss}: given up without a storm, and others are served (fault: channel-lost)`,
      onGround(async (whole) => {
        const { control } = whole.slack;
        const channel = freshChannel(whole, 'lost');
        const thread = ask(whole, { channel, script: turn('Half of it.', gate('lost'), 'The rest.') });
        await thread.until(() => thread.live(1), 'half of it');
        if (loss === 'is archived') control.archive({ user: control.ids.ada, channel });
        else if (loss === 'is left by the bot') control.leave({ user: control.ids.bot, channel });
        else {
          const fault = { type: 'error', error: 'restricted_action' } as const;
          control.faults.add({ method: '*', channel, times: Infinity, fault });
        }
        whole.agents.control.open('lost');
        await thread.until(() => thread.session.status === 'idle', 'the end of the turn');
        const other = ask(whole, { script: turn('Here all is well.') });
        await endsSound(other);
        const calls = control.calls
          .log()
          .filter(
            ({ method, args, error }) =>
              method.startsWith('chat.') && args['channel'] === channel && error !== undefined,
          );
        expect(calls.length).toBeLessThan(5);
      }),
    );
  }
});

describe.concurrent('who somebody is', () => {
  it(
    'is asked again where users.info fails for a moment',
    onGround(async (whole) => {
      const fault = { type: 'http', status: 500 } as const;
      whole.slack.control.faults.add({ method: 'users.info', times: 2, fault });
      await endsSound(ask(whole, { script: turn('Hello, whoever you are.') }));
    }),
  );

  it(
    'is not guessed where it cannot be known: they are told, and nothing is sent',
    onGround(async (whole) => {
      const { control } = whole.slack;
      const fault = { type: 'error', error: 'internal_error' } as const;
      const planted = control.faults.add({ method: 'users.info', times: Infinity, fault });
      const thread = ask(whole);
      await thread.until(() => control.ephemerals(control.ids.ada).length === 1, 'a word to them');
      expect(thread.bot()).toHaveLength(0);
      expect(thread.sessions()).toHaveLength(0);
      planted.remove();
      whole.agents.control.script(turn('Now I know you.'));
      const next = reply(thread, '@heddle and now?', control.ids.ada);
      await endsSound(thread, { given: [next] });
    }),
  );
});
