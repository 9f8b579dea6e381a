/**
 * The bytes of a stream, watched below the SDK, which swallows pings and never gives up waiting.
 *
 * W1  Nothing is read ahead: a byte is taken only when somebody waits for it, so that a slow reader slows the
 *     service and memory stays bounded.
 * W2  Silence counts only while somebody waits for a byte.
 * W3  One event may be so long and no longer: the SDK's parser scans a growing buffer again with each chunk
 *     (`core/streaming.js` `_iterSSEMessages`), which takes seconds of CPU at 20 MB.
 */
import { PortError } from '../../errors.ts';
import type { SystemClock } from '../../lib/time.ts';

export interface WatchOptions {
  readonly clock: SystemClock;
  /** Milliseconds without a byte after which the connection counts as dead. */
  readonly silentMs: number;
  /** Bytes of one event, its framing included. */
  readonly maxEventBytes: number;
  /** Called for each chunk with its length in bytes. */
  readonly onBytes: (bytes: number) => void;
  /** Called once, with the reason to give the stream up. */
  readonly onFail: (error: PortError) => void;
}

export interface WatchedBody {
  readonly body: ReadableStream<Uint8Array>;
  /** Ends the watch. The stream itself is ended by its own request's signal. */
  stop(): void;
}

export function watchBody(source: ReadableStream<Uint8Array>, options: WatchOptions): WatchedBody {
  const reader = source.getReader();
  const silence = silenceWatch(options);
  const eventLength = eventMeter();
  const body = new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        silence.waiting();
        const { done, value } = await reader.read();
        silence.heard();
        if (done) {
          controller.close();
          return;
        }
        options.onBytes(value.length);
        if (eventLength(value) > options.maxEventBytes) throw tooLarge(options);
        controller.enqueue(value);
      },
      cancel: (reason) => reader.cancel(reason),
    },
    { highWaterMark: 0 },
  );
  return { body, stop: () => silence.stop() };
}

function tooLarge({ maxEventBytes, onFail }: WatchOptions): PortError {
  const error = new PortError({
    kind: 'retry',
    code: 'event_too_large',
    message: `an event of the stream is longer than ${maxEventBytes} bytes; the list has it`,
  });
  onFail(error);
  return error;
}

interface SilenceWatch {
  waiting(): void;
  heard(): void;
  stop(): void;
}

/** One timer for the whole stream that looks at the clock, instead of one armed again for each chunk. */
function silenceWatch({ clock, silentMs, onFail }: WatchOptions): SilenceWatch {
  let waitingSince: number | undefined;
  let cancel = clock.setTimer(look, silentMs);
  function look(): void {
    const waited = waitingSince === undefined ? 0 : clock.monotonic() - waitingSince;
    if (waited < silentMs) {
      cancel = clock.setTimer(look, Math.max(1, silentMs - waited));
      return;
    }
    onFail(new PortError({ kind: 'retry', code: 'silent', message: `no byte for ${silentMs} ms` }));
  }
  return {
    waiting: () => {
      waitingSince = clock.monotonic();
    },
    heard: () => {
      waitingSince = undefined;
    },
    stop: () => cancel(),
  };
}

/** Two bytes of which each blank line, however its ends are written, contains at least one pair. */
const BLANK_LINES = ['\n\n', '\n\r', '\r\r'] as const;

/** Says after each chunk how many bytes the event has that is not finished yet. */
function eventMeter(): (chunk: Uint8Array) => number {
  let open = 0;
  let last = 0;
  return (chunk) => {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const end = Math.max(...BLANK_LINES.map((pair) => bytes.lastIndexOf(pair, undefined, 'latin1')));
    const first = bytes[0];
    const acrossChunks =
      first !== undefined && BLANK_LINES.some((pair) => pair === String.fromCharCode(last, first));
    if (end >= 0) open = bytes.length - end;
    else open = (acrossChunks ? 0 : open) + bytes.length;
    last = bytes.at(-1) ?? last;
    return open;
  };
}
