import { isObject, stringOf } from '../blocks.ts';
import { invalidArguments, SlackApiError, type Args, type Method, type Slack } from '../call.ts';
import type { Block, Json, MessageRecord, SessionStatus } from '../records.ts';
import { wireMessage } from '../wire-objects.ts';
import { ids } from '../world.ts';
import { clearAssistantStatus, sessionStatuses, setSession } from './sessions.ts';
import {
  botAuthor,
  checkedBlocks,
  joinedChannel,
  readAuthorship,
  readMetadata,
  threadRoot,
  writableChannel,
} from './shared.ts';

/** Native streaming: chat.startStream, .appendStream, .stopStream. Start and stop are Tier 2, append Tier 4. */
export const streamMethods: Record<string, Method> = {
  'chat.startStream': { tier: 2, scope: 'chat:write', run: start },
  'chat.appendStream': { tier: 4, scope: 'chat:write', run: append },
  'chat.stopStream': { tier: 2, scope: 'chat:write', run: stop },
};

const maxMarkdown = 12_000;

/** What one call adds: text at the end, tasks and blocks. */
interface Addition {
  text: string;
  blocks: Block[];
  any: boolean;
}

function start(slack: Slack, args: Args): Json {
  const { workspace } = slack;
  const channel = writableChannel(slack, args.need('channel'));
  const recipient = args.string('recipient_user_id') ?? '';
  // Documented for channels; bots report needing both in direct messages as well.
  if (recipient === '') throw new SlackApiError('missing_recipient_user_id');
  const recipientTeam = args.string('recipient_team_id') ?? '';
  if (recipientTeam === '') throw new SlackApiError('missing_recipient_team_id');
  const person = workspace.user(recipient);
  if (!person) throw new SlackApiError('user_not_found');
  if (person.team_id !== recipientTeam) throw new SlackApiError('team_not_found');
  const display = args.string('task_display_mode') ?? 'timeline';
  if (!['timeline', 'plan', 'dense'].includes(display)) throw invalidArguments('invalid task_display_mode');
  const thread_ts = threadRoot(slack, channel.id, args.need('thread_ts'));
  if (thread_ts === undefined) throw new SlackApiError('thread_not_found');
  const addition = readAddition(slack, args, []);
  const ts = workspace.nextTs();
  workspace.add({
    ...botAuthor(slack.workspace),
    ...readAuthorship(slack, args),
    channel: channel.id,
    ts,
    thread_ts,
    text: addition.text,
    blocks: drawn(slack, addition.text, addition.blocks),
    stream: {
      state: 'in_progress',
      startedAt: workspace.clock.now(),
      display,
      tail: addition.blocks,
      recipient,
    },
  });
  clearAssistantStatus(slack, channel.id, thread_ts);
  setSession(slack, channel.id, thread_ts, 'processing');
  workspace.clock.after(slack.timings.streamMs, () => expire(slack, channel.id, ts));
  return { channel: channel.id, ts };
}

function append(slack: Slack, args: Args): Json {
  const message = openStream(slack, args);
  const stream = message.stream;
  if (!stream) throw new SlackApiError('message_not_in_streaming_state');
  const addition = readAddition(slack, args, stream.tail);
  if (!addition.any) throw new SlackApiError('no_text');
  const text = message.text + addition.text;
  slack.workspace.change(
    message,
    { text, blocks: drawn(slack, text, addition.blocks), stream: { ...stream, tail: addition.blocks } },
    ids.bot,
    'stream',
  );
  return { channel: message.channel, ts: message.ts };
}

function stop(slack: Slack, args: Args): Json {
  const message = openStream(slack, args);
  const stream = message.stream;
  if (!stream) throw new SlackApiError('message_not_in_streaming_state');
  const status = args.string('session_status') ?? 'active';
  if (!sessionStatuses.includes(status)) throw new SlackApiError('invalid_status');
  const addition = readAddition(slack, args, stream.tail);
  const last = args.json('blocks', 'invalid_blocks_format');
  const bottom = last === undefined ? [] : checkedBlocks(slack, last);
  const metadata = readMetadata(args);
  const text = message.text + addition.text;
  const stopped = slack.workspace.change(
    message,
    {
      text,
      blocks: [...drawn(slack, text, addition.blocks), ...bottom],
      stream: { ...stream, tail: addition.blocks, state: 'completed' },
      ...(metadata ? { metadata } : {}),
    },
    ids.bot,
    'stream',
  );
  setSession(slack, message.channel, slack.workspace.rootOf(message), status as SessionStatus);
  const shown = wireMessage(slack.workspace, stopped, { metadata: true });
  return { channel: message.channel, ts: message.ts, message: { ...shown, subtype: 'bot_message' } };
}

function openStream(slack: Slack, args: Args): MessageRecord {
  const channel = joinedChannel(slack, args.need('channel'));
  const ts = args.need('ts');
  const message = slack.workspace.message(channel.id, ts);
  if (!message || message.tombstone) throw new SlackApiError('message_not_found');
  if (message.user !== ids.bot) throw new SlackApiError('message_not_owned_by_app');
  const { stream } = message;
  if (stream?.state === 'stopped') throw new SlackApiError('stopped_by_user');
  const age = slack.workspace.clock.now() - (stream?.startedAt ?? 0);
  // A stream that was open when this server was killed has no timer any more.
  if (stream?.state === 'in_progress' && age >= slack.timings.streamMs) expire(slack, channel.id, ts);
  const now = slack.workspace.message(channel.id, ts);
  if (now?.stream?.state !== 'in_progress') throw new SlackApiError('message_not_in_streaming_state');
  return now;
}

/** Slack closes a stream by itself after a while; the session is then active and the message in error. */
function expire(slack: Slack, channel: string, ts: string): void {
  const message = slack.workspace.message(channel, ts);
  if (message?.stream?.state !== 'in_progress') return;
  slack.workspace.change(message, { stream: { ...message.stream, state: 'errored' } }, ids.bot, 'stream');
  setSession(slack, channel, slack.workspace.rootOf(message), 'active');
}

/** A person pressed Stop: Slack ends the streams of that thread itself. */
export function stopStreams(slack: Slack, channel: string, thread_ts: string): string[] {
  const open = slack.workspace.log(channel).replies(thread_ts);
  const streaming = open.filter((message) => message.stream?.state === 'in_progress');
  for (const message of streaming) {
    const stream = message.stream;
    if (stream)
      slack.workspace.change(message, { stream: { ...stream, state: 'stopped' } }, ids.bot, 'stream');
  }
  return streaming.map((message) => message.ts);
}

function readAddition(slack: Slack, args: Args, before: Block[]): Addition {
  const markdown = args.string('markdown_text') ?? '';
  if (markdown.length > maxMarkdown) throw new SlackApiError('msg_too_long');
  const chunks = args.json('chunks', 'invalid_chunks') ?? [];
  if (!Array.isArray(chunks)) throw new SlackApiError('invalid_chunks');
  const addition: Addition = {
    text: markdown,
    blocks: [...before],
    any: markdown !== '' || chunks.length > 0,
  };
  for (const chunk of chunks) addChunk(slack, addition, chunk);
  if (addition.blocks.filter((block) => block.type !== 'task_card').length > 50) {
    throw new SlackApiError('msg_blocks_too_many');
  }
  return addition;
}

function addChunk(slack: Slack, addition: Addition, chunk: unknown): void {
  if (!isObject(chunk)) throw new SlackApiError('invalid_chunks');
  if (chunk['type'] === 'markdown_text' && typeof chunk['text'] === 'string') {
    if (chunk['text'].length > maxMarkdown) throw new SlackApiError('msg_too_long');
    addition.text += chunk['text'];
  } else if (chunk['type'] === 'task_update') addition.blocks = withTask(addition.blocks, chunk);
  else if (chunk['type'] === 'plan_update' && typeof chunk['title'] === 'string') {
    const others = addition.blocks.filter((block) => block.type !== 'plan');
    addition.blocks = [{ type: 'plan', title: chunk['title'] }, ...others];
  } else if (chunk['type'] === 'blocks') addition.blocks.push(...checkedBlocks(slack, chunk['blocks']));
  else throw new SlackApiError('invalid_chunks');
}

const taskStates = ['pending', 'in_progress', 'complete', 'error'];

/** For one task id, title and status replace, details and output append (measured by others). */
function withTask(blocks: Block[], chunk: Json): Block[] {
  const { id, title, status, details, output, sources } = chunk;
  const short = [title, details, output].every((text) => text === undefined || isShort(text));
  if (typeof id !== 'string' || typeof title !== 'string' || !taskStates.includes(String(status)) || !short) {
    throw new SlackApiError('invalid_chunks');
  }
  const old = blocks.find((block) => block.type === 'task_card' && block['task_id'] === id);
  const joined = (name: string, more: unknown): Json =>
    more === undefined && old?.[name] === undefined
      ? {}
      : { [name]: `${stringOf(old?.[name])}${stringOf(more)}` };
  const card: Block = {
    type: 'task_card',
    task_id: id,
    title,
    status,
    ...joined('details', details),
    ...joined('output', output),
    ...(sources === undefined ? {} : { sources }),
  };
  return old ? blocks.map((block) => (block === old ? card : block)) : [...blocks, card];
}

const isShort = (text: unknown): boolean => typeof text === 'string' && text.length <= 256;

/** As the message is drawn: the text, then what came in chunks. */
function drawn(slack: Slack, text: string, tail: Block[]): Block[] {
  const blocks = tail.map((block) => ({ block_id: slack.workspace.newId('').slice(0, 5), ...block }));
  return text === '' ? blocks : [{ type: 'markdown', block_id: 'stream', text }, ...blocks];
}
