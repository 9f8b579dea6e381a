/**
 * Webhooks of the platform: a hint that something happened, delivered at least once, in no order, at most three
 * times, then dropped without a word. Signed as Standard Webhooks (`resources/beta/webhooks.ts` of
 * @anthropic-ai/sdk 1.10.0 verifies them).
 */
import { createHmac, randomInt } from 'node:crypto';
import { after } from './clock.ts';
import { newId } from './ids.ts';
import type { SessionEvent } from './types.ts';

export interface WebhookTarget {
  readonly url: string;
  /** `whsec_` and base64. */
  readonly secret: string;
  /** Deliver each one twice. */
  readonly duplicate?: boolean;
  /** Lose every n-th. */
  readonly dropEvery?: number;
  /** Hold each one for a random time up to this, ms, so that they overtake each other. */
  readonly jitterMs?: number;
  /** Pause before a failed delivery is tried again, ms; the service waits 5 to 120 s. */
  readonly retryMs?: number;
}

const ATTEMPTS = 3;

/** Which events of a session the service announces, and under which name. */
const NAMES: Readonly<Record<string, string>> = {
  'session.status_running': 'session.status_run_started',
  'session.status_idle': 'session.status_idled',
  'session.status_rescheduled': 'session.status_rescheduled',
  'session.status_terminated': 'session.status_terminated',
  'session.thread_created': 'session.thread_created',
  'session.thread_status_idle': 'session.thread_idled',
  'session.thread_status_terminated': 'session.thread_terminated',
  'span.outcome_evaluation_end': 'session.outcome_evaluation_ended',
  'session.updated': 'session.updated',
  'session.deleted': 'session.deleted',
};

export class Webhooks {
  target: WebhookTarget | null = null;
  #count = 0;
  readonly #pending = new Set<() => void>();

  notice(session: string, event: SessionEvent): void {
    const name = NAMES[event.type];
    if (!this.target || name === undefined) return;
    this.#announce(this.target, session, name, event['session_thread_id']);
    const stop = event['stop_reason'] as { type?: unknown } | undefined;
    if (name === 'session.status_idled' && stop?.type === 'budget_reached') {
      this.#announce(this.target, session, 'session.budget_reached', undefined);
    }
  }

  /** Gives up what is not delivered yet. */
  stop(): void {
    for (const cancel of this.#pending) cancel();
    this.#pending.clear();
    this.target = null;
  }

  #announce(target: WebhookTarget, session: string, type: string, thread: unknown): void {
    this.#count += 1;
    if (target.dropEvery !== undefined && this.#count % target.dropEvery === 0) return;
    const id = newId('whe');
    const data = {
      type,
      id: session,
      organization_id: 'org_playground',
      workspace_id: 'wrkspc_playground',
      ...(typeof thread === 'string' ? { session_thread_id: thread } : {}),
    };
    const body = JSON.stringify({ type: 'event', id, created_at: new Date().toISOString(), data });
    for (let copy = 0; copy < (target.duplicate ? 2 : 1); copy += 1) this.#later(target, id, body, 1);
  }

  #later(target: WebhookTarget, id: string, body: string, attempt: number): void {
    const jitter = target.jitterMs ? randomInt(target.jitterMs) : 0;
    const wait = attempt === 1 ? jitter : (target.retryMs ?? 5000) + jitter;
    const cancel = after(wait, () => {
      this.#pending.delete(cancel);
      deliver(target, id, body).then(
        (taken) => {
          if (!taken && attempt < ATTEMPTS && this.target === target)
            this.#later(target, id, body, attempt + 1);
        },
        () => {},
      );
    });
    this.#pending.add(cancel);
  }
}

/** Whether the receiver took it; never throws. */
async function deliver(target: WebhookTarget, id: string, body: string): Promise<boolean> {
  const timestamp = String(Math.floor(Date.now() / 1000));
  const key = Buffer.from(target.secret.replace(/^whsec_/, ''), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  try {
    const response = await fetch(target.url, {
      method: 'POST',
      redirect: 'manual',
      signal: AbortSignal.timeout(10_000),
      headers: {
        'content-type': 'application/json',
        'webhook-id': id,
        'webhook-timestamp': timestamp,
        'webhook-signature': `v1,${signature}`,
      },
      body,
    });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
