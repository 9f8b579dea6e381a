import { SlackApiError, type Args, type Method, type Slack } from '../call.ts';
import type { Json, SessionStatus } from '../records.ts';
import { ids } from '../world.ts';
import { joinedChannel, missingScope, readAuthorship, threadRoot } from './shared.ts';

/**
 * agents.sessions.* (a session is the app's, on channel and thread) and the older assistant.threads.*, which
 * Slack maps onto it (docs.slack.dev/ai/agent-sessions).
 */
export const sessionMethods: Record<string, Method> = {
  'agents.sessions.setStatus': { tier: 3, scope: 'chat:write', run: setStatus },
  'agents.sessions.rename': { tier: 3, scope: 'chat:write', run: rename },
  'assistant.threads.setStatus': { tier: 4, scope: 'chat:write', run: assistantStatus },
  'assistant.threads.setTitle': { tier: 4, scope: 'assistant:write', run: assistantTitle },
  'assistant.threads.setSuggestedPrompts': { tier: 4, scope: 'assistant:write', run: suggestedPrompts },
};

export const sessionStatuses: string[] = ['active', 'processing', 'suspended', 'closed'];

function thread(slack: Slack, args: Args): { channel: string; thread_ts: string } {
  const channel = joinedChannel(slack, args.need('channel_id'));
  const ts = args.string('thread_ts') ?? '';
  if (ts === '') throw new SlackApiError('thread_ts_required');
  const root = threadRoot(slack, channel.id, ts);
  if (root === undefined) throw new SlackApiError('thread_not_found');
  return { channel: channel.id, thread_ts: root };
}

function setStatus(slack: Slack, args: Args): Json {
  const { channel, thread_ts } = thread(slack, args);
  const status = args.need('status');
  if (!sessionStatuses.includes(status)) throw new SlackApiError('invalid_status');
  const initiator = args.string('initiator_user_id');
  if (initiator !== undefined && !slack.workspace.user(initiator)) throw new SlackApiError('user_not_found');
  readAuthorship(slack, args);
  const title = args.string('title');
  if (title !== undefined && title.length > 200) throw new SlackApiError('invalid_name');
  setSession(slack, channel, thread_ts, status as SessionStatus, title);
  const deaf = status === 'processing' && !slack.events.has('agent_session_stopped');
  return deaf ? { warning: 'missing_agent_session_stopped_event_subscription' } : {};
}

/** Sets a session's status, creating the session; a title counts only then. */
export function setSession(
  slack: Slack,
  channel: string,
  thread_ts: string,
  session: SessionStatus,
  title?: string,
): void {
  const { workspace, timings } = slack;
  const { processingUntil: _ended, ...status } = workspace.status(channel, thread_ts);
  const fresh = status.session === undefined && title !== undefined && title !== '';
  const until = workspace.clock.now() + timings.sessionProcessingMs;
  workspace.putStatus({
    ...status,
    session,
    ...(fresh ? { title } : {}),
    ...(session === 'processing' ? { processingUntil: until } : {}),
  });
  if (session !== 'processing') return;
  workspace.clock.after(timings.sessionProcessingMs, () => {
    const now = workspace.status(channel, thread_ts);
    const over = now.session === 'processing' && (now.processingUntil ?? 0) <= workspace.clock.now();
    if (over) setSession(slack, channel, thread_ts, 'active');
  });
}

function rename(slack: Slack, args: Args): Json {
  const { channel, thread_ts } = thread(slack, args);
  const title = args.string('title') ?? '';
  if (title === '' || title.length > 200) throw new SlackApiError('invalid_name');
  const status = slack.workspace.status(channel, thread_ts);
  const root = slack.workspace.message(channel, thread_ts);
  // A message of the app itself may be named before it has a session.
  if (status.session === undefined && root?.user !== ids.bot) throw new SlackApiError('session_not_found');
  retitle(slack, channel, thread_ts, title, ids.bot);
  return {};
}

export function retitle(slack: Slack, channel: string, thread_ts: string, title: string, by: string): void {
  const before = slack.workspace.status(channel, thread_ts);
  const status = { ...before, session: before.session ?? ('active' as const), title };
  slack.workspace.putStatus(status);
  const previous = before.title;
  slack.workspace.tell({ kind: 'title', status, by, ...(previous === undefined ? {} : { previous }) });
}

function assistantStatus(slack: Slack, args: Args): Json {
  const { channel, thread_ts } = thread(slack, args);
  const text = args.string('status') ?? '';
  const loading = args.json('loading_messages', 'invalid_arguments');
  const messages = Array.isArray(loading) ? loading.map(String) : [];
  if (messages.length > 10) throw new SlackApiError('invalid_arguments');
  readAuthorship(slack, args);
  const { workspace, timings } = slack;
  setSession(slack, channel, thread_ts, text === '' ? 'active' : 'processing');
  workspace.putStatus({ ...workspace.status(channel, thread_ts), text, loading_messages: messages });
  if (text !== '') {
    workspace.clock.after(timings.assistantStatusMs, () => {
      if (workspace.status(channel, thread_ts).text === text) clearAssistantStatus(slack, channel, thread_ts);
    });
  }
  return {};
}

/** The line goes away with the next message of the app in that thread. */
export function clearAssistantStatus(slack: Slack, channel: string, thread_ts: string): void {
  const status = slack.workspace.status(channel, thread_ts);
  if (status.text !== '') slack.workspace.putStatus({ ...status, text: '', loading_messages: [] });
}

function assistantTitle(slack: Slack, args: Args): Json {
  const { channel, thread_ts } = thread(slack, args);
  retitle(slack, channel, thread_ts, args.need('title'), ids.bot);
  return {};
}

function suggestedPrompts(slack: Slack, args: Args): Json {
  if (!slack.scopes.has('assistant:write')) throw missingScope(slack, 'assistant:write');
  const channel = joinedChannel(slack, args.need('channel_id'));
  const prompts = args.json('prompts', 'invalid_arguments');
  if (!Array.isArray(prompts) || prompts.length === 0 || prompts.length > 4) {
    throw new SlackApiError('invalid_arguments');
  }
  const fine = prompts.every((one: unknown): one is { title: string; message: string } => {
    const { title, message } = (one ?? {}) as Json;
    return typeof title === 'string' && typeof message === 'string';
  });
  if (!fine) throw new SlackApiError('invalid_arguments');
  const title = args.string('title');
  slack.workspace.putPrompts({
    channel: channel.id,
    thread_ts: args.string('thread_ts') ?? '',
    ...(title === undefined ? {} : { title }),
    prompts,
  });
  return {};
}
