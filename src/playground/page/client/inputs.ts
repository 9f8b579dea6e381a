/** Inputs of Block Kit: menus, choices, dates, text, files. */
import type { PageChannel } from '../../slack/page-api.ts';
import type { App } from './app.ts';
import { toast } from './app.ts';
import type { Standing } from './elements.ts';
import { SINGLE } from './form-values.ts';
import { confirmed, enter, select, valueOf } from './forms.ts';
import type { Loose } from './values.ts';
import { number, record, records, strings, text, words } from './values.ts';
import type { Props, VNode } from './vdom.ts';
import { h } from './vdom.ts';

/** One thing that can be chosen; `raw` is what goes to the app. */
export interface Choice {
  readonly id: string;
  readonly label: string;
  readonly description: string;
  readonly raw: unknown;
  readonly group: string;
}

export function change(app: App, element: Loose, standing: Standing, value: Loose): void {
  const actionId = text(element['action_id']);
  if (!standing.live) {
    enter(app, standing.surface, standing.blockId, actionId, value);
    return;
  }
  confirmed(app, element['confirm'], () => select(app, standing.surface, standing.blockId, actionId, value));
}

export function common(element: Loose, standing: Standing): Props {
  const error = standing.surface.errors[standing.blockId];
  return {
    id: fieldId(standing, element),
    'data-action': text(element['action_id']),
    'aria-label': standing.label === '' ? words(element['placeholder']) || text(element['action_id']) : null,
    'aria-invalid': error === undefined ? null : 'true',
    'aria-describedby': error === undefined ? null : `${fieldId(standing, element)}-error`,
  };
}

export function fieldId(standing: Standing, element: Loose): string {
  return `f-${standing.surface.form}-${standing.blockId}-${text(element['action_id'])}`.replace(
    /[^\w-]/g,
    '_',
  );
}

export function optionChoices(options: unknown, group = ''): Choice[] {
  return records(options).map((option) => ({
    id: text(option['value']),
    label: words(option['text']),
    description: words(option['description']),
    raw: option,
    group,
  }));
}

function choicesOf(app: App, element: Loose): Choice[] {
  const { page } = app.model;
  const plain = (id: string, label: string): Choice => ({ id, label, description: '', raw: id, group: '' });
  switch (text(element['type']).replace('multi_', '')) {
    case 'users_select':
      return (page?.users ?? []).map((user) => plain(user.id, user.real_name));
    case 'channels_select':
      return (page?.channels ?? []).filter((c) => c.type === 'channel').map((c) => plain(c.id, `#${c.name}`));
    case 'conversations_select':
      return (page?.channels ?? [])
        .filter((c) => fits(c, record(element['filter']), page?.bot.id))
        .map((c) => plain(c.id, c.type === 'im' ? c.name : `#${c.name}`));
    default: {
      const groups = records(element['option_groups']).flatMap((g) =>
        optionChoices(g['options'], words(g['label'])),
      );
      return [...optionChoices(element['options']), ...groups];
    }
  }
}

/** The filter of a conversations menu (docs.slack.dev/reference/block-kit/composition-objects). */
function fits(channel: PageChannel, filter: Loose, bot: string | undefined): boolean {
  const kinds = { channel: 'public', group: 'private', im: 'im', mpim: 'mpim' } as const;
  const include = strings(filter['include']);
  if (include.length > 0 && !include.includes(kinds[channel.type])) return false;
  if (filter['exclude_bot_users'] === true && channel.user === bot) return false;
  return !(filter['exclude_external_shared_channels'] === true && channel.is_ext_shared);
}

export const idOf = (raw: unknown): string => (typeof raw === 'string' ? raw : text(record(raw)['value']));

export function selectInput(app: App, element: Loose, standing: Standing): VNode {
  const type = text(element['type']);
  const name = SINGLE[type] ?? 'selected_option';
  const choices = choicesOf(app, element);
  const chosen = idOf(valueOf(app, standing.surface, standing.blockId, element)[name]);
  const option = (choice: Choice): VNode =>
    h('option', { key: choice.id, value: choice.id, selected: choice.id === chosen }, choice.label);
  const groups = [...new Set(choices.map((choice) => choice.group))];
  return h(
    'select',
    {
      ...common(element, standing),
      class: 'field',
      value: chosen,
      onchange: (event) => {
        const choice = choices.find((c) => c.id === (event.target as HTMLSelectElement).value);
        change(app, element, standing, { type, [name]: choice?.raw ?? null });
      },
    },
    h('option', { key: '', value: '', selected: chosen === '' }, words(element['placeholder']) || 'Choose…'),
    groups.map((group) =>
      group === ''
        ? choices.filter((c) => c.group === '').map(option)
        : h('optgroup', { label: group }, choices.filter((c) => c.group === group).map(option)),
    ),
  );
}

function multiName(element: Loose): string {
  const kind = text(element['type']).replace('multi_', '').replace('_select', '');
  return kind === 'static' || kind === 'external' ? 'selected_options' : `selected_${kind}`;
}

export function multiSelect(
  app: App,
  element: Loose,
  standing: Standing,
  offered = choicesOf(app, element),
): VNode {
  const name = multiName(element);
  const chosenNow = (): readonly unknown[] => {
    const now = valueOf(app, standing.surface, standing.blockId, element)[name];
    return Array.isArray(now) ? now : [];
  };
  const drawn = chosenNow();
  const most = number(element['max_selected_items'], Number.POSITIVE_INFINITY);
  // What is chosen is read when something is toggled: two clicks may come before the next drawing.
  const toggle = (choice: Choice): void => {
    const chosen = chosenNow();
    const has = chosen.some((raw) => idOf(raw) === choice.id);
    if (!has && chosen.length >= most) {
      toast(app, `At most ${most} can be chosen.`, 'bad');
      return;
    }
    const next = has ? chosen.filter((raw) => idOf(raw) !== choice.id) : [...chosen, choice.raw];
    change(app, element, standing, { type: text(element['type']), [name]: next });
  };
  const labels = offered.filter((c) => drawn.some((raw) => idOf(raw) === c.id)).map((c) => c.label);
  return h(
    'details',
    { class: 'multi' },
    h(
      'summary',
      { ...common(element, standing), class: 'field' },
      labels.length === 0 ? words(element['placeholder']) || 'Choose…' : labels.join(', '),
    ),
    h(
      'div',
      { class: 'multi-list', role: 'group', 'aria-label': standing.label },
      offered.map((choice) =>
        tick(
          choice,
          'checkbox',
          fieldId(standing, element),
          drawn.some((raw) => idOf(raw) === choice.id),
          () => toggle(choice),
        ),
      ),
    ),
  );
}

export function tick(
  choice: Choice,
  type: 'checkbox' | 'radio',
  group: string,
  checked: boolean,
  toggle: () => void,
): VNode {
  return h(
    'label',
    { key: choice.id, class: 'tick' },
    h('input', { type, name: group, value: choice.id, checked, onchange: toggle }),
    h('span', null, choice.label, choice.description === '' ? null : h('small', null, choice.description)),
  );
}

export function choiceInput(app: App, element: Loose, standing: Standing): VNode {
  const type = text(element['type']);
  const value = valueOf(app, standing.surface, standing.blockId, element);
  const choices = choicesOf(app, element);
  const group = fieldId(standing, element);
  if (type === 'radio_buttons') {
    const chosen = idOf(value['selected_option']);
    return h(
      'div',
      { role: 'radiogroup', class: 'ticks', 'aria-label': standing.label },
      choices.map((c) =>
        tick(c, 'radio', group, c.id === chosen, () =>
          change(app, element, standing, { type, selected_option: c.raw }),
        ),
      ),
    );
  }
  const drawn = records(value['selected_options']);
  const toggle = (choice: Choice): void => {
    const chosen = records(valueOf(app, standing.surface, standing.blockId, element)['selected_options']);
    const has = chosen.some((option) => idOf(option) === choice.id);
    const next = has ? chosen.filter((option) => idOf(option) !== choice.id) : [...chosen, choice.raw];
    change(app, element, standing, { type, selected_options: next });
  };
  return h(
    'div',
    { role: 'group', class: 'ticks', 'aria-label': standing.label },
    choices.map((c) =>
      tick(
        c,
        'checkbox',
        group,
        drawn.some((option) => idOf(option) === c.id),
        () => toggle(c),
      ),
    ),
  );
}

export function datetimeInput(app: App, element: Loose, standing: Standing): VNode {
  const type = text(element['type']);
  const name = SINGLE[type] ?? 'value';
  const now = valueOf(app, standing.surface, standing.blockId, element)[name];
  const html = type === 'datepicker' ? 'date' : type === 'timepicker' ? 'time' : 'datetime-local';
  const shown = typeof now === 'number' ? localMinutes(now) : text(now);
  return h('input', {
    ...common(element, standing),
    class: 'field field-narrow',
    type: html,
    value: shown,
    onchange: (event) => {
      const entered = (event.target as HTMLInputElement).value;
      const value =
        entered === ''
          ? null
          : type === 'datetimepicker'
            ? Math.floor(new Date(entered).getTime() / 1000)
            : entered;
      change(app, element, standing, { type, [name]: value });
    },
  });
}

function localMinutes(seconds: number): string {
  const date = new Date(seconds * 1000);
  return new Date(date.getTime() - date.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}

const HTML_TYPES: Readonly<Record<string, string>> = {
  number_input: 'text',
  email_text_input: 'email',
  url_text_input: 'url',
};

export function textInput(app: App, element: Loose, standing: Standing): VNode {
  const type = text(element['type']);
  const rich = type === 'rich_text_input';
  const stored = valueOf(app, standing.surface, standing.blockId, element);
  const value = rich ? richPlain(stored['rich_text_value']) : text(stored['value']);
  const actionId = text(element['action_id']);
  const read = (event: Event): Loose => {
    const entered = (event.target as HTMLInputElement).value;
    return rich
      ? { type, rich_text_value: entered === '' ? null : richValue(entered) }
      : { type, value: entered === '' ? null : entered };
  };
  const triggers = strings(record(element['dispatch_action_config'])['trigger_actions_on']);
  const props: Props = {
    ...common(element, standing),
    class: 'field',
    placeholder: words(element['placeholder']),
    value,
    maxlength: number(element['max_length'], 3000),
    autofocus: element['focus_on_load'] === true ? true : null,
    oninput: (event) => {
      enter(app, standing.surface, standing.blockId, actionId, read(event));
      if (standing.live && triggers.includes('on_character_entered'))
        select(app, standing.surface, standing.blockId, actionId, read(event));
    },
    onkeydown: (event) => {
      if (!standing.live || !(event instanceof KeyboardEvent) || event.key !== 'Enter' || event.shiftKey)
        return;
      event.preventDefault();
      select(app, standing.surface, standing.blockId, actionId, read(event));
    },
  };
  if (rich || element['multiline'] === true) return h('textarea', { ...props, rows: 4 });
  return h('input', {
    ...props,
    type: HTML_TYPES[type] ?? 'text',
    inputmode: type === 'number_input' ? 'decimal' : null,
  });
}

function richValue(entered: string): Loose {
  return {
    type: 'rich_text',
    elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: entered }] }],
  };
}

function richPlain(value: unknown): string {
  return records(record(value)['elements'])
    .flatMap((section) => records(section['elements']))
    .map((part) => text(part['text']))
    .join('');
}
