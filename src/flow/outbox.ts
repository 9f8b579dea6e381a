/**
 * Makes Slack show the thread's picture: compares what is wanted with what is posted and writes the difference.
 *
 * O1  One write at a time; messages are posted in the order in which they stand.
 * O2  Nothing is posted before its intent is saved; a post whose outcome is unknown is looked up before it is
 *     repeated, and then only when no request can still be alive (I7).
 * O3  Content is taken when the lane opens: newest wins. Growth may be skipped, the last picture may not (I5).
 * O4  A message proven deleted is posted anew once, and only when it has something final to say.
 * O5  A refused form falls back to a plainer one before anything is given up.
 */
import { Bell } from '../lib/bell.ts';
import type { OutboxDeps, OutboxHost } from './outbox-host.ts';
import { sideShow } from './side-show.ts';
import { Writer } from './writer.ts';

export interface Outbox {
  /** The state has changed. */
  touch(): void;
  /** The growing text has changed. Next to free while its time to be written has not come. */
  grown(): void;
  /** Everything wanted stands, and nothing is under way. */
  quiet(): boolean;
  /** The process is going: growth is written at once, one last time. */
  finish(): void;
  /** Settles with the call to Slack that is under way; never rejects. */
  underWay(): Promise<unknown>;
}

export function createOutbox(deps: OutboxDeps, host: OutboxHost): Outbox {
  const bell = new Bell();
  // For the first look.
  bell.ring();
  /** Growth waits for its time: what it has grown to is looked at then. */
  let paced = false;
  const side = sideShow(deps, host, () => settledDown());
  const writer = new Writer(deps, host, side);
  writer.working = true;
  const quiet = (): boolean => !bell.rung && !writer.working && side.quiet();

  /** Tells the host when there is nothing left to do, so that it can rest. */
  function settledDown(): void {
    if (quiet()) host.quiet();
  }

  async function run(): Promise<void> {
    while (!host.signal.aborted) {
      bell.listen();
      const op = writer.next();
      writer.working = op !== undefined;
      paced = op?.do === 'wait' && op.paced === true;
      if (op?.do === 'wait') await bell.heardWithin(op.ms, deps.clock);
      else if (op) await writer.perform(op);
      else if (!bell.rung) {
        settledDown();
        await bell.heard();
      }
    }
  }

  function touch(): void {
    side.touch();
    writer.hurry();
    bell.ring();
  }

  Promise.resolve()
    .then(run)
    .catch((error: unknown) => {
      if (!host.signal.aborted) host.failed(error);
    });
  host.signal.addEventListener('abort', touch, { once: true });
  return {
    touch,
    grown: () => {
      if (!paced) bell.ring();
    },
    quiet,
    finish: () => {
      writer.finish();
      touch();
    },
    underWay: () => writer.underWay,
  };
}
