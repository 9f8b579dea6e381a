/**
 * From the inbox to the actor: each input once, in order, with who sent it. Asking who somebody is may take a
 * call to Slack; meanwhile the actor goes on with everything that is not from the inbox.
 */
import type { Attributed, CommandInput, Person, ThreadInput, ThreadRef } from '../core/event.ts';
import { delay } from '../lib/time.ts';
import { serialQueue } from '../lib/serial.ts';
import type { Clock, InboxItem, SlackPort } from '../ports.ts';

export interface PumpDeps {
  readonly slack: Pick<SlackPort, 'person' | 'groupsOf' | 'isOpenTo'>;
  /** User groups that the thread's open cards name. */
  readonly groups?: () => readonly string[];
  /** What it is judged by is being looked up. Never rejects. */
  readonly ready?: (input: ThreadInput) => Promise<void>;
  readonly clock: Clock;
}

export interface Pump {
  /** Items may be given again; each goes through once. */
  give(items: readonly InboxItem[]): void;
  /** Nothing is on its way. */
  idle(): boolean;
  /** These were handled, and that was saved. */
  saved(seqs: readonly string[]): void;
  /** Handled and saved, and yet there again: the store has forgotten it (a failover). They are consumed once more. */
  returned(): readonly string[];
}

/** How often it is asked again who somebody is, before the answer is "unknown" and nothing is done. */
const PERSON_TRIES = 3;

export function pump(
  deps: PumpDeps,
  thread: ThreadRef,
  signal: AbortSignal,
  deliver: (item: InboxItem, attributed: Attributed) => void,
): Pump {
  // Never forgotten while the thread is held: a read of the inbox may overtake the commit that consumes it.
  const known = new Set<string>();
  const done = new Set<string>();
  let returned: readonly string[] = [];
  const queue = serialQueue();

  async function personOf({ user, userTeam }: Pick<CommandInput, 'user' | 'userTeam'>): Promise<Person> {
    for (let tried = 1; ; tried += 1) {
      const person = await deps.slack
        .person(thread.team, user, userTeam)
        .catch((): Person => ({ user, name: user, role: 'unknown' }));
      if (person.role !== 'unknown' || tried >= PERSON_TRIES) return person;
      await delay(300 * tried, signal, deps.clock);
    }
  }

  /** Where a group decides, whether they are in it is a fact of the platform's; not found out, it stays open. */
  async function withGroups({ kind }: ThreadInput, person: Person): Promise<Person> {
    const groups = kind === 'answer' || kind === 'raise' ? (deps.groups?.() ?? []) : [];
    if (groups.length === 0) return person;
    return deps.slack.groupsOf(thread.team, person.user, groups).then(
      (found) => ({ ...person, groups: found }),
      () => person,
    );
  }

  /** Somebody whom an input names, and whether they can read along; not found out, that stays open. */
  async function named(user: string): Promise<Person> {
    const { team, channel } = thread;
    const person = await personOf({ user });
    return deps.slack.isOpenTo(team, channel, user).then(
      (there) => ({ ...person, there }),
      () => person,
    );
  }

  async function attributedOf(input: ThreadInput): Promise<Attributed> {
    if (input.kind === 'timer') return { input };
    const author = await withGroups(input, await personOf(input));
    const to = input.kind === 'command' ? input.to : undefined;
    return to === undefined ? { input, author } : { input, author, other: await named(to) };
  }

  async function pass(item: InboxItem): Promise<void> {
    if (signal.aborted) return;
    const { input } = item;
    const [attributed] = await Promise.all([attributedOf(input), deps.ready?.(input)]);
    if (!signal.aborted) deliver(item, attributed);
  }

  return {
    give(items) {
      returned = items.flatMap(({ seq }) => (done.has(seq) ? [seq] : []));
      for (const item of items) {
        if (known.has(item.seq)) continue;
        known.add(item.seq);
        queue.run(() => pass(item)).catch(() => undefined);
      }
    },
    idle: () => queue.size === 0,
    saved: (seqs) => {
      for (const seq of seqs) done.add(seq);
    },
    returned: () => returned,
  };
}
