/** Forms that the app opens (`views.open`), and its Home tab. */
import type { PageView } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import { attempt, reason } from './app.ts';
import { drawBlockKit } from './blocks.ts';
import { conversation } from './forms.ts';
import { collectValues, missingFields } from './form-values.ts';
import { icon } from './icons.ts';
import { avatar, badge } from './people.ts';
import { openDm, withoutBusy } from './places.ts';
import { words } from './values.ts';
import type { VNode } from './vdom.ts';
import { h } from './vdom.ts';

/** The topmost open form; those below wait. */
export function drawModal(app: App): VNode | null {
  const view = app.model.views[app.model.views.length - 1];
  if (view === undefined) return null;
  const title = words(view.title) || 'Form';
  const hasInputs = view.blocks.some((block) => block.type === 'input');
  const busy = app.model.busy.has(`submit:${view.id}`);
  return h(
    'div',
    { key: `modal-${view.root_view_id}`, class: 'layer layer-shade' },
    h(
      'form',
      {
        class: 'popup modal',
        role: 'dialog',
        'aria-modal': 'true',
        'aria-labelledby': 'modal-title',
        novalidate: true,
        onmount: (event) =>
          (event.target as HTMLElement)
            .querySelector<HTMLElement>('[autofocus], .field, input, .button')
            ?.focus(),
        onsubmit: (event) => {
          event.preventDefault();
          submit(app, view);
        },
      },
      h(
        'header',
        { class: 'dialog-header' },
        avatar(app.model.page?.bot ?? null, 'small'),
        h('h2', { id: 'modal-title' }, title),
        app.model.views.length > 1
          ? h('button', { type: 'button', class: 'button', onclick: () => close(app, view, false) }, 'Back')
          : null,
        h(
          'button',
          { type: 'button', class: 'tool', 'aria-label': 'Close', onclick: () => close(app, view, true) },
          icon('close'),
        ),
      ),
      h(
        'div',
        { class: 'modal-body' },
        problemOf(app, view),
        drawBlockKit(app, view.blocks, {
          form: view.id,
          use: { view_id: view.id },
          errors: view.errors ?? {},
        }),
      ),
      h(
        'footer',
        { class: 'dialog-actions' },
        h(
          'button',
          { type: 'button', class: 'button', onclick: () => close(app, view, false) },
          words(view.close) || 'Cancel',
        ),
        hasInputs || view.submit !== undefined
          ? h(
              'button',
              {
                type: 'submit',
                class: 'button button-primary',
                disabled: busy,
                'aria-busy': busy ? 'true' : null,
              },
              words(view.submit) || 'Submit',
            )
          : null,
      ),
    ),
  );
}

/** As Slack does, what went wrong with a form stands in it, and what was entered stays. */
function problemOf(app: App, view: PageView): VNode | null {
  const { viewProblem } = app.model;
  if (viewProblem?.view !== view.id) return null;
  return h('p', { class: 'modal-problem', role: 'alert' }, viewProblem.text);
}

function setProblem(app: App, view: PageView, text: string | null): void {
  app.update((model) => ({ ...model, viewProblem: text === null ? null : { view: view.id, text } }));
}

function setErrors(app: App, id: string, errors: Record<string, string>): void {
  app.update((model) => ({ ...model, views: model.views.map((v) => (v.id === id ? { ...v, errors } : v)) }));
  app.afterDraw(() => document.querySelector<HTMLElement>('.modal [aria-invalid="true"]')?.focus());
}

function submit(app: App, view: PageView): void {
  const { user } = app.model;
  const name = `submit:${view.id}`;
  if (user === null || app.model.busy.has(name)) return;
  const values = collectValues(view.blocks, app.model.forms.get(view.id), conversation(app));
  const errors = missingFields(view.blocks, values);
  setErrors(app, view.id, errors);
  setProblem(app, view, null);
  if (Object.keys(errors).length > 0) return;
  app.update((model) => ({ ...model, busy: new Set(model.busy).add(name) }));
  attempt(app, async () => {
    try {
      const answer = await app.api.act(user, 'view_submit', { view_id: view.id, values });
      if (!answer.ok) setProblem(app, view, reason(answer.error));
      else if (answer.errors !== undefined && Object.keys(answer.errors).length > 0)
        setErrors(app, view.id, answer.errors);
    } catch (error) {
      setProblem(app, view, error instanceof Error ? error.message : String(error));
    } finally {
      app.update((model) => ({ ...model, busy: withoutBusy(model, name) }));
    }
  });
}

/** `all`: the cross closes the whole stack, the button only the form on top. */
export function close(app: App, view: PageView, all: boolean): void {
  const { user } = app.model;
  app.update((model) => ({ ...model, views: all ? [] : model.views.filter((v) => v.id !== view.id) }));
  if (user === null) return;
  attempt(app, async () => {
    await app.api.act(user, 'view_close', { view_id: view.id, ...(all ? { is_cleared: true } : {}) });
  });
}

/** The app's Home tab. */
export function drawHome(app: App): VNode {
  const { page, home } = app.model;
  const bot = page?.bot ?? null;
  return h(
    'section',
    { key: 'home', class: 'channel', 'aria-label': 'App Home' },
    h(
      'header',
      { class: 'channel-header' },
      avatar(bot, 'small'),
      h('h1', null, bot?.real_name ?? 'App'),
      badge(bot),
      h('span', { class: 'spring' }),
      h(
        'nav',
        { class: 'tabs', 'aria-label': 'App' },
        h('button', { type: 'button', class: 'tab tab-active', 'aria-current': 'page' }, 'Home'),
        h('button', { type: 'button', class: 'tab', onclick: () => openDm(app, bot?.id ?? '') }, 'Messages'),
      ),
    ),
    h(
      'div',
      { class: 'home' },
      home === null || home.blocks.length === 0
        ? h(
            'div',
            { class: 'empty' },
            icon('home'),
            h('h2', null, 'Nothing here yet'),
            h('p', null, 'The app has not published its Home tab.'),
            h(
              'button',
              { type: 'button', class: 'button', onclick: () => openDm(app, bot?.id ?? '') },
              'Go to messages',
            ),
          )
        : drawBlockKit(app, home.blocks, { form: home.id, use: { view_id: home.id }, errors: {} }),
    ),
  );
}
