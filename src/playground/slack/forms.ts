import { isObject } from './blocks.ts';
import { SlackApiError, type Slack } from './call.ts';
import { refusedByClient, stateOf } from './form-state.ts';
import { maxStack, readView } from './methods/views.ts';
import type { ViewValues } from './page-api.ts';
import type { Json, UserRecord, ViewRecord } from './records.ts';

/** What came of sending a form. */
export type Submission = { ok: true; errors?: Record<string, string> } | { ok: false; error: string };

/**
 * Sends a form and does what the acknowledgement says: close, clear, update, push, or show errors. An answer that
 * Slack cannot follow leaves the form open; the person reads that something went wrong, and the app is told nothing.
 */
export async function submitView(
  slack: Slack,
  user: UserRecord,
  id: string,
  entered: ViewValues,
): Promise<Submission> {
  const view = slack.interactions.views.find(id);
  if (!view || view.user !== user.id) throw new SlackApiError('not_found');
  const values = stateOf(view.blocks, entered);
  const refused = refusedByClient(view.blocks, values);
  if (Object.keys(refused).length > 0) return { ok: true, errors: refused };
  const result = await slack.interactions.submit(user, view, values);
  if (!result.ok) return result;
  try {
    return follow(slack, user, view, isObject(result.ack) ? result.ack : {});
  } catch (error) {
    if (!(error instanceof SlackApiError)) throw error;
    const reason = 'invalid_view_response';
    const failed = { kind: 'interaction_failed', to: user.id, what: 'view_submission', reason } as const;
    slack.workspace.tell({ ...failed, detail: explained(error) });
    return { ok: false, error: reason };
  }
}

function explained({ code, more }: SlackApiError): string {
  const messages = (more['response_metadata'] as { messages?: string[] } | undefined)?.messages ?? [];
  return [code, ...messages].join(' ');
}

function follow(slack: Slack, user: UserRecord, view: ViewRecord, answer: Json): Submission {
  const { views } = slack.interactions;
  switch (answer['response_action']) {
    case undefined:
      views.close(view);
      return { ok: true };
    case 'clear':
      views.clear(user.id);
      return { ok: true };
    case 'errors':
      return refuse(slack, view, answer['errors']);
    case 'update':
      views.replace(readView(slack, answer['view'], 'modal', user.id, view));
      return { ok: true };
    case 'push': {
      if (views.stack(user.id).length >= maxStack) throw new SlackApiError('push_limit_reached');
      const next = readView(slack, answer['view'], 'modal', user.id, undefined);
      views.open({ ...next, root_view_id: view.root_view_id, previous_view_id: view.id });
      return { ok: true };
    }
    default:
      throw new SlackApiError('invalid_response_action');
  }
}

/** Errors stand at input blocks; naming anything else makes the whole answer useless. */
function refuse(slack: Slack, view: ViewRecord, errors: unknown): Submission {
  const entries = isObject(errors) ? Object.entries(errors) : [];
  const inputs = new Set(
    view.blocks.filter((block) => block.type === 'input').map((block) => block.block_id),
  );
  const usable = entries.every(([id, text]) => inputs.has(id) && typeof text === 'string' && text !== '');
  if (entries.length === 0 || !usable) throw new SlackApiError('invalid_errors');
  const told = Object.fromEntries(entries.map(([id, text]) => [id, String(text)]));
  slack.interactions.views.replace(view, told);
  return { ok: true, errors: told };
}

export async function closeView(slack: Slack, user: UserRecord, id: string, cleared: boolean): Promise<void> {
  const view = slack.interactions.views.find(id);
  if (!view || view.user !== user.id) throw new SlackApiError('not_found');
  if (cleared || view.clear_on_close) slack.interactions.views.clear(user.id);
  else slack.interactions.views.close(view);
  await slack.interactions.closed(user, view, cleared);
}
