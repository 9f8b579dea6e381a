/** Lists of messages: grouping, day dividers, and staying where the reader is. */
import type { PageMessage } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import { drawMessage, drawOutgoing } from './message.ts';
import type { Timeline } from './model.ts';
import { withEntry, without } from './model.ts';
import type { Target } from './sending.ts';
import { dayKey, dayLabel, millisOf } from './time.ts';
import type { Child, VNode } from './vdom.ts';
import { h } from './vdom.ts';

/** Messages of one author within five minutes stand under one name. */
const GROUP_MS = 5 * 60_000;
/** How near the end counts as being there, pixels. */
const NEAR_END = 80;

export function drawMessages(
  app: App,
  timeline: Timeline | undefined,
  target: Target,
  inThread: boolean,
): VNode[] {
  const nodes: VNode[] = [];
  const messages = timeline?.messages ?? [];
  const replies = messages.filter((message) => message.ephemeral !== true).length - 1;
  const newLine = inThread ? null : firstUnread(app, target.channel, messages);
  let before: PageMessage | null = null;
  for (const [at, message] of messages.entries()) {
    const day = millisOf(message.ts);
    const newDay = before === null || dayKey(millisOf(before.ts)) !== dayKey(day);
    if (newDay && !(inThread && at < 2))
      nodes.push(divider(`day-${dayKey(day)}`, dayLabel(day, app.model.now)));
    if (message.ts === newLine)
      nodes.push(
        h('div', { key: 'new', class: 'divider divider-new', role: 'separator' }, h('span', null, 'New')),
      );
    const follows =
      before !== null &&
      !newDay &&
      !(inThread && at === 1) &&
      message.ts !== newLine &&
      sameGroup(before, message);
    nodes.push(
      drawMessage(app, { message, grouped: follows, inThread, tabbable: at === messages.length - 1 }),
    );
    if (inThread && at === 0) nodes.push(repliesDivider(replies));
    before = message;
  }
  return [...nodes, ...outgoingNodes(app, target, messages)];
}

function sameGroup(before: PageMessage, message: PageMessage): boolean {
  return (
    before.user === message.user &&
    before.username === message.username &&
    before.ephemeral !== true &&
    message.ephemeral !== true &&
    before.tombstone !== true &&
    (before.reply_count ?? 0) === 0 &&
    message.subtype !== 'thread_broadcast' &&
    millisOf(message.ts) - millisOf(before.ts) < GROUP_MS
  );
}

function divider(key: string, label: string): VNode {
  return h('div', { key, class: 'divider', role: 'separator', 'aria-label': label }, h('span', null, label));
}

function repliesDivider(count: number): VNode {
  const label = count === 0 ? 'No replies yet' : `${count} ${count === 1 ? 'reply' : 'replies'}`;
  return h(
    'div',
    { key: 'replies', class: 'divider divider-replies', role: 'separator', 'aria-label': label },
    h('span', null, label),
  );
}

function outgoingNodes(app: App, target: Target, messages: readonly PageMessage[]): VNode[] {
  return app.model.outgoing
    .filter((o) => o.channel === target.channel && o.thread === target.thread && o.user === app.model.user)
    .filter((o) => o.ts === null || !messages.some((message) => message.ts === o.ts))
    .map((o) => drawOutgoing(app, o));
}

/** Where "New" stands: the first message after what this persona had read when they came here. */
function firstUnread(app: App, channel: string, messages: readonly PageMessage[]): string | null {
  const mark = app.model.newMark?.channel === channel ? app.model.newMark.ts : null;
  if (mark === null) return null;
  const first = messages.find((message) => message.ts > mark && message.user !== app.model.user);
  return first?.ts ?? null;
}

/** The scrolling box around messages; `name` is its key in `below`. */
export function scroller(app: App, name: string, label: string, children: Child): VNode {
  const waiting = app.model.below.get(name) ?? 0;
  return h(
    'div',
    { class: 'scroll-frame' },
    h(
      'div',
      {
        key: name,
        class: 'messages',
        role: 'log',
        'aria-label': label,
        'aria-live': 'polite',
        'aria-relevant': 'additions',
        'data-scroller': name,
        tabindex: -1,
        onscroll: (event) => {
          const box = event.target as HTMLElement;
          if (isAtEnd(box) && app.model.below.has(name))
            app.update((model) => ({ ...model, below: without(model.below, name) }));
        },
      },
      children,
    ),
    waiting === 0
      ? null
      : h(
          'button',
          { type: 'button', class: 'jump', onclick: () => jumpToEnd(name) },
          waiting === 1 ? '1 new message ↓' : `${waiting} new messages ↓`,
        ),
  );
}

export function isAtEnd(box: HTMLElement): boolean {
  return box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_END;
}

export function jumpToEnd(name: string): void {
  const box = document.querySelector(`[data-scroller="${CSS.escape(name)}"]`);
  if (box instanceof HTMLElement) box.scrollTop = box.scrollHeight;
}

interface Seen {
  readonly atEnd: boolean;
  readonly height: number;
  readonly top: number;
  readonly first: string | null;
  readonly last: string | null;
}

function ends(box: HTMLElement): { first: string | null; last: string | null; count: number } {
  const all = box.querySelectorAll<HTMLElement>('.message');
  return {
    first: all[0]?.dataset['ts'] ?? null,
    last: all[all.length - 1]?.dataset['ts'] ?? null,
    count: all.length,
  };
}

/**
 * Keeps the reader's place over a drawing: at the end stays at the end, older messages put on top do not move what
 * is in view, and what comes below while reading further up is counted.
 */
export function keepPlaces(app: App, draw: () => void): void {
  const boxes = (): HTMLElement[] => [...document.querySelectorAll<HTMLElement>('[data-scroller]')];
  const before = new Map<string, Seen>();
  for (const box of boxes()) {
    const { first, last } = ends(box);
    before.set(box.dataset['scroller'] ?? '', {
      atEnd: isAtEnd(box),
      height: box.scrollHeight,
      top: box.scrollTop,
      first,
      last,
    });
  }
  draw();
  for (const box of boxes()) {
    const name = box.dataset['scroller'] ?? '';
    const seen = before.get(name);
    const { first, last } = ends(box);
    // In the wire drawer a call that is opened grows downwards; only new calls lead on.
    const stays = name === 'wire' && last === seen?.last;
    if (stays) continue;
    if (seen === undefined || seen.atEnd || seen.last === null) box.scrollTop = box.scrollHeight;
    else if (first !== seen.first) box.scrollTop = seen.top + (box.scrollHeight - seen.height);
    if (seen !== undefined && !seen.atEnd && last !== seen.last && last !== null && seen.last !== null)
      noteBelow(app, name, box, seen.last);
  }
}

function noteBelow(app: App, name: string, box: HTMLElement, last: string): void {
  const fresh = [...box.querySelectorAll<HTMLElement>('.message[data-ts]')].filter(
    (element) => (element.dataset['ts'] ?? '') > last,
  );
  const own = [...box.querySelectorAll('.outgoing')].length > 0;
  if (own) box.scrollTop = box.scrollHeight;
  else if (fresh.length > 0)
    app.update((model) => ({
      ...model,
      below: withEntry(model.below, name, (model.below.get(name) ?? 0) + fresh.length),
    }));
}
