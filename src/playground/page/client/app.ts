/** What every view and action is given: the data, the one way to change it, and the servers. */
import type { Api } from './api.ts';
import type { Model, Toast } from './model.ts';
import type { Memory } from './memory.ts';
import type { Block } from './tree.ts';
import { parseMarkdown, parseMrkdwn } from './markdown.ts';

export interface App {
  readonly model: Model;
  readonly api: Api;
  readonly memory: Memory;
  /** Replaces the data and draws again on the next frame. */
  update(change: (model: Model) => Model): void;
  /** Runs after the next drawing, for focus and scrolling. */
  afterDraw(run: () => void): void;
  /** Switches to another persona (null: the server's first). */
  actAs(user: string | null): void;
  /** Goes to a channel (`C…`) or one of its messages (`C…/p<ts without dot>[/<thread_ts>]`). */
  goTo(address: string): void;
  /** Runs something of which failure is told in a note. */
  run(work: () => Promise<void>): void;
  /** Formatted text, parsed once. */
  parse(dialect: 'markdown' | 'mrkdwn', text: string): readonly Block[];
  /** A number or id that was not used before on this page. */
  nextId(): number;
}

/** The parsed form of texts seen lately, because every drawing asks for all that is visible. */
export function createParser(): App['parse'] {
  const known = new Map<string, readonly Block[]>();
  return (dialect, text) => {
    const key = `${dialect}:${text}`;
    const found = known.get(key);
    if (found !== undefined) return found;
    const blocks = dialect === 'markdown' ? parseMarkdown(text) : parseMrkdwn(text);
    if (known.size > 1500) known.clear();
    known.set(key, blocks);
    return blocks;
  };
}

/** A short note at the edge of the window; it goes by itself after six seconds. */
export function toast(app: App, text: string, tone: Toast['tone'] = 'plain'): void {
  const id = app.nextId();
  app.update((model) => ({
    ...model,
    toasts: [...model.toasts.filter((t) => t.text !== text), { id, text, tone }].slice(-4),
  }));
  setTimeout(() => dismissToast(app, id), 6000);
}

export function dismissToast(app: App, id: number): void {
  app.update((model) => ({ ...model, toasts: model.toasts.filter((t) => t.id !== id) }));
}

const REASONS: Readonly<Record<string, string>> = {
  not_in_channel: 'You are not a member of this channel.',
  command_in_thread:
    'Slash commands cannot be used in threads. Mention the bot instead, for example “@heddle stop”.',
  invalid_command: 'There is no such command here.',
  no_text: 'There is nothing to send.',
  msg_too_long: 'The message is too long.',
  channel_not_found: 'This conversation does not exist for this person.',
  is_archived: 'This channel is archived.',
  cant_update_message: 'Only the author can edit this.',
  cant_delete_message: 'Only the author can delete this.',
  name_taken: 'A channel of this name exists.',
  already_in_channel: 'They are in this channel already.',
  already_reacted: 'You reacted with that already.',
  user_is_restricted: 'A guest cannot do that.',
  restricted_action: 'A guest cannot do that.',
  user_not_in_channel: 'They are not in this channel.',
  timeout: 'The app did not answer within three seconds. Is it running?',
  dispatch_failed: 'The app is not connected.',
  connection_failed: 'The app’s connection broke before it answered.',
  invalid_view_response: 'The app answered with something that cannot be shown.',
  element_not_found: 'That has changed meanwhile. Look again.',
  not_found: 'That is not there any more.',
  message_not_found: 'That message is not there any more.',
  file_not_found: 'That file is not there any more.',
  invalid_name: 'That emoji is not known here.',
  invalid_name_specials: 'Names have small letters, digits, hyphens and underscores.',
  not_stoppable: 'The app does not hear of Stop.',
  session_not_found: 'Nothing is being worked on here.',
};

/** An error code in words; a code nobody translated is shown as it is. */
export function reason(code: string): string {
  return REASONS[code] ?? code;
}

/** Runs something of which failure is told in a note. Owns the promise. */
export function attempt(app: App, work: () => Promise<void>): void {
  work().catch((error: unknown) =>
    toast(app, reason(error instanceof Error ? error.message : String(error)), 'bad'),
  );
}
