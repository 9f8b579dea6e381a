import { isObject } from '../blocks.ts';
import { SlackApiError, type Args, type Method, type Slack } from '../call.ts';
import type { FileRecord, Json, MessageRecord } from '../records.ts';
import { wireFile } from '../wire-objects.ts';
import { ids } from '../world.ts';
import { botAuthor, checkedBlocks, threadRoot, writableChannel } from './shared.ts';

/** Uploads in three steps and reading what is known of a file. */
export const fileMethods: Record<string, Method> = {
  'files.info': { tier: 4, scope: 'files:read', formOnly: true, run: info },
  'files.getUploadURLExternal': { tier: 4, scope: 'files:write', formOnly: true, run: uploadUrl },
  'files.completeUploadExternal': { tier: 4, scope: 'files:write', run: complete },
};

function info(slack: Slack, args: Args): Json {
  const file = slack.workspace.files.get(args.need('file'));
  if (!file) throw new SlackApiError('file_not_found');
  const seen = file.user === ids.bot || file.shares.some(({ channel }) => inChannel(slack, channel));
  if (!seen) throw new SlackApiError('file_not_found');
  const shares: Record<string, Json[]> = {};
  for (const { channel, ts } of file.shares) (shares[channel] ??= []).push({ ts });
  return {
    file: { ...wireFile(file, slack.workspace.fileBase), shares: { public: shares } },
    comments: [],
    response_metadata: { next_cursor: '' },
  };
}

function inChannel(slack: Slack, channel: string): boolean {
  return slack.workspace.channels.get(channel)?.members.includes(ids.bot) ?? false;
}

function uploadUrl(slack: Slack, args: Args): Json {
  const name = args.need('filename');
  const length = args.number('length', -1);
  if (length <= 0) throw new SlackApiError('invalid_arguments');
  const file: FileRecord = {
    id: slack.workspace.newId('F'),
    name,
    title: name,
    mimetype: mimeOf(name),
    size: length,
    user: ids.bot,
    created: Math.floor(slack.workspace.clock.now() / 1000),
    shares: [],
    ...(args.has('alt_txt') ? { alt_text: args.string('alt_txt') ?? '' } : {}),
  };
  slack.workspace.putFile(file);
  return { upload_url: `${slack.workspace.fileBase}/upload/v1/${file.id}`, file_id: file.id };
}

const types: Record<string, string> = {
  txt: 'text/plain',
  md: 'text/markdown',
  json: 'application/json',
  csv: 'text/csv',
  pdf: 'application/pdf',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  svg: 'image/svg+xml',
  html: 'text/html',
  js: 'text/javascript',
  ts: 'text/typescript',
  py: 'text/x-python',
  zip: 'application/zip',
};

export function mimeOf(name: string): string {
  return types[/\.([A-Za-z0-9]+)$/.exec(name)?.[1]?.toLowerCase() ?? ''] ?? 'application/octet-stream';
}

/** The share is asynchronous: its message is posted after this is answered. */
function complete(slack: Slack, args: Args): Json {
  const listed = args.json('files', 'invalid_arguments');
  if (!Array.isArray(listed) || listed.length === 0) throw new SlackApiError('invalid_arguments');
  const files = listed.map((one: unknown) => uploaded(slack, one));
  const id = args.string('channel_id') ?? args.string('channels') ?? '';
  if (id !== '') share(slack, args, id, files);
  return { files: files.map((file) => ({ id: file.id, title: file.title })) };
}

function uploaded(slack: Slack, one: unknown): FileRecord {
  const { id, title } = isObject(one) ? one : {};
  const file = slack.workspace.files.get(String(id));
  if (!file || slack.workspace.journal.getBytes(file.id) === undefined)
    throw new SlackApiError('file_not_found');
  const titled = typeof title === 'string' && title !== '' ? { ...file, title } : file;
  slack.workspace.putFile(titled);
  return titled;
}

function share(slack: Slack, args: Args, id: string, files: FileRecord[]): void {
  const channel = writableChannel(slack, id);
  const blocks = args.json('blocks', 'invalid_blocks_format');
  const checked = blocks === undefined ? undefined : checkedBlocks(slack, blocks);
  const thread_ts = threadRoot(slack, channel.id, args.string('thread_ts'));
  const message: Omit<MessageRecord, 'ts'> = {
    ...botAuthor(slack.workspace),
    channel: channel.id,
    subtype: 'file_share',
    text: args.string('initial_comment') ?? '',
    files: files.map((file) => file.id),
    ...(checked ? { blocks: checked } : {}),
    ...(thread_ts === undefined ? {} : { thread_ts }),
  };
  setImmediate(() => postShare(slack, message, files));
}

export function postShare(slack: Slack, message: Omit<MessageRecord, 'ts'>, files: FileRecord[]): string {
  const ts = slack.workspace.nextTs();
  for (const file of files) {
    slack.workspace.putFile({ ...file, shares: [...file.shares, { channel: message.channel, ts }] });
  }
  slack.workspace.add({ ...message, ts });
  return ts;
}
