/** Start of the page: the data, the drawing loop, and the keys that work everywhere. */
import { goTo } from './addresses.ts';
import { createApi } from './api.ts';
import type { App } from './app.ts';
import { attempt, createParser } from './app.ts';
import { closeLayer } from './layers.ts';
import { keepPlaces } from './list.ts';
import { createLive } from './live.ts';
import { createMemory, readJson } from './memory.ts';
import { close } from './modal.ts';
import type { Model } from './model.ts';
import { EMPTY_DRAFT, initialModel, sideOf } from './model.ts';
import { closeThread } from './places.ts';
import { personas } from './personas.ts';
import { drawShell } from './shell.ts';
import { restoreSizes } from './splitter.ts';
import { applyTheme } from './theme.ts';
import { createRenderer } from './vdom.ts';

interface Loop {
  update(change: (model: Model) => Model): void;
  afterDraw(run: () => void): void;
  readonly model: Model;
}

/** Draws at most once a frame, and at the latest after a quarter of a second. */
function createLoop(start: Model, draw: () => void): Loop {
  let model = start;
  let waiting = false;
  let after: (() => void)[] = [];
  const frame = (): void => {
    if (!waiting) return;
    waiting = false;
    draw();
    const runs = after;
    after = [];
    for (const run of runs) run();
  };
  const schedule = (): void => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(frame);
    // Browsers give hidden, covered or starved windows no frames, sometimes without saying so.
    setTimeout(frame, 250);
  };
  return {
    get model() {
      return model;
    },
    update(change) {
      const next = change(model);
      if (next === model) return;
      model = next;
      schedule();
    },
    afterDraw(run) {
      after.push(run);
      schedule();
    },
  };
}

function createApp(container: Element): App {
  const memory = createMemory();
  const renderer = createRenderer(container);
  const focus = createFocusKeeper();
  let ids = 0;
  const loop = createLoop(restored(initialModel(Date.now()), memory), () => {
    focus.before(app.model);
    keepPlaces(app, () => renderer.patch(drawShell(app)));
    focus.after(app.model);
    document.title = title(app.model);
  });
  const parse = createParser();
  const app: App = {
    get model() {
      return loop.model;
    },
    api: createApi(),
    memory,
    update: (change) => loop.update(change),
    afterDraw: (run) => loop.afterDraw(run),
    actAs: (user) => live.actAs(user),
    goTo: (address) => goTo(app, address),
    run: (work) => attempt(app, work),
    parse,
    nextId: () => (ids += 1),
  };
  const live = createLive(app);
  return app;
}

function restored(model: Model, memory: App['memory']): Model {
  const stored = readJson(memory, 'drafts');
  const drafts = new Map(model.drafts);
  for (const pair of Array.isArray(stored) ? stored : []) {
    if (Array.isArray(pair) && typeof pair[0] === 'string' && typeof pair[1] === 'string')
      drafts.set(pair[0], { ...EMPTY_DRAFT, text: pair[1] });
  }
  const narrow = matchMedia('(max-width: 900px)').matches;
  return {
    ...model,
    drafts,
    guide: memory.read('guide') !== 'closed' && !narrow,
    wireOpen: memory.read('wire') === 'open' && !narrow,
  };
}

function title(model: Model): string {
  const waiting = [...model.unread.values()].reduce((sum, count) => sum + count, 0);
  const who = model.page === null ? '' : `${model.page.me.real_name} · `;
  return `${waiting > 0 ? `(${waiting}) ` : ''}${who}Heddle playground`;
}

/** Gives the focus back to where it was before a menu or a form took it. */
function createFocusKeeper(): { before(model: Model): void; after(model: Model): void } {
  let covered = false;
  let home: Element | null = null;
  const covers = (model: Model): boolean => model.layer !== null || model.views.length > 0;
  return {
    before(model) {
      if (covers(model) && !covered) home = document.activeElement;
    },
    after(model) {
      const now = covers(model);
      if (
        covered &&
        !now &&
        home instanceof HTMLElement &&
        home.isConnected &&
        document.activeElement === document.body
      )
        home.focus();
      covered = now;
    },
  };
}

function globalKeys(app: App, event: KeyboardEvent): void {
  if (event.key === 'Escape') escape(app, event);
  const digit = /^Digit([1-9])$/.exec(event.code)?.[1];
  if (!event.altKey || event.ctrlKey || event.metaKey || digit === undefined) return;
  const chosen = personas(app)[Number(digit) - 1];
  if (chosen === undefined) return;
  event.preventDefault();
  app.actAs(chosen.id);
}

/** Escape closes what lies on top: a menu, a form, the sidebar, the thread. */
function escape(app: App, event: KeyboardEvent): void {
  const { model } = app;
  const view = model.views[model.views.length - 1];
  if (model.layer !== null) closeLayer(app);
  else if (view !== undefined) close(app, view, false);
  else if (model.sidebarOpen) app.update((m) => ({ ...m, sidebarOpen: false }));
  else if (sideOf(model) === 'thread' && !isWriting(event.target)) closeThread(app);
}

/** In a text field Escape never takes the thread away, unless it is the thread's own and nothing is in it. */
function isWriting(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !['checkbox', 'radio', 'file'].includes(target.type);
  if (!(target instanceof HTMLTextAreaElement)) return false;
  return target.value.trim() !== '' || target.closest('.side') === null;
}

/** Tab stays inside a form that covers the page. */
function trapTab(event: KeyboardEvent): void {
  if (event.key !== 'Tab') return;
  const boxes = document.querySelectorAll<HTMLElement>('[aria-modal="true"]');
  const box = boxes[boxes.length - 1];
  if (box === undefined) return;
  const all = [
    ...box.querySelectorAll<HTMLElement>('button, input, select, textarea, summary, a[href]'),
  ].filter((e) => e.offsetParent !== null && !e.hasAttribute('disabled'));
  const [first, last] = [all[0], all[all.length - 1]];
  const inside = box.contains(document.activeElement);
  if (event.shiftKey && (document.activeElement === first || !inside)) {
    last?.focus();
    event.preventDefault();
  } else if (!event.shiftKey && (document.activeElement === last || !inside)) {
    first?.focus();
    event.preventDefault();
  }
}

function ticked(model: Model): Model {
  const now = Date.now();
  const bot = model.parent?.bot;
  const counts = bot?.state === 'exited' && bot.retry_at !== null;
  return counts || now - model.now >= 10_000 ? { ...model, now } : model;
}

/** `?as=U…` opens a window as somebody; after that the window remembers it itself. */
function askedFor(): string | null {
  const as = new URLSearchParams(location.search).get('as');
  if (as !== null) history.replaceState(null, '', location.pathname + location.hash);
  return as;
}

function start(): void {
  const container = document.getElementById('app');
  if (container === null) return;
  const app = createApp(container);
  applyTheme(app.memory);
  window.addEventListener('storage', () => applyTheme(app.memory));
  restoreSizes(app);
  document.addEventListener('keydown', (event) => {
    globalKeys(app, event);
    trapTab(event);
  });
  window.addEventListener('hashchange', () => {
    if (location.hash !== '') goTo(app, location.hash);
  });
  // Relative times and the bot's uptime move on by themselves; a wait for the next start is counted down.
  setInterval(() => app.update(ticked), 1000);
  app.actAs(askedFor() ?? app.memory.read('user'));
}

start();
