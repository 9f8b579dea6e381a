/** The list above a composer that offers people, groups, channels, commands and emoji for the word being typed. */
import type { App } from './app.ts';
import type { Candidate, Completing, Sources } from './completion.ts';
import { accept, candidates, completingAt } from './completion.ts';
import { fieldOf, write } from './composer-field.ts';
import { EMOJI } from './emoji.ts';
import { icon } from './icons.ts';
import { composerKey } from './model.ts';
import { avatar, kindOf, userOf } from './people.ts';
import { channelOf, composerId } from './places.ts';
import type { Target } from './sending.ts';
import { draftOf } from './sending.ts';
import { emojiOf } from './tree-view.ts';
import type { VNode } from './vdom.ts';
import { h } from './vdom.ts';

export interface Suggesting {
  readonly completing: Completing;
  readonly list: readonly Candidate[];
  readonly index: number;
}

function sources(app: App, target: Target): Sources {
  const { page } = app.model;
  const members = new Set(channelOf(app.model, target.channel)?.members ?? []);
  const people = page === null ? [] : [page.bot, ...page.users.filter((user) => user.id !== page.bot.id)];
  const rank = (id: string): number => (id === page?.bot.id ? 0 : members.has(id) ? 1 : 2);
  return {
    users: people
      .map((user) => ({
        id: user.id,
        name: user.name,
        real_name: user.real_name,
        detail: `@${user.name} · ${kindOf(user)}`,
      }))
      .sort((a, b) => rank(a.id) - rank(b.id)),
    groups: page?.groups ?? [],
    channels: (page?.channels ?? []).filter(
      (channel) => channel.type === 'channel' || channel.type === 'group',
    ),
    commands: target.thread === null ? (page?.commands ?? []) : [],
    emoji: [...EMOJI.keys()],
  };
}

export function suggestions(app: App, target: Target): Suggesting | null {
  const { completion, user } = app.model;
  if (
    completion === null ||
    user === null ||
    completion.composer !== composerKey(user, target.channel, target.thread)
  )
    return null;
  const field = fieldOf(app, target);
  if (field === null) return null;
  const completing = completingAt(draftOf(app.model, target).text, field.selectionStart);
  const list = completing === null ? [] : candidates(completing, sources(app, target));
  if (completing === null || list.length === 0) return null;
  return { completing, list, index: Math.min(completion.index, list.length - 1) };
}

export function closeSuggestions(app: App): void {
  if (app.model.completion !== null) app.update((model) => ({ ...model, completion: null }));
}

const SIGNS: Readonly<Record<string, Parameters<typeof icon>[0]>> = { channel: 'hash', group: 'people' };

export function suggestionList(app: App, target: Target, open: Suggesting): VNode {
  const id = composerId(app.model.user ?? '', target.channel, target.thread);
  return h(
    'ul',
    { id: `${id}-list`, class: 'suggestions', role: 'listbox', 'aria-label': 'Suggestions' },
    open.list.map((candidate, at) =>
      h(
        'li',
        {
          key: candidate.id,
          id: `${id}-${at}`,
          role: 'option',
          class: at === open.index ? 'suggestion suggestion-active' : 'suggestion',
          'aria-selected': at === open.index ? 'true' : 'false',
          onmousedown: (event) => {
            event.preventDefault();
            choose(app, target, open.completing, candidate);
          },
        },
        candidate.kind === 'user'
          ? avatar(userOf(app.model, candidate.id), 'small')
          : candidate.kind === 'emoji'
            ? emojiOf(candidate.id)
            : icon(SIGNS[candidate.kind] ?? 'slash'),
        h('span', { class: 'suggestion-label' }, candidate.label),
        h('small', null, candidate.detail),
      ),
    ),
  );
}

function choose(app: App, target: Target, completing: Completing, candidate: Candidate): void {
  const field = fieldOf(app, target);
  if (field === null) return;
  const result = accept(field.value, field.selectionStart, completing, candidate);
  write(app, target, result.text, result.caret);
}

/** Whether the key was for the list. */
export function suggestionKeys(app: App, target: Target, open: Suggesting, event: KeyboardEvent): boolean {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  if (step !== 0) {
    const index = (open.index + step + open.list.length) % open.list.length;
    app.update((model) =>
      model.completion === null ? model : { ...model, completion: { ...model.completion, index } },
    );
    return true;
  }
  if (event.key === 'Escape') {
    closeSuggestions(app);
    return true;
  }
  const chosen = open.list[open.index];
  if ((event.key !== 'Enter' && event.key !== 'Tab') || event.shiftKey || chosen === undefined) return false;
  // A command that is typed out is sent by Enter, not completed once more.
  const whole = chosen.value === draftOf(app.model, target).text.trim();
  if (event.key === 'Enter' && whole) return false;
  choose(app, target, open.completing, chosen);
  return true;
}
