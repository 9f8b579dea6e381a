import type { PageWireCall } from './page-api.ts';
import type { ChannelRecord, MessageRecord, PromptsRecord, StatusRecord, ViewRecord } from './records.ts';

/** Everything that happens in the workspace. Who draws, delivers or waits listens to this and nothing else. */
export type Change =
  | { kind: 'posted'; message: MessageRecord }
  | {
      kind: 'edited';
      message: MessageRecord;
      previous: MessageRecord;
      by: string;
      how: 'edit' | 'stream' | 'unfurl' | 'tombstone';
    }
  | { kind: 'deleted'; message: MessageRecord; by: string }
  | { kind: 'reaction'; message: MessageRecord; user: string; name: string; added: boolean }
  | { kind: 'ephemeral'; to: string; message: MessageRecord }
  | { kind: 'ephemeral_deleted'; to: string; channel: string; ts: string }
  | { kind: 'status'; status: StatusRecord }
  | { kind: 'title'; status: StatusRecord; by: string; previous?: string }
  | { kind: 'prompts'; prompts: PromptsRecord }
  | { kind: 'channel'; channel: ChannelRecord }
  | { kind: 'joined'; channel: ChannelRecord; user: string; inviter?: string }
  | { kind: 'archived'; channel: ChannelRecord; by: string }
  | { kind: 'view'; what: 'opened' | 'updated' | 'closed'; view: ViewRecord; errors?: Record<string, string> }
  | { kind: 'home'; view: ViewRecord }
  | { kind: 'presence'; present: boolean }
  | { kind: 'interaction_failed'; to: string; what: string; reason: string; detail?: string }
  | { kind: 'acknowledged'; event_id: string }
  | { kind: 'call'; call: PageWireCall };

export type ChangeListener = (change: Change) => void;
