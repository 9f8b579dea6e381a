import { checkBlocks, isObject } from './blocks.ts';
import type { Timings } from './options.ts';
import type { Block, Json, MessageRecord } from './records.ts';
import type { Workspace } from './workspace.ts';
import { ids } from './world.ts';
import { botAuthor } from './methods/shared.ts';

/** Whom and what a `response_url` answers. */
export interface ResponseTarget {
  channel: string;
  user: string;
  message_ts?: string;
  thread_ts?: string;
}

/**
 * `response_url`: five uses in thirty minutes; ephemeral unless told otherwise; can replace or delete the
 * message it came from (docs.slack.dev/interactivity/handling-user-interaction#message_responses).
 */
export class ResponseUrls {
  readonly #workspace: Workspace;
  readonly #timings: Timings;
  readonly #targets = new Map<string, { target: ResponseTarget; at: number; uses: number }>();

  constructor(workspace: Workspace, timings: Timings) {
    this.#workspace = workspace;
    this.#timings = timings;
  }

  create(kind: 'commands' | 'actions' | 'app', target: ResponseTarget): string {
    const now = this.#workspace.clock.now();
    for (const [path, known] of this.#targets) {
      if (now - known.at > this.#timings.responseUrlMs) this.#targets.delete(path);
    }
    const path = `/${kind}/${this.#workspace.newId('T')}/${this.#workspace.newId('')}`;
    this.#targets.set(path, { target, at: now, uses: 0 });
    return `${this.#workspace.fileBase}${path}`;
  }

  knows(path: string): boolean {
    return /^\/(commands|actions|app)\//.test(path);
  }

  /** HTTP status and body of one use. */
  use(path: string, body: unknown): { status: number; text: string } {
    const known = this.#targets.get(path);
    const now = this.#workspace.clock.now();
    if (!known || now - known.at > this.#timings.responseUrlMs) return refused(404, 'expired_url');
    if (known.uses >= this.#timings.responseUrlUses) return refused(404, 'used_url');
    known.uses += 1;
    if (!isObject(body)) return refused(400, 'invalid_payload');
    const error = this.show(known.target, body);
    return error === undefined
      ? { status: 200, text: 'ok' }
      : refused(error === 'no_text' ? 500 : 400, error);
  }

  /** Shows what an acknowledgement or a `response_url` says; an error code where it says nothing usable. */
  show(target: ResponseTarget, body: unknown): string | undefined {
    if (!isObject(body)) return 'invalid_payload';
    if (body['delete_original'] === true) return this.#deleteOriginal(target);
    const { text, blocks } = body;
    if (blocks === undefined && (typeof text !== 'string' || text === '')) return 'no_text';
    const verdict =
      blocks === undefined
        ? undefined
        : checkBlocks(blocks, 'message', () => this.#workspace.newId('').slice(0, 5));
    if (verdict?.ok === false) return verdict.error;
    const content = {
      text: typeof text === 'string' ? text : '',
      ...(verdict ? { blocks: verdict.blocks } : {}),
    };
    if (body['replace_original'] === true) return this.#replaceOriginal(target, content);
    this.#post(target, body, content);
    return undefined;
  }

  #post(target: ResponseTarget, body: Json, content: { text: string; blocks?: Block[] }): void {
    const thread = typeof body['thread_ts'] === 'string' ? { thread_ts: body['thread_ts'] } : {};
    const message: MessageRecord = {
      ...botAuthor(this.#workspace),
      channel: target.channel,
      ts: this.#workspace.nextTs(),
      ...content,
      ...thread,
    };
    if (body['response_type'] === 'in_channel') this.#workspace.add(message);
    else this.#workspace.showEphemeral(target.user, message);
  }

  #replaceOriginal(target: ResponseTarget, content: { text: string; blocks?: Block[] }): string | undefined {
    const ts = target.message_ts ?? '';
    const original = this.#workspace.message(target.channel, ts);
    if (original) {
      this.#workspace.change(original, { text: content.text, blocks: content.blocks }, ids.bot, 'edit');
      return undefined;
    }
    if (!this.#workspace.hideEphemeral(target.channel, ts)) return 'message_not_found';
    const thread = target.thread_ts === undefined ? {} : { thread_ts: target.thread_ts };
    this.#workspace.showEphemeral(target.user, {
      ...botAuthor(this.#workspace),
      channel: target.channel,
      ts,
      ...content,
      ...thread,
    });
    return undefined;
  }

  #deleteOriginal(target: ResponseTarget): string | undefined {
    const ts = target.message_ts ?? '';
    const original = this.#workspace.message(target.channel, ts);
    if (original) this.#workspace.remove(original, ids.bot);
    else if (!this.#workspace.hideEphemeral(target.channel, ts)) return 'message_not_found';
    return undefined;
  }
}

function refused(status: number, error: string): { status: number; text: string } {
  return { status, text: JSON.stringify({ ok: false, error }) };
}
