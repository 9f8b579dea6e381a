/** The drawer with the calls between the bot and its two services. */
import type { PageWireCall } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import { icon } from './icons.ts';
import { drawJson } from './json-view.ts';
import { mergeCalls } from './events.ts';
import type { WireView } from './model.ts';
import { clockWithSeconds, duration } from './time.ts';
import { toggleWire } from './topbar.ts';
import type { Loose } from './values.ts';
import { isRecord, records, text } from './values.ts';
import type { VNode } from './vdom.ts';
import { h } from './vdom.ts';

/** Most rows that are drawn; older ones are found with the filter. */
const SHOWN = 200;

export function drawWire(app: App): VNode {
  const { wire } = app.model;
  const matching = filterCalls(wire);
  const shown = matching.slice(-SHOWN);
  const set = (what: Partial<WireView>): void =>
    app.update((model) => ({ ...model, wire: { ...model.wire, ...what } }));
  const side = (value: WireView['side'], label: string): VNode =>
    h(
      'button',
      {
        type: 'button',
        class: wire.side === value ? 'segment segment-on' : 'segment',
        'aria-pressed': wire.side === value ? 'true' : 'false',
        onclick: () => set({ side: value }),
      },
      label,
    );
  const resume = (): void => set({ paused: false, held: [], calls: mergeCalls(wire.calls, wire.held) });
  return h(
    'section',
    { class: 'wire', 'aria-label': 'Calls on the wire' },
    h(
      'header',
      { class: 'wire-header' },
      h('h2', null, 'Wire'),
      h(
        'div',
        { class: 'segments', role: 'group', 'aria-label': 'Side' },
        side('all', 'Both'),
        side('slack', 'Slack'),
        side('agents', 'Agents'),
      ),
      h('input', {
        type: 'search',
        class: 'field wire-filter',
        'aria-label': 'Filter calls',
        placeholder: 'Filter: path, status, any text',
        value: wire.filter,
        oninput: (event) => set({ filter: (event.target as HTMLInputElement).value }),
      }),
      h(
        'span',
        { class: 'hint wire-count' },
        matching.length === shown.length
          ? `${matching.length} calls`
          : `last ${shown.length} of ${matching.length} calls`,
      ),
      h('span', { class: 'spring' }),
      h(
        'button',
        {
          type: 'button',
          class: 'button',
          'aria-pressed': wire.paused ? 'true' : 'false',
          onclick: () => (wire.paused ? resume() : set({ paused: true })),
        },
        icon(wire.paused ? 'play' : 'pause'),
        h('span', null, wire.paused ? `Resume (${wire.held.length})` : 'Pause'),
      ),
      h(
        'button',
        { type: 'button', class: 'button', onclick: () => set({ calls: [], held: [], openCall: null }) },
        icon('trash'),
        h('span', null, 'Clear'),
      ),
      h(
        'button',
        { type: 'button', class: 'tool', 'aria-label': 'Close wire', onclick: () => toggleWire(app) },
        icon('close'),
      ),
    ),
    h(
      'div',
      { class: 'wire-rows', 'data-scroller': 'wire', tabindex: -1 },
      shown.length === 0
        ? h(
            'p',
            { class: 'empty' },
            wire.calls.length === 0
              ? 'No calls yet. Mention the bot, or wait for it to connect.'
              : 'No call matches the filter.',
          )
        : null,
      shown.map((call) =>
        row(call, wire.openCall === idOf(call), () =>
          set({ openCall: wire.openCall === idOf(call) ? null : idOf(call) }),
        ),
      ),
    ),
  );
}

function idOf(call: PageWireCall): string {
  return `${call.side}-${call.seq}`;
}

/** Calls that match the side and the filter; the filter looks into bodies too. */
export function filterCalls(wire: Pick<WireView, 'calls' | 'filter' | 'side'>): PageWireCall[] {
  const query = wire.filter.trim().toLowerCase();
  return wire.calls.filter((call) => {
    if (wire.side !== 'all' && call.side !== wire.side) return false;
    if (query === '') return true;
    if (`${call.method} ${call.path} ${call.status}`.toLowerCase().includes(query)) return true;
    return JSON.stringify([call.request, call.response]).toLowerCase().includes(query);
  });
}

/** What matters about a call at a glance: an error's name, or what it was about. */
export function gist(call: PageWireCall): string {
  const answer = isRecord(call.response) ? call.response : {};
  if (answer['ok'] === false) return text(answer['error']);
  const error = answer['error'];
  if (isRecord(error)) return text(error['message']) || text(error['type']);
  return askedFor(isRecord(call.request) ? call.request : {}, call)
    .replaceAll(/\s+/g, ' ')
    .slice(0, 140);
}

/** `markdown_text` and chunks: chat.startStream and its friends; events: what is sent to a session. */
function askedFor(asked: Loose, call: PageWireCall): string {
  const events = records(asked['events']);
  if (events.length > 0) return events.map(sentEvent).join(', ');
  const words =
    text(asked['text']) ||
    text(asked['markdown_text']) ||
    records(asked['chunks']).map(chunkText).join(' ') ||
    text(asked['status']) ||
    text(asked['type']) ||
    text(asked['name']) ||
    text(asked['title']);
  return words === '' && call.path.endsWith('/chat.stopStream') ? 'ends the stream' : words;
}

function chunkText(chunk: Loose): string {
  return text(chunk['text']) || text(chunk['title']) || text(chunk['type']);
}

function sentEvent(event: Loose): string {
  const [said] = records(event['content']).map((part) => text(part['text']));
  return `${text(event['type'])} ${said ?? text(event['result'])}`.trim();
}

/** A path as people write it: without the escapes of brackets and commas. */
export function readablePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

function tone(call: PageWireCall): string {
  const refused = isRecord(call.response) && call.response['ok'] === false;
  if (call.status === 0 || call.status >= 400 || refused) return 'bad';
  return 'good';
}

function row(call: PageWireCall, open: boolean, toggle: () => void): VNode {
  return h(
    'div',
    { key: idOf(call), class: `call call-${tone(call)} message`, 'data-ts': `${call.at}-${idOf(call)}` },
    h(
      'button',
      { type: 'button', class: 'call-line', 'aria-expanded': open ? 'true' : 'false', onclick: toggle },
      h('span', { class: 'call-time' }, clockWithSeconds(call.at)),
      h('span', { class: `call-side call-side-${call.side}` }, call.side === 'slack' ? 'Slack' : 'Agents'),
      h('span', { class: 'call-method' }, call.method),
      h('span', { class: 'call-path' }, readablePath(call.path)),
      h('span', { class: 'call-gist', dir: 'auto' }, gist(call)),
      h('span', { class: 'call-status' }, call.status === 0 ? 'cut' : call.status),
      h('span', { class: 'call-ms' }, duration(call.ms)),
    ),
    open
      ? h(
          'div',
          { class: 'call-body' },
          h('div', null, h('h3', null, 'Request'), drawJson(call.request)),
          h('div', null, h('h3', null, 'Response'), drawJson(call.response)),
        )
      : null,
  );
}
