import { isObject } from './blocks.ts';
import type { Block, Json, MessageRecord, ReactionRecord, StreamingState } from './records.ts';
import type { Edit, Workspace } from './workspace.ts';

/** A message as a test looks at it: what people see, and what only apps know. */
export interface SeenMessage {
  channel: string;
  ts: string;
  threadTs: string | undefined;
  user: string;
  botId: string | undefined;
  subtype: string | undefined;
  text: string;
  blocks: Block[];
  /** Words a person reads: those of the blocks where there are any, else the text. */
  shown: string;
  metadata: { event_type: string; event_payload: Json } | undefined;
  files: string[];
  reactions: ReactionRecord[];
  /** Drawn with "(edited)". */
  edited: boolean;
  editCount: number;
  /** Every content it had, the first one too; empty where it was never edited. */
  edits: Edit[];
  streaming: StreamingState | undefined;
  tombstone: boolean;
}

export function seen(workspace: Workspace, message: MessageRecord): SeenMessage {
  return {
    channel: message.channel,
    ts: message.ts,
    threadTs: message.thread_ts,
    user: message.user,
    botId: message.bot_id,
    subtype: message.subtype,
    text: message.text,
    blocks: message.blocks ?? [],
    shown: shownText(message),
    metadata: message.metadata,
    files: (message.files ?? []).map((id) => workspace.files.get(id)?.name ?? id),
    reactions: message.reactions ?? [],
    edited: message.edited !== undefined,
    editCount: message.edits ?? 0,
    edits: workspace.editsOf(message.channel, message.ts),
    streaming: message.stream?.state,
    tombstone: message.tombstone ?? false,
  };
}

export function shownText(message: MessageRecord): string {
  const rich = message.blocks?.filter((block) => block.type !== 'rich_text') ?? [];
  if (rich.length === 0) return message.text;
  return rich
    .map(blockText)
    .filter((text) => text !== '')
    .join('\n');
}

/** All words of a block, in the order in which it is drawn. */
function blockText(value: unknown): string {
  if (Array.isArray(value))
    return value
      .map(blockText)
      .filter((text) => text !== '')
      .join('\n');
  if (!isObject(value)) return '';
  const own = ['title', 'text'].flatMap((name) => (typeof value[name] === 'string' ? [value[name]] : []));
  const below = Object.values(value)
    .filter((one) => typeof one === 'object' && one !== null)
    .map(blockText);
  return [...own, ...below].filter((text) => text !== '').join('\n');
}
