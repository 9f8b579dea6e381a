/** Inputs that ask somebody: menus whose choices the app gives, and files that are uploaded first. */
import type { App } from './app.ts';
import { attempt, reason, toast } from './app.ts';
import type { Standing } from './elements.ts';
import { enter, valueOf } from './forms.ts';
import type { Choice } from './inputs.ts';
import { change, common, fieldId, idOf, multiSelect, optionChoices, tick } from './inputs.ts';
import { withEntry } from './model.ts';
import type { Loose } from './values.ts';
import { isRecord, number, records, strings, text, words } from './values.ts';
import type { VNode } from './vdom.ts';
import { h } from './vdom.ts';

/** A menu whose choices the app gives: a search field above them. */
export function externalSelect(app: App, element: Loose, standing: Standing): VNode {
  const key = fieldId(standing, element);
  const known = app.model.options.get(key);
  const multi = text(element['type']).startsWith('multi_');
  const now = valueOf(app, standing.surface, standing.blockId, element);
  const chosen = multi
    ? records(now['selected_options'])
    : isRecord(now['selected_option'])
      ? [now['selected_option']]
      : [];
  const offered = optionChoices([
    ...chosen,
    ...(Array.isArray(known) ? known.filter((o) => !chosen.some((c) => idOf(c) === idOf(o))) : []),
  ]);
  const pick = (choice: Choice): void =>
    change(app, element, standing, { type: 'external_select', selected_option: choice.raw });
  return h(
    'div',
    { class: 'external' },
    h('input', {
      ...common(element, standing),
      type: 'search',
      class: 'field',
      placeholder: words(element['placeholder']) || 'Search…',
      onfocus: (event) => askOptions(app, element, standing, (event.target as HTMLInputElement).value),
      oninput: (event) => askOptions(app, element, standing, (event.target as HTMLInputElement).value),
    }),
    known === 'loading' ? h('p', { class: 'hint' }, 'Asking the app…') : null,
    multi
      ? multiSelect(app, element, standing, offered)
      : h(
          'div',
          { class: 'ticks', role: 'radiogroup', 'aria-label': standing.label },
          offered.map((c) =>
            tick(
              c,
              'radio',
              key,
              chosen.some((o) => idOf(o) === c.id),
              () => pick(c),
            ),
          ),
        ),
  );
}

function askOptions(app: App, element: Loose, standing: Standing, query: string): void {
  const { user } = app.model;
  const key = fieldId(standing, element);
  if (user === null || query.length < number(element['min_query_length'], 0)) return;
  app.update((model) => ({
    ...model,
    options: withEntry(model.options, key, model.options.get(key) ?? 'loading'),
  }));
  attempt(app, async () => {
    const answer = await app.api.act(user, 'options', {
      ...standing.surface.use,
      block_id: standing.blockId,
      action_id: text(element['action_id']),
      query,
    });
    if (!answer.ok) toast(app, reason(answer.error), 'bad');
    const groups = answer.ok ? (answer.options ?? []) : [];
    const options = records(groups).flatMap((o): readonly Loose[] =>
      'options' in o ? records(o['options']) : [o],
    );
    app.update((model) => ({ ...model, options: withEntry(model.options, key, options) }));
  });
}

export function fileInput(app: App, element: Loose, standing: Standing): VNode {
  const type = 'file_input';
  const files = records(valueOf(app, standing.surface, standing.blockId, element)['files']);
  const accept = strings(element['filetypes'])
    .map((end) => `.${end}`)
    .join(',');
  const take = (event: Event): void => {
    const { user } = app.model;
    const chosen = [...((event.target as HTMLInputElement).files ?? [])].slice(
      0,
      number(element['max_files'], 10),
    );
    if (user === null) return;
    attempt(app, async () => {
      const taken: unknown[] = [];
      for (const file of chosen) {
        const answer = await app.api.upload(user, file);
        if (answer.ok) taken.push(answer.file);
        else toast(app, `${file.name}: ${reason(answer.error)}`, 'bad');
      }
      enter(app, standing.surface, standing.blockId, text(element['action_id']), { type, files: taken });
    });
  };
  return h(
    'div',
    null,
    h('input', {
      ...common(element, standing),
      type: 'file',
      multiple: number(element['max_files'], 10) > 1,
      accept: accept === '' ? null : accept,
      onchange: take,
    }),
    files.map((file) => h('p', { class: 'hint' }, text(file['name']))),
  );
}
