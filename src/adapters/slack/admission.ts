/**
 * Between the receivers and Bolt: what Slack would deliver again is admitted before Bolt acknowledges it.
 *
 * Bolt acknowledges an event before any listener runs (`@slack/bolt/dist/App.js`, `processEvent`), so a crash in a
 * listener would lose it. Here the admission stands in front of Bolt's `processEvent`; where it fails, Bolt never
 * sees the event, nothing is acknowledged, and Slack delivers again (I1).
 */
import type { App, ReceiverEvent } from '@slack/bolt';
import { messageOf } from '../../errors.ts';
import { around } from '../../lib/failpoint.ts';
import type { BotIdentity, Log, SlackIntake } from '../../ports.ts';
import { fieldsOf, text } from './fields.ts';
import { narrow } from './narrow.ts';

/** This delivery is not acknowledged. */
export class NotAdmitted extends Error {
  override readonly name = 'NotAdmitted';
}

export interface Admission {
  /** In place of Bolt's own. Rejects `NotAdmitted` where nothing may be acknowledged. */
  processEvent(event: ReceiverEvent): Promise<void>;
  /** Admits nothing new; resolves when what had begun has ended. */
  close(): Promise<void>;
}

export interface AdmissionOptions {
  readonly app: Pick<App, 'processEvent'>;
  readonly bot: BotIdentity;
  readonly intake: SlackIntake;
  readonly log: Log;
  /** `user_change`. */
  readonly onPersonChanged: (user: string) => void;
  /** `app_rate_limited`: what was written since then (Unix milliseconds) may not have come. */
  readonly onMissed?: ((since: number) => void) | undefined;
}

export function createAdmission(options: AdmissionOptions): Admission {
  const { app, bot, intake, log, onPersonChanged, onMissed } = options;
  const open = new Set<Promise<void>>();
  let closed = false;

  /** True where Bolt is to see it. */
  async function admitted(body: unknown): Promise<boolean> {
    const payload = narrow(body, bot);
    switch (payload.is) {
      case 'event':
        await intake.event(payload.incoming, bot);
        return true;
      case 'ask':
        return true;
      case 'person-changed':
        onPersonChanged(payload.user);
        return false;
      case 'missed':
        onMissed?.(payload.since);
        return false;
      default:
        if (payload.notable) log.warn({ why: payload.why }, 'Slack has something to say about the app');
        else log.debug({ why: payload.why }, 'nothing for a thread');
        return false;
    }
  }

  async function take(event: ReceiverEvent): Promise<void> {
    let forBolt: boolean;
    try {
      forBolt = await admitted(event.body);
    } catch (error) {
      const id = text(fieldsOf(event.body), 'event_id');
      log.error(
        { eventId: id, why: messageOf(error) },
        'an event was not admitted; Slack will deliver it again',
      );
      throw new NotAdmitted(messageOf(error), { cause: error });
    }
    const ack = once(event.ack);
    if (forBolt) await app.processEvent({ ...event, ack });
    // What no listener answered is acknowledged all the same: Slack can do nothing better with it.
    await ack();
  }

  return {
    async processEvent(event) {
      if (closed) throw new NotAdmitted('this process is stopping');
      const taking = take(event);
      open.add(taking);
      try {
        await taking;
      } finally {
        open.delete(taking);
      }
    },
    async close() {
      closed = true;
      await Promise.allSettled(open);
    },
  };
}

/** The first acknowledgement counts; Bolt's own receivers throw or warn at a second. */
function once(ack: ReceiverEvent['ack']): ReceiverEvent['ack'] {
  let done = false;
  return async (...answer) => {
    if (done) return;
    done = true;
    await around('acknowledge', () => ack(...answer));
  };
}
