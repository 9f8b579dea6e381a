/**
 * What may go either way. The public documentation leaves these points open, or the service varies in them, so
 * a client has to bear every value; the defaults are the least kind plausible ones.
 */
export interface Settings {
  /** Where a message sent to a running session is picked up: at the next model request, or after the idle. */
  queueMode: 'join' | 'after-idle';
  /** Whether a `user.tool_confirmation` is echoed with `processed_at: null` first, like a message. */
  askEcho: 'null-first' | 'processed';
  /** How long `retrieve().status` still says `running` after `session.status_idle` was streamed, ms. */
  statusLagMs: number;
  /** How long a `user.message` is still refused after the last pending call was answered, ms. */
  answerLagMs: number;
  /** Where events that are not processed yet stand in an ascending list. */
  unprocessedInList: 'last' | 'first' | 'hidden';
  /** Stamp events with whole seconds, so that many share one `processed_at`. */
  sameTimestamp: boolean;
  /** Deliver every event twice on each stream. */
  duplicateEvents: boolean;
  /** Which previews are dropped: none, those past the first third of a text, or all after `event_start`. */
  shedDeltas: 'none' | 'tail' | 'all';
  /** Enforce the requests-a-minute limits. */
  limits: boolean;
  createPerMinute: number;
  readPerMinute: number;
  /** Which of the two limits `events.send` counts against; not documented. */
  sendCountsAs: 'create' | 'read';
  /** Status of a send to an archived or terminated session; 400, 404 and 409 have all been reported. */
  closedSendStatus: 400 | 404 | 409;
  /** How long after the idle a file from `/mnt/session/outputs` appears in `files.list`, ms. */
  fileLagMs: number;
  /** How long an accepted interrupt takes to be applied, ms at pace 1. */
  interruptMs: number;
  /** How long a send to an idle session takes to start the turn, ms at pace 1. */
  startMs: number;
  /** Pause between `event: ping` frames on a stream, ms; 0 for none. */
  heartbeatMs: number;
}

export function defaultSettings(): Settings {
  return {
    queueMode: 'join',
    askEcho: 'null-first',
    statusLagMs: 100,
    answerLagMs: 50,
    unprocessedInList: 'last',
    sameTimestamp: false,
    duplicateEvents: false,
    shedDeltas: 'none',
    limits: true,
    createPerMinute: 300,
    readPerMinute: 1200,
    sendCountsAs: 'read',
    closedSendStatus: 409,
    fileLagMs: 2000,
    interruptMs: 150,
    startMs: 40,
    heartbeatMs: 15_000,
  };
}
