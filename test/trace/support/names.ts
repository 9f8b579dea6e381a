/** Stable names for what differs from run to run: ids, timestamps, and the order in which things were made. */
import { ids } from '../../../src/playground/slack/world.ts';

const FIXED: readonly (readonly [string, string])[] = [
  [ids.ada, 'ada'],
  [ids.grace, 'grace'],
  [ids.linus, 'linus'],
  [ids.margaret, 'margaret'],
  [ids.admin, 'joan'],
  [ids.guest, 'gus'],
  [ids.outsider, 'olga'],
  [ids.otherBot, 'buildbot'],
  [ids.bot, 'heddle'],
  [ids.general, 'general'],
  [ids.engineering, 'engineering'],
  [ids.random, 'random'],
  [ids.secret, 'skunkworks'],
  [ids.shared, 'shared-jacquard'],
];

export class Names {
  readonly #known = new Map<string, string>(FIXED);
  readonly #counts = new Map<string, number>();

  /** The next name of a kind, such as `m1`, for a new id; the known one for a known id. */
  of(kind: string, id: string): string {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const name = `${kind}${count}`;
    this.#known.set(id, name);
    return name;
  }

  call(id: string, name: string): void {
    this.#known.set(id, name);
  }

  /** Replaces everything in a text that changes from run to run. */
  in(text: string): string {
    return text
      .replace(/<@([A-Z0-9]+)>/g, (_, id: string) => `@${this.#known.get(id) ?? id}`)
      .replace(/<#([A-Z0-9]+)>/g, (_, id: string) => `#${this.#known.get(id) ?? id}`)
      .replace(/<!date\^\d+\^[^>]*>/g, '<when>')
      .replace(
        // A thread's own link says twice where it leads.
        /\/archives\/([A-Z0-9]+)\/p(\d{10})(\d{6})(?:\?thread_ts=\2\.\3&cid=\1)?/g,
        (_, channel: string, s: string, micros: string) =>
          `/archives/${this.#known.get(channel) ?? channel}/${this.#known.get(`${s}.${micros}`) ?? 'ts'}`,
      )
      .replace(/\b\d{10}\.\d{6}\b/g, (ts) => this.#known.get(ts) ?? 'ts')
      .replace(
        /\b(sesn|sevt|sthr|agent|env)_[A-Za-z0-9]+\b/g,
        (id, kind: string) => this.#known.get(id) ?? kind,
      );
  }
}
