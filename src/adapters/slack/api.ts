/**
 * Slack's Web API as the port the flow asks: writes, reads, people and session status, each through its lane.
 * What each method of the port promises is in `ports.ts`.
 */
import type { BotIdentity, Clock, Log, SlackPort } from '../../ports.ts';
import type { SlackBacklog } from '../../ports-recovery.ts';
import { systemClock } from '../../lib/time.ts';
import { createBacklog } from './backlog.ts';
import { createCalls, type CallListener, type CallsOptions } from './calls.ts';
import type { Lanes } from './lanes.ts';
import { createForms } from './forms.ts';
import { createFiles } from './files.ts';
import { createChannels } from './channels.ts';
import { createGroups } from './groups.ts';
import { createPeople } from './people.ts';
import { createReads } from './reads.ts';
import { createStatus } from './status.ts';
import { createStreams } from './streams.ts';
import { createUploads } from './uploads.ts';
import { createWrites } from './writes.ts';

export interface SlackPortOptions {
  /** `xoxb-…`. */
  readonly token: string;
  /** Base of the Web API; undefined for Slack's own. */
  readonly apiUrl?: string | undefined;
  readonly lanes: Lanes;
  readonly log: Log;
  readonly clock?: Clock;
  /** Milliseconds for a call that writes; `CALL_MS`. */
  readonly callMs?: number;
  /** Told of every call that ended, for the metrics. */
  readonly onCall?: CallListener;
  readonly random?: CallsOptions['random'];
  readonly connect?: CallsOptions['connect'];
}

/** The port, and what keeps its knowledge of people fresh. */
export type SlackAdapter = SlackPort & {
  /** What is known of this person is stale (`user_change`). */
  personChanged(user: string): void;
  /** What stands in Slack already, as the bot sees it. */
  backlog(bot: BotIdentity): SlackBacklog;
};

export function createSlackPort({
  token,
  apiUrl,
  lanes,
  log,
  clock = systemClock,
  callMs,
  onCall,
  random,
  connect,
}: SlackPortOptions): SlackAdapter {
  const calls = createCalls({ token, apiUrl, lanes, log, clock, callMs, onCall, random, connect });
  const people = createPeople({ calls, clock, log });
  const reads = createReads({ calls, people });
  const writes = createWrites(calls, reads);
  const uploads = createUploads(calls, apiUrl);
  const files = createFiles({ calls, clock, token, apiUrl });
  const status = createStatus({ calls, clock, log });
  const streams = createStreams({ calls, clock, log });
  return {
    ...writes,
    ...uploads,
    ...files,
    ...reads,
    ...status,
    ...streams,
    ...createForms(calls),
    person: people.person,
    ...createGroups({ calls, clock }),
    ...createChannels({ calls, clock }),
    personChanged: people.changed,
    backlog: (bot) => createBacklog(calls, bot),
  };
}
