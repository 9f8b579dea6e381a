/** What goes wrong with streams: the whole text stands once, nothing looks as if it were still being written. */
import { describe, expect, it } from 'vitest';
import { request } from '../../src/playground/agents/index.ts';
import type { Whole } from '../support/whole.ts';
import { ask, endsSound } from './support/ground.ts';
import { answer, count, ground, writes } from './support/streaming.ts';
import { turn } from './support/talk.ts';
import { Thread } from './support/thread.ts';

type Trouble = Parameters<Whole['slack']['control']['faults']['add']>[0]['fault'];

interface Case {
  readonly what: string;
  readonly fault: Trouble;
}

const refused = (error: string): Case => ({ what: error, fault: { type: 'error', error } });

const REFUSED: readonly Case[] = [
  refused('unknown_method'),
  refused('missing_scope'),
  refused('msg_too_long'),
  { what: '429 with Retry-After', fault: { type: 'rate_limited', retryAfter: 1 } },
];

const UNANSWERED: readonly Case[] = [
  { what: 'reset before it is done', fault: { type: 'reset' } },
  { what: 'reset after it was done', fault: { type: 'reset', commit: true } },
  { what: 'no answer, and nothing done', fault: { type: 'hang' } },
  { what: 'no answer, but it was done', fault: { type: 'hang', commit: true } },
  { what: '500 after it was done', fault: { type: 'http', status: 500, commit: true } },
  { what: 'HTML in place of the answer', fault: { type: 'garbage', commit: true } },
];

/** The fault strikes while an answer is streamed; the answer stands once, whole. */
const survives = (method: string, fault: Trouble): (() => Promise<void>) =>
  ground(async (whole) => {
    const planted = whole.slack.control.faults.add({ method, fault });
    const thread = ask(whole, { script: turn(request(writes(1_500))) });
    await thread.until(() => planted.hits() === 1, 'the fault');
    await endsSound(thread);
    answer(thread);
  });

const METHODS = ['chat.startStream', 'chat.appendStream', 'chat.stopStream'];

describe.concurrent.each(METHODS)('%s is refused (fault: slack-stream-refused)', (method) => {
  for (const { what, fault } of REFUSED) it(what, survives(method, fault));
});

describe.concurrent.each(METHODS)('%s is not answered (fault: slack-stream-unanswered)', (method) => {
  for (const { what, fault } of UNANSWERED) it(what, survives(method, fault));
});

describe.concurrent('a stream that is not open', () => {
  const { fault } = refused('message_not_in_streaming_state');

  it(
    'is left for an edit (fault: slack-stream-expired)',
    ground(
      async (whole, calls) => {
        const thread = ask(whole, { script: turn(request(writes(3_500))) });
        await endsSound(thread);
        expect(answer(thread).streaming).toBe('errored');
        expect(count(calls, 'chat.update')).toBeGreaterThan(0);
      },
      { output: 'stream' },
      { slack: { timings: { streamMs: 1_500 } }, times: {} },
    ),
  );

  it(
    'as Slack says, and is: it is ended before the edit (fault: slack-stream-conflict)',
    survives('chat.stopStream', fault),
  );
  it('as Slack says while it grows (fault: slack-stream-conflict)', survives('chat.appendStream', fault));
});

describe.concurrent('a workspace without streams', () => {
  it(
    'is asked once: the next answer is edited (fault: slack-stream-refused)',
    ground(async (whole, calls) => {
      const fault = { type: 'error', error: 'unknown_method' } as const;
      whole.slack.control.faults.add({ method: 'chat.startStream', fault, times: Number.POSITIVE_INFINITY });
      for (let turns = 0; turns < 2; turns += 1) {
        const thread = ask(whole, { script: turn(request(writes(1_000))) });
        await endsSound(thread);
        answer(thread);
      }
      expect(count(calls, 'chat.startStream')).toBe(1);
      expect(count(calls, 'chat.delete')).toBe(1);
    }),
  );
});

describe.concurrent('somebody of another organisation', () => {
  it(
    'is streamed to with the workspace that is theirs (fault: slack-stream-recipient)',
    ground(
      async (whole, calls) => {
        const { ids, ...control } = whole.slack.control;
        whole.agents.control.script(turn(request(writes(1_500))));
        const ts = control.say({ user: ids.outsider, channel: ids.shared, text: '@heddle weave' });
        const thread = new Thread(whole, ids.shared, ts);
        await endsSound(thread, { messages: 2 });
        // Above it stands that the channel is shared.
        expect(thread.bot().at(-1)?.streaming).toBe('completed');
        const start = calls.find(({ path }) => path.endsWith('chat.startStream'));
        expect(start?.request).toMatchObject({
          recipient_user_id: ids.outsider,
          recipient_team_id: 'T0OTHER001',
        });
      },
      {
        output: 'stream',
        allow: { guests: false, outsiders: true, bots: false },
        sharedChannels: true,
      },
    ),
  );
});
