/** What goes wrong with streams: the whole text stands once, nothing looks as if it were still being written. */
import { describe, it } from 'vitest';
import { request } from '../../src/playground/agents/index.ts';
import type { Whole } from '../support/whole.ts';
import { ask, endsSound } from './support/ground.ts';
import { answer, ground, writes } from './support/streaming.ts';
import { turn } from './support/talk.ts';

type Trouble = Parameters<Whole['slack']['control']['faults']['add']>[0]['fault'];

const TROUBLES: readonly { readonly what: string; readonly fault: Trouble }[] = [
  {
    what: 'message_not_in_streaming_state',
    fault: { type: 'error', error: 'message_not_in_streaming_state' },
  },
  { what: 'unknown_method', fault: { type: 'error', error: 'unknown_method' } },
  { what: 'missing_scope', fault: { type: 'error', error: 'missing_scope' } },
  { what: 'msg_too_long', fault: { type: 'error', error: 'msg_too_long' } },
  { what: 'reset before it is done', fault: { type: 'reset' } },
  { what: 'reset after it was done', fault: { type: 'reset', commit: true } },
  { what: 'no answer, and nothing done', fault: { type: 'hang' } },
  { what: 'no answer, but it was done', fault: { type: 'hang', commit: true } },
  { what: '500 after it was done', fault: { type: 'http', status: 500, commit: true } },
  { what: 'HTML in place of the answer', fault: { type: 'garbage', commit: true } },
  { what: '429 with Retry-After', fault: { type: 'rate_limited', retryAfter: 1 } },
];

describe.concurrent.each(['chat.startStream', 'chat.appendStream', 'chat.stopStream'])(
  'the answer to %s (fault: slack-stream-refused, slack-stream-unanswered, slack-stream-expired)',
  (method) => {
    for (const { what, fault } of TROUBLES) {
      it(
        what,
        ground(async (whole) => {
          const planted = whole.slack.control.faults.add({ method, fault });
          const thread = ask(whole, { script: turn(request(writes(1_500))) });
          await thread.until(() => planted.hits() === 1, 'the fault');
          await endsSound(thread);
          answer(thread);
        }),
      );
    }
  },
);
