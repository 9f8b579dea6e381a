/** Managed Agents answers late, wrongly or not at all: nothing is sent twice, nothing is lost, nothing hangs. */
import { describe, expect, it } from 'vitest';
import type { Fault, Op } from '../../src/playground/agents/index.ts';
import { request } from '../../src/playground/agents/index.ts';
import { removing } from '../support/removing.ts';
import { ask, endsSound, onGround, press, reply } from './support/ground.ts';
import { gate, turn } from './support/talk.ts';

type Trouble = Omit<Fault, 'endpoint'>;

const TROUBLES: readonly { readonly what: string; readonly trouble: Trouble }[] = [
  { what: 'reset before it is done', trouble: { kind: 'reset' } },
  { what: 'reset after it was done', trouble: { kind: 'reset', commit: 'after' } },
  { what: 'no answer, and nothing done', trouble: { kind: 'hang' } },
  { what: 'no answer, but it was done', trouble: { kind: 'hang', commit: 'after' } },
  { what: '500 before it is done', trouble: { kind: 'status', status: 500 } },
  { what: '500 after it was done', trouble: { kind: 'status', status: 500, commit: 'after' } },
  { what: 'HTML in place of the answer', trouble: { kind: 'html', commit: 'after' } },
  { what: 'an answer that is cut', trouble: { kind: 'cut', commit: 'after' } },
  { what: '529', trouble: { kind: 'status', status: 529 } },
  { what: '429 with Retry-After', trouble: { kind: 'status', status: 429, retryAfter: 1 } },
  { what: '429 without Retry-After', trouble: { kind: 'status', status: 429 } },
];

const lookup: Op = { op: 'use', key: 'it', kind: 'custom', name: 'lookup', input: {} };
const lookingUp = request('I ask.', lookup, { op: 'result', key: 'it', text: '' });

describe.concurrent('the answer to creating a session', () => {
  for (const { what, trouble } of TROUBLES) {
    it(
      what,
      onGround(async (whole) => {
        whole.agents.control.fault({ endpoint: 'sessions.create', ...trouble });
        await endsSound(ask(whole, { script: turn('One session.') }));
        expect(whole.agents.control.calls()['sessions.create']).toBe(trouble.commit === 'after' ? 1 : 2);
      }),
    );
  }
});

describe.concurrent(
  'the answer to sending a message (fault: send-fails, send-unanswered, agents-limited)',
  () => {
    for (const { what, trouble } of TROUBLES) {
      it(
        what,
        onGround(async (whole) => {
          whole.agents.control.fault({ endpoint: 'events.send', ...trouble });
          await endsSound(ask(whole, { script: turn('Sent once.') }));
          expect(whole.agents.control.calls()['events.send']).toBe(trouble.commit === 'after' ? 1 : 2);
        }),
      );
    }
  },
);

describe.concurrent('the answer to sending an interrupt', () => {
  for (const { what, trouble } of TROUBLES) {
    it(
      what,
      onGround(async (whole) => {
        const thread = ask(whole, { script: turn('Half of it.', gate('half'), 'Never said.') });
        await thread.until(() => thread.live(1), 'half of it');
        whole.agents.control.fault({ endpoint: 'events.send', ...trouble });
        reply(thread, 'stop');
        await endsSound(thread);
        expect(thread.words()).toContain('Stopped by');
        expect(thread.events('user.interrupt')).toHaveLength(1);
        expect(thread.words()).not.toContain('Never said.');
      }),
    );
  }
});

describe.concurrent('the answer to approving a tool', () => {
  for (const { what, trouble } of TROUBLES) {
    it(
      what,
      onGround(async (whole) => {
        const thread = ask(whole, { script: turn(removing('May I?'), 'Gone.') });
        await thread.until(() => thread.cards() === 1, 'a card');
        whole.agents.control.fault({ endpoint: 'events.send', ...trouble });
        await press(thread, 'heddle.approve', thread.card().ts);
        await endsSound(thread, { messages: 2 });
        expect(thread.events('user.tool_confirmation')).toHaveLength(1);
        expect(thread.words()).toContain('Approved by');
      }),
    );
  }
});

describe.concurrent('the answer to declining a tool that nobody runs here', () => {
  for (const { what, trouble } of TROUBLES) {
    it(
      what,
      onGround(async (whole) => {
        whole.agents.control.fault({ endpoint: 'events.send', skip: 1, ...trouble });
        const thread = ask(whole, { script: turn(lookingUp, 'It could not tell.') });
        await endsSound(thread);
        expect(thread.events('user.custom_tool_result')).toHaveLength(1);
      }),
    );
  }
});

describe.concurrent('a message that is stopped while its arrival is in doubt', () => {
  it(
    'is interrupted where it had arrived',
    onGround(async (whole) => {
      whole.agents.control.fault({ endpoint: 'events.send', kind: 'hang', commit: 'after' });
      const thread = ask(whole, { script: turn(gate('doubt'), 'Never said.') });
      await thread.until(() => thread.events('user.message').length === 1, 'the message');
      reply(thread, 'stop');
      await endsSound(thread);
      expect(thread.words()).toContain('Stopped by');
      expect(thread.events('agent.message')).toHaveLength(0);
    }),
  );

  it(
    'is not sent again where it had not',
    onGround(async (whole) => {
      whole.agents.control.fault({ endpoint: 'events.send', kind: 'hang' });
      const thread = ask(whole, { script: turn('Never said.') });
      await thread.until(() => thread.sessions().length === 1, 'a session');
      reply(thread, 'stop');
      await endsSound(thread, { given: [] });
      expect(thread.words()).toContain('Stopped by');
    }),
  );
});

describe.concurrent('reads that fail', () => {
  it(
    'while a session is looked for never make a second one',
    onGround(async (whole) => {
      whole.agents.control.fault({ endpoint: 'sessions.create', kind: 'reset', commit: 'after' });
      whole.agents.control.fault({ endpoint: 'sessions.list', kind: 'status', status: 500, times: 3 });
      await endsSound(ask(whole, { script: turn('One session.') }));
    }),
  );

  it(
    'while a message is looked for never send it twice',
    onGround(async (whole) => {
      whole.agents.control.fault({ endpoint: 'events.send', kind: 'reset', commit: 'after' });
      whole.agents.control.fault({ endpoint: 'events.list', kind: 'status', status: 500, times: 3 });
      await endsSound(ask(whole, { script: turn('Sent once.') }));
    }),
  );

  it(
    'because a page is cut are made again',
    onGround(async (whole) => {
      whole.agents.control.fault({ endpoint: 'events.send', kind: 'reset', commit: 'after' });
      whole.agents.control.fault({ endpoint: 'events.list', kind: 'cut', commit: 'after' });
      await endsSound(ask(whole, { script: turn('Sent once.') }));
    }),
  );
});

describe.concurrent('what cannot succeed', () => {
  for (const status of [400, 401, 403]) {
    it(
      `${status} is said in words, and the next message tries again`,
      onGround(async (whole) => {
        whole.agents.control.fault({ endpoint: 'sessions.create', kind: 'status', status });
        const thread = ask(whole, { script: turn('Now it works.') });
        await thread.untilCalm();
        expect(thread.words()).toMatch(/:warning:/);
        const next = reply(thread, 'try again');
        await thread.until(() => thread.words().includes('Now it works.'), 'the answer');
        await thread.untilCalm(2);
        expect(thread.sessions()).toHaveLength(1);
        const [message] = thread.events('user.message');
        expect(JSON.stringify(message)).toContain(next);
        expect(JSON.stringify(message)).toContain('weave');
      }),
    );
  }
});
