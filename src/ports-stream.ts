/**
 * The port of Slack's own streaming: one message that grows by what is appended to it
 * (docs.slack.dev/reference/methods/chat.startStream, .appendStream, .stopStream). The rules about errors, lanes and
 * content of `ports.ts` hold here too: what leaves is asked for when the lane opens.
 *
 * One writer a stream, one call at a time: nothing that was appended can be taken back, and an append whose outcome
 * is not known must not be repeated. Slack ends a stream by itself after some minutes (reported by others: about
 * 306 s); then every call is refused with `message_not_in_streaming_state`. `stopped_by_user`: somebody pressed
 * Slack's Stop. While a stream is open `chat.update` of its message is refused with `streaming_state_conflict`.
 */
import type { ThreadRef } from './core/event.ts';
import type { Block, SessionStatus, SlackWrite } from './ports.ts';

export interface StreamStart extends SlackWrite {
  readonly threadTs: string;
  /** To whom it is streamed, and the workspace that is this person's own. */
  readonly recipient: { readonly user: string; readonly team: string };
  /** Markdown, at most 12,000 characters; undefined: nothing to say any more. */
  readonly text: () => string | undefined;
}

export interface StreamAppend extends SlackWrite {
  readonly ts: string;
  readonly text: () => string | undefined;
}

/** With what a stream ends. */
export interface StreamEnd {
  /** What is still to be appended; may be empty. */
  readonly text: string;
  /** What stands below the text. */
  readonly below: readonly Block[];
  /** What Slack shows of the session from then on. */
  readonly status: SessionStatus;
}

export interface StreamStop extends SlackWrite {
  readonly ts: string;
  /** By which the message is found again, as in `PostCall`. */
  readonly key: string;
  readonly slot: string;
  readonly end: () => StreamEnd | undefined;
}

export interface SlackStreams {
  /** `chat.startStream`. Resolves with the message's `ts`. Not idempotent: an intent first. */
  startStream(call: StreamStart): Promise<string | undefined>;
  /** `chat.appendStream`. Not idempotent. */
  appendStream(call: StreamAppend): Promise<true | undefined>;
  /** `chat.stopStream`. Repeating it is refused with `message_not_in_streaming_state`. */
  stopStream(call: StreamStop): Promise<true | undefined>;
  /** False for a while after this kind of place has refused streams as such. */
  streams(team: string, channel: string): boolean;
  /**
   * Own messages of the thread younger than `after` that carry no key, oldest first: streams whose start was never
   * answered (`conversations.replies`). `known` are not among them.
   */
  strays(thread: ThreadRef, after: string, known: ReadonlySet<string>): Promise<readonly string[]>;
}
