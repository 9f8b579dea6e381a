/** The agent's stream breaks, stalls, repeats itself or leaves things out: the history is the truth. */
import { describe, expect, it } from 'vitest';
import type { DropHow, Op, Settings } from '../../src/playground/agents/index.ts';
import { request } from '../../src/playground/agents/index.ts';
import { removing } from '../support/removing.ts';
import { SHORT } from '../support/whole.ts';
import { ask, endsSound, onGround, press, reply } from './support/ground.ts';
import { Talk, gate, turn } from './support/talk.ts';
import type { Thread } from './support/thread.ts';

const listing: Op = { op: 'use', key: 'ls', name: 'bash', input: { command: 'ls' } };

/** A turn that has everything: texts, a tool that runs, one that asks. Each gate is a moment. */
const everything = turn(
  gate('start'),
  'The first text.',
  gate('text'),
  request('The second text.', listing, gate('tool'), { op: 'result', key: 'ls', text: 'README.md' }),
  removing('May I?'),
  gate('answered'),
  'The last text.',
);

interface Moment {
  readonly name: string;
  /** Brings the turn there. */
  readonly reached: (thread: Thread) => boolean;
  readonly on: (thread: Thread) => unknown;
}

const open =
  (name: string) =>
  (thread: Thread): void =>
    thread.whole.agents.control.open(name);
const MOMENTS: readonly Moment[] = [
  { name: 'before the first word', reached: (it) => it.live(), on: open('start') },
  { name: 'between two texts', reached: (it) => it.live(1), on: open('text') },
  { name: 'while a tool runs', reached: (it) => it.live(2), on: open('tool') },
  {
    name: 'while it asks',
    reached: (it) => it.cards() === 1 && it.status() === 'suspended',
    on: (it) => press(it, 'heddle.approve', it.card().ts),
  },
  {
    name: 'after the answer',
    reached: (it) => it.session.status === 'running' && it.events('user.tool_confirmation').length === 1,
    on: open('answered'),
  },
];

const DROPS: readonly DropHow[] = ['fin', 'rst', 'error', 'garbage'];

describe.concurrent('a stream that breaks', () => {
  for (const how of DROPS) {
    for (const broken of MOMENTS) {
      it(
        `by ${how} ${broken.name} (fault: stream-ends, stream-cut, stream-garbage)`,
        onGround(async (whole) => {
          const thread = ask(whole, { script: everything });
          for (const moment of MOMENTS) {
            await thread.until(() => moment.reached(thread), moment.name);
            if (moment === broken) expect(whole.agents.control.drop(how)).toBeGreaterThan(0);
            await moment.on(thread);
          }
          await endsSound(thread, { messages: 2 });
          expect(thread.events('user.tool_confirmation')).toHaveLength(1);
        }),
      );
    }
  }

  it(
    'again and again',
    onGround(async (whole) => {
      const thread = ask(whole, { script: everything });
      for (const moment of MOMENTS) {
        await thread.until(() => moment.reached(thread), moment.name);
        whole.agents.control.drop('rst');
        await moment.on(thread);
      }
      await endsSound(thread, { messages: 2 });
    }),
  );

  it(
    'and cannot be opened again for a while',
    onGround(async (whole) => {
      const thread = ask(whole, { script: turn('Half of it.', gate('closed'), 'The rest.') });
      await thread.until(() => thread.live(1), 'half of it');
      whole.agents.control.fault({ endpoint: 'events.stream', kind: 'status', status: 500, times: 2 });
      whole.agents.control.fault({ endpoint: 'events.list', kind: 'status', status: 500, times: 2 });
      whole.agents.control.drop('fin');
      whole.agents.control.open('closed');
      await endsSound(thread);
    }),
  );

  it(
    'while it is being stopped',
    onGround(async (whole) => {
      const thread = ask(whole, { script: turn('Half of it.', gate('never'), 'Never said.') });
      await thread.until(() => thread.live(1), 'half of it');
      whole.agents.control.drop('rst');
      reply(thread, 'stop');
      await endsSound(thread);
      expect(thread.words()).toContain('Stopped by');
      expect(thread.events('user.interrupt')).toHaveLength(1);
    }),
  );

  it(
    'silently is noticed by the watchdog (fault: stream-half-open)',
    onGround(
      async (whole) => {
        const thread = ask(whole, { script: turn('Half of it.', gate('stalled'), 'The rest.') });
        await thread.until(() => thread.live(1), 'half of it');
        whole.agents.control.drop('stall');
        whole.agents.control.open('stalled');
        await endsSound(thread);
      },
      { times: { ...SHORT, silentMs: 1_000 }, agents: { heartbeatMs: 200 } },
    ),
  );

  it(
    'is opened again, and what was missed is listed',
    onGround(
      async (whole) => {
        const { ada } = whole.slack.control.ids;
        const talk = new Talk(whole, 'reconnect', 'The stream breaks: opened again, the history listed.');
        talk.script(turn('Half of it.', gate('again 1'), 'The rest.', gate('again 2')));
        const root = await talk.start(ada, '@heddle write', (thread) => thread.live(1));
        await talk.act(
          'the stream breaks',
          () => whole.agents.control.drop('rst'),
          (thread) => thread.session.streams === 1 && (whole.agents.control.calls()['events.list'] ?? 0) > 0,
        );
        await talk.open('again 1', (thread) => thread.events('agent.message').length === 2);
        await talk.open('again 2', (thread) => thread.calm());
        await talk.end({ given: [root] });
      },
      { agents: { settings: { statusLagMs: 0, answerLagMs: 0 } } },
    ),
  );
});

const FREEDOMS: readonly Partial<Settings>[] = [
  { queueMode: 'after-idle' },
  { askEcho: 'processed' },
  { statusLagMs: 600 },
  { answerLagMs: 300 },
  { unprocessedInList: 'first' },
  { unprocessedInList: 'hidden' },
  { sameTimestamp: true },
  { duplicateEvents: true },
  { shedDeltas: 'tail' },
  { shedDeltas: 'all' },
  { startMs: 400 },
  { sameTimestamp: true, duplicateEvents: true, unprocessedInList: 'first', queueMode: 'after-idle' },
];

describe.concurrent('what the service leaves open', () => {
  for (const settings of FREEDOMS) {
    it(
      `bears ${JSON.stringify(settings)}`,
      onGround(
        async (whole) => {
          const thread = ask(whole, { script: everything });
          for (const moment of MOMENTS.slice(0, 3)) {
            await thread.until(() => moment.reached(thread), moment.name);
            await moment.on(thread);
          }
          await thread.until(() => thread.cards() === 1, 'a card');
          const held = reply(thread, 'and the cache too');
          await thread.until(() => thread.reactions(held).length > 0, 'a sign that it waits');
          whole.agents.control.script(null);
          whole.agents.control.open('answered');
          await press(thread, 'heddle.approve', thread.card().ts);
          await thread.until(() => thread.events('user.message').length === 2, 'the held reply');
          await endsSound(thread, { messages: 3, given: [thread.ts, held] });
        },
        { agents: { settings } },
      ),
    );
  }

  for (const closedSendStatus of [400, 404, 409] as const) {
    it(
      `bears ${closedSendStatus} from a session that was archived (fault: session-archived)`,
      onGround(
        async (whole) => {
          const thread = ask(whole, { script: turn('First.') });
          await thread.untilCalm();
          whole.agents.control.archive(thread.session.id);
          whole.agents.control.script(turn('Second.'));
          const next = reply(thread, 'go on');
          await endsSound(thread, { messages: 2, given: [thread.ts, next], sessions: 2 });
        },
        { agents: { settings: { closedSendStatus } } },
      ),
    );
  }
});

describe.concurrent('events that nobody expects', () => {
  it(
    'of unknown types change nothing',
    onGround(async (whole) => {
      const thread = ask(whole, { script: turn('Half of it.', gate('odd'), 'The rest.') });
      await thread.until(() => thread.live(1), 'half of it');
      const { control } = whole.agents;
      control.emit(thread.session.id, {
        type: 'agent.something_new',
        content: [{ type: 'text', text: 'x' }],
      });
      control.emit(thread.session.id, { type: 'session.odd', stop_reason: { type: 'requires_action' } });
      control.emit(thread.session.id, { type: 'agent.tool_result', tool_use_id: 'sevt_unknown' });
      control.open('odd');
      await endsSound(thread);
    }),
  );

  for (const sameTimestamp of [false, true]) {
    it(
      `that are repeated from an earlier turn are shown once${sameTimestamp ? ', also with one time for all' : ''}`,
      onGround(
        async (whole) => {
          const script = turn(request('The first answer.', listing, { op: 'result', key: 'ls', text: 'a' }));
          const thread = ask(whole, { script });
          await thread.untilCalm();
          const { id, events } = thread.session;
          whole.agents.control.script(turn(gate('repeat'), 'The second answer.'));
          const next = reply(thread, 'and another');
          await thread.until(() => thread.live(), 'the second turn');
          for (const event of events) whole.agents.control.repeat(id, event.id);
          whole.agents.control.open('repeat');
          await endsSound(thread, { messages: 2, given: [thread.ts, next] });
        },
        { agents: { settings: { sameTimestamp } } },
      ),
    );
  }
});
