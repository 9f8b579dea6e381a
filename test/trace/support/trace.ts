/**
 * Records a whole conversation as a file that can be read and reviewed: on the left what Slack was told, on the
 * right what went to and from Managed Agents, in beats. A beat is what follows one act of a person (or of the
 * scripted agent), until the test says that it is complete.
 *
 * What is told never depends on timing: within a beat each column is in its own order, and a message that was
 * written several times is told once, as it stood at the beat's end. `UPDATE_GOLDEN=1` writes the files anew.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';
import { micros } from '../../../src/playground/agents/clock.ts';
import type { SeenMessage } from '../../../src/playground/slack/index.ts';
import type { WireCall } from '../../../src/playground/wire.ts';
import type { Whole } from '../../support/whole.ts';
import { Names } from './names.ts';
import { streamLines } from './stream-lines.ts';
import { brief, eventLine, isLive, messageLines, requestLines, text } from './wire-words.ts';

const WIDTH = 64;
const FOLDER = fileURLToPath(new URL('../golden/', import.meta.url));

type Json = Record<string, unknown>;

/** One line group of the right column, and when it happened (microseconds); a request goes before what it causes. */
interface Happening {
  readonly at: number;
  readonly rank: 0 | 1;
  readonly lines: readonly string[];
}

export class Trace {
  readonly names = new Names();
  readonly #whole: Whole;
  readonly #name: string;
  readonly #pages: string[] = [];
  readonly #seen = new Map<string, number>();
  readonly #unlisten: () => void;
  /** Messages as they were told last: growth that shows nothing new is not told again. */
  readonly #shown = new Map<string, string>();
  #calls: WireCall[] = [];
  #whispers: number;
  #relays: string[] = [];

  constructor(whole: Whole, name: string, about: string) {
    this.#whole = whole;
    this.#name = name;
    this.#pages.push(about, '');
    for (const { id, events } of whole.agents.control.sessions()) this.#seen.set(id, done(events).length);
    this.#whispers = whole.slack.control.ephemerals().length;
    this.#unlisten = whole.listen((call) => this.#calls.push(call));
  }

  /** One act and all that follows from it, until `complete` resolves. */
  async beat<T>(title: string, act: () => T, complete: () => Promise<unknown>): Promise<Awaited<T>> {
    const result = await act();
    await complete();
    this.#close(title);
    return result;
  }

  /** Something the person was answered directly, such as Slack's word that the app did not respond. */
  note(line: string): void {
    this.#relays.push(this.names.in(line));
  }

  #close(title: string): void {
    const calls = this.#calls;
    this.#calls = [];
    const left = [...this.#slackLines(calls.filter(({ side }) => side === 'slack')), ...this.#whispered()];
    const right = this.#agentLines(calls.filter(({ side }) => side === 'agents'));
    this.#pages.push(
      ...heading(this.names.in(title)),
      ...this.#relays.splice(0),
      ...columns(left, right),
      '',
    );
  }

  // ------------------------------------------------------------------------------------------- Slack's side

  #slackLines(calls: readonly WireCall[]): string[] {
    return [
      ...this.#messageLines(calls),
      ...this.#streamLines(calls),
      ...statusLines(calls),
      ...reactionLines(calls, this.names),
    ];
  }

  /** Each message that was written, as it stands now; refused writes by their code, once. */
  #messageLines(calls: readonly WireCall[]): string[] {
    const messages = new Map<string, { how: string; below: unknown; last: Json }>();
    const refused = new Set<string>();
    for (const { path, request, response } of calls) {
      const method = path.replace('/api/', '');
      if (method !== 'chat.postMessage' && method !== 'chat.update' && method !== 'chat.delete') continue;
      const [args, answer] = [request as Json, response as Json | null];
      if (answer?.['ok'] !== true) {
        refused.add(`${method} ✗ ${text(answer?.['error']) || 'no answer'}`);
        continue;
      }
      const ts = String(answer['ts']);
      const before = messages.get(ts);
      const posted = method === 'chat.postMessage' || before?.how === 'chat.postMessage';
      const below = args['thread_ts'] ?? before?.below;
      messages.set(ts, { how: posted ? 'chat.postMessage' : method, below, last: args });
    }
    const sorted = [...messages].sort(([a], [b]) => (a < b ? -1 : 1));
    const lines = sorted.flatMap(([ts, { how, below, last }]) => {
      const place =
        below === undefined ? ' at the top of the channel' : ` below ${this.names.of('p', text(below))}`;
      const where = how === 'chat.postMessage' ? place : '';
      const content = messageLines(blocksOf(last), text(last['text']), this.names);
      const same = this.#shown.get(ts) === content.join('\n') && isLive(blocksOf(last));
      this.#shown.set(ts, content.join('\n'));
      if (same) return [];
      return [`${how} ${this.names.of('m', ts)}${where}`, ...content.map((line) => `  ${line}`)];
    });
    return [...refused, ...lines];
  }

  #streamLines(calls: readonly WireCall[]): string[] {
    const { control } = this.#whole.slack;
    const message = (channel: string, ts: string): SeenMessage | undefined =>
      control.messages(channel).find((each) => each.ts === ts);
    return streamLines(calls, { names: this.names, shown: this.#shown, message });
  }

  #whispered(): string[] {
    const all = this.#whole.slack.control.ephemerals();
    const fresh = all.slice(this.#whispers);
    this.#whispers = all.length;
    return fresh.flatMap(({ to, blocks, text }) => [
      `only ${this.names.of('u', to)} sees`,
      ...messageLines(blocks, text, this.names).map((line) => `  ${line}`),
    ]);
  }

  // ------------------------------------------------------------------------------------------- the agent's side

  #agentLines(calls: readonly WireCall[]): string[] {
    const happenings: Happening[] = [];
    const listed = new Set<string>();
    for (const call of calls) {
      const lines = requestLines(call, this.names);
      const read = call.method === 'GET' && !call.path.includes('/stream');
      if (!lines || (read && listed.has(lines[0] ?? ''))) continue;
      if (read) listed.add(lines[0] ?? '');
      happenings.push({
        at: call.at * 1000,
        rank: 0,
        lines: lines.map((line, at) => (at === 0 ? `→ ${line}` : `  ${line}`)),
      });
    }
    for (const { id, events } of this.#whole.agents.control.sessions()) {
      const settled = done(events);
      const from = this.#seen.get(id) ?? 0;
      this.#seen.set(id, settled.length);
      for (const event of settled.slice(from)) {
        const line = eventLine(event, this.names);
        if (line === undefined) continue;
        happenings.push({ at: micros(event.processed_at ?? '') ?? 0, rank: 1, lines: [`← ${line}`] });
      }
    }
    const moment = ({ at }: Happening): number => Math.floor(at / 1000);
    return happenings
      .sort((a, b) => moment(a) - moment(b) || a.rank - b.rank || a.at - b.at)
      .flatMap(({ lines }) => lines);
  }

  // ------------------------------------------------------------------------------------------- the file

  /** Compares with the file, or writes it where `UPDATE_GOLDEN=1` is set. */
  matches(): void {
    this.#unlisten();
    const file = `${FOLDER}${this.#name}.txt`;
    const told = `${this.#pages
      .map((line) => line.trimEnd())
      .join('\n')
      .trimEnd()}\n`;
    if (process.env['UPDATE_GOLDEN'] === '1') {
      mkdirSync(FOLDER, { recursive: true });
      writeFileSync(file, told);
    }
    expect(told).toBe(
      existsSync(file) ? readFileSync(file, 'utf8') : `there is no ${file}; UPDATE_GOLDEN=1 writes it`,
    );
  }
}

function done<T extends { readonly processed_at: string | null }>(events: readonly T[]): T[] {
  return events.filter((event) => event.processed_at !== null);
}

function blocksOf(args: Json): readonly Json[] {
  const { blocks } = args;
  return (typeof blocks === 'string' ? (JSON.parse(blocks) as Json[]) : (blocks as Json[] | undefined)) ?? [];
}

/** Slack's session status as it stands at the end. What it was for a moment in between depends on timing. */
function statusLines(calls: readonly WireCall[]): string[] {
  const last = calls.findLast(({ path }) => path === '/api/agents.sessions.setStatus');
  if (!last) return [];
  const { ok, error } = last.response as Json;
  const refused = ok === true ? '' : ` ✗ ${String(error)}`;
  return [`agents.sessions.setStatus ${String((last.request as Json)['status'])}${refused}`];
}

/** What came of adding and removing; what did not stay does not count. */
function reactionLines(calls: readonly WireCall[], names: Names): string[] {
  const net = new Map<string, number>();
  for (const { path, request } of calls) {
    const { name, timestamp } = request as Json;
    const what = `:${String(name)}: on ${names.of('p', String(timestamp))}`;
    if (path === '/api/reactions.add') net.set(what, (net.get(what) ?? 0) + 1);
    if (path === '/api/reactions.remove') net.set(what, (net.get(what) ?? 0) - 1);
  }
  return [...net]
    .filter(([, change]) => change !== 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([what, change]) => `${change > 0 ? 'reactions.add' : 'reactions.remove'} ${what}`);
}

function heading(title: string): string[] {
  return [`━━ ${brief(title).replace(/\s*\n\s*/g, ' ⏎ ')}`];
}

/** Characters, with a pair of surrogates as one. */
function width(text: string): number {
  return Array.from(text).length;
}

/** Two columns side by side; long lines are wrapped. */
function columns(left: readonly string[], right: readonly string[]): string[] {
  const [a, b] = [left.flatMap(wrapped), right.flatMap(wrapped)];
  return Array.from({ length: Math.max(a.length, b.length) }, (_, at) => {
    const cell = a[at] ?? '';
    return `${cell}${' '.repeat(Math.max(0, WIDTH - width(cell)))} │ ${b[at] ?? ''}`;
  });
}

function wrapped(line: string): string[] {
  const indent = /^ */.exec(line)?.[0] ?? '';
  const rows: string[] = [];
  let row = indent;
  for (const word of line.trimStart().split(' ')) {
    const longer = row === indent ? `${row}${word}` : `${row} ${word}`;
    if (width(longer) <= WIDTH || row.trim() === '') row = longer;
    else {
      rows.push(row);
      row = `${indent}    ${word}`;
    }
  }
  return [...rows, row];
}
