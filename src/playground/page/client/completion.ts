/** Completion in the composer: what is being typed at the caret, what fits, and the text after a choice. Pure. */

export type CompletionKind = 'user' | 'group' | 'channel' | 'command' | 'argument' | 'emoji';

/** A word under construction: `text.slice(start, caret)` is what a choice replaces. */
export interface Completing {
  readonly kind: CompletionKind;
  readonly start: number;
  readonly query: string;
  /** For arguments: the command they belong to. */
  readonly command: string;
}

export interface Candidate {
  readonly kind: CompletionKind;
  readonly id: string;
  /** What is inserted. */
  readonly value: string;
  readonly label: string;
  readonly detail: string;
}

/** What can be completed here. Order counts: what stands first is offered first. */
export interface Sources {
  readonly users: readonly {
    readonly id: string;
    readonly name: string;
    readonly real_name: string;
    readonly detail: string;
  }[];
  readonly groups: readonly {
    readonly id: string;
    readonly handle: string;
    readonly name: string;
    readonly users: readonly string[];
  }[];
  readonly channels: readonly { readonly id: string; readonly name: string; readonly topic: string }[];
  readonly commands: readonly {
    readonly command: string;
    readonly description: string;
    readonly usage_hint: string;
  }[];
  readonly emoji: readonly string[];
}

const LIMIT = 8;

/** What stands at the caret, or null where nothing can be completed. */
export function completingAt(text: string, caret: number): Completing | null {
  const before = text.slice(0, caret);
  const command = /^(\/[\w-]*)$/.exec(before);
  if (command !== null) return { kind: 'command', start: 0, query: before.slice(1), command: '' };
  const argument = /^(\/[\w-]+)\s+(\S*)$/.exec(before);
  if (argument !== null) {
    const query = argument[2] ?? '';
    return { kind: 'argument', start: caret - query.length, query, command: argument[1] ?? '' };
  }
  const word = /(?:^|[\s([{"'])([@#:])([^\s@#:()[\]{}"']*)$/.exec(before);
  if (word === null) return null;
  const query = word[2] ?? '';
  const start = caret - query.length - 1;
  if (word[1] === '@') return { kind: 'user', start, query, command: '' };
  if (word[1] === '#') return { kind: 'channel', start, query, command: '' };
  return query.length < 2 ? null : { kind: 'emoji', start, query, command: '' };
}

/** Up to eight choices, best first. */
export function candidates(completing: Completing, sources: Sources): Candidate[] {
  const query = completing.query.toLowerCase();
  switch (completing.kind) {
    case 'user':
      return [...people(query, sources), ...groups(query, sources)].slice(0, LIMIT);
    case 'group':
      return groups(query, sources);
    case 'channel':
      return rank(
        query,
        sources.channels,
        (channel) => [channel.name],
        (channel) => ({
          kind: 'channel',
          id: channel.id,
          value: `#${channel.name}`,
          label: `#${channel.name}`,
          detail: channel.topic,
        }),
      );
    case 'command':
      return rank(
        query,
        sources.commands,
        (command) => [command.command.slice(1)],
        (command) => ({
          kind: 'command',
          id: command.command,
          value: command.command,
          label: `${command.command} ${command.usage_hint}`.trim(),
          detail: command.description,
        }),
      );
    case 'argument':
      return argumentsOf(completing, sources, query);
    case 'emoji':
      return rank(
        query,
        sources.emoji,
        (name) => [name],
        (name) => ({ kind: 'emoji', id: name, value: `:${name}:`, label: `:${name}:`, detail: '' }),
      );
  }
}

function people(query: string, { users }: Sources): Candidate[] {
  return rank(
    query,
    users,
    (user) => [user.name, ...user.real_name.toLowerCase().split(/\s+/)],
    (user) => ({
      kind: 'user',
      id: user.id,
      value: `@${user.name}`,
      label: user.real_name,
      detail: user.detail,
    }),
  );
}

function groups(query: string, sources: Sources): Candidate[] {
  return rank(
    query,
    sources.groups,
    (group) => [group.handle, ...group.name.toLowerCase().split(/\s+/)],
    (group) => ({
      kind: 'group',
      id: group.id,
      value: `@${group.handle}`,
      label: `@${group.handle}`,
      detail: `${group.name} · ${group.users.length} people`,
    }),
  );
}

/** The words a usage hint names, `[help|status|stop]`. */
function argumentsOf(completing: Completing, sources: Sources, query: string): Candidate[] {
  const command = sources.commands.find((c) => c.command === completing.command);
  const words = (command?.usage_hint ?? '').split(/[^\w-]+/).filter((word) => word !== '');
  if (words.length === 1 || words.includes(query)) return [];
  return rank(
    query,
    words,
    (word) => [word],
    (word) => ({
      kind: 'argument',
      id: word,
      value: word,
      label: `${completing.command} ${word}`,
      detail: '',
    }),
  );
}

function rank<T>(
  query: string,
  items: readonly T[],
  keys: (item: T) => string[],
  make: (item: T) => Candidate,
): Candidate[] {
  const starts: Candidate[] = [];
  const contains: Candidate[] = [];
  for (const item of items) {
    const names = keys(item).map((name) => name.toLowerCase());
    if (names.some((name) => name.startsWith(query))) starts.push(make(item));
    else if (query.length > 1 && names.some((name) => name.includes(query))) contains.push(make(item));
  }
  return [...starts, ...contains].slice(0, LIMIT);
}

/** The text and the caret after a choice; a space follows unless one stands there already. */
export function accept(
  text: string,
  caret: number,
  completing: Completing,
  choice: Candidate,
): { text: string; caret: number } {
  const after = text.slice(caret);
  const space = /^\s/.test(after) ? '' : ' ';
  const inserted = choice.value + space;
  return {
    text: text.slice(0, completing.start) + inserted + after,
    caret: completing.start + inserted.length + (space === '' ? 1 : 0),
  };
}

/** A stored text as its author would type it again: mentions as handles, links bare, entities decoded. */
export function asTyped(
  text: string,
  userName: (id: string) => string | null,
  channelName: (id: string) => string | null,
  groupHandle: (id: string) => string | null = () => null,
): string {
  return text
    .replace(
      /<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>/g,
      (whole, sign: string, target: string, label: string | undefined) => {
        if (sign === '@') return `@${userName(target) ?? label ?? target}`;
        if (sign === '#') return `#${channelName(target) ?? label ?? target}`;
        const group = sign === '!' && target.startsWith('subteam^') ? groupHandle(target.slice(8)) : null;
        if (group !== null) return `@${group}`;
        if (sign === '!') return /^(here|channel|everyone)$/.test(target) ? `@${target}` : (label ?? whole);
        return target;
      },
    )
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
