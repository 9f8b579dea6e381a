import { isObject } from './blocks.ts';
import { SlackApiError, type Slack } from './call.ts';
import { readView } from './methods/views.ts';
import type { ViewValues } from './page-api.ts';
import type { Json, UserRecord, ViewRecord } from './records.ts';

/** What came of sending a form. */
export type Submission = { ok: true; errors?: Record<string, string> } | { ok: false; error: string };

/** Sends a form and does what the acknowledgement says: close, clear, update, push, or show errors. */
export async function submitView(
  slack: Slack,
  user: UserRecord,
  id: string,
  values: ViewValues,
): Promise<Submission> {
  const view = slack.interactions.views.find(id);
  if (!view || view.user !== user.id) throw new SlackApiError('not_found');
  const missing = missingInputs(view, values);
  if (missing) return { ok: true, errors: missing };
  const result = await slack.interactions.submit(user, view, values);
  if (!result.ok) return result;
  const answer = isObject(result.ack) ? result.ack : {};
  if (answer['response_action'] === 'errors') return refuse(slack, view, answer['errors']);
  follow(slack, user, view, answer);
  return { ok: true };
}

function follow(slack: Slack, user: UserRecord, view: ViewRecord, answer: Json): void {
  const { views } = slack.interactions;
  const action = answer['response_action'];
  if (action === 'clear') views.clear(user.id);
  else if (action === 'update') views.replace(readView(slack, answer['view'], 'modal', user.id, view));
  else if (action === 'push') {
    const next = readView(slack, answer['view'], 'modal', user.id, undefined);
    views.open({ ...next, root_view_id: view.root_view_id, previous_view_id: view.id });
  } else views.close(view);
}

function refuse(slack: Slack, view: ViewRecord, errors: unknown): Submission {
  const told = isObject(errors)
    ? Object.fromEntries(Object.entries(errors).map(([id, text]) => [id, String(text)]))
    : {};
  slack.interactions.views.replace(view, told);
  return { ok: true, errors: told };
}

/** Slack's client refuses a form with an empty required input before the app hears of it. */
function missingInputs(view: ViewRecord, values: ViewValues): Record<string, string> | undefined {
  const missing: Record<string, string> = {};
  for (const block of view.blocks) {
    if (block.type !== 'input' || block['optional'] === true) continue;
    const element = isObject(block['element']) ? block['element'] : {};
    const given = values[block.block_id ?? '']?.[String(element['action_id'])];
    if (given === undefined || isEmpty(given))
      missing[block.block_id ?? ''] = 'Please complete this required field.';
  }
  return Object.keys(missing).length > 0 ? missing : undefined;
}

function isEmpty(value: Json): boolean {
  const said = Object.entries(value).filter(([name]) => name !== 'type');
  return said.every(
    ([, one]) => one === null || one === undefined || one === '' || (Array.isArray(one) && one.length === 0),
  );
}

export async function closeView(slack: Slack, user: UserRecord, id: string, cleared: boolean): Promise<void> {
  const view = slack.interactions.views.find(id);
  if (!view || view.user !== user.id) throw new SlackApiError('not_found');
  if (cleared || view.clear_on_close) slack.interactions.views.clear(user.id);
  else slack.interactions.views.close(view);
  await slack.interactions.closed(user, view, cleared);
}
