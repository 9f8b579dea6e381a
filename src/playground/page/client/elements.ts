/** Interactive elements of Block Kit. Each is a real HTML control, so keyboard and screen readers work by themselves. */
import type { App } from './app.ts';
import { choiceInput, datetimeInput, multiSelect, selectInput, textInput } from './inputs.ts';
import { externalSelect, fileInput } from './inputs-asking.ts';
import { busyName, click, confirmed } from './forms.ts';
import type { Surface } from './forms.ts';
import { icon } from './icons.ts';
import { openMenu } from './layers.ts';
import { imagePlaceholder, emojiOf } from './tree-view.ts';
import { safeHref } from './tree.ts';
import type { Loose } from './values.ts';
import { record, records, strings, text, words } from './values.ts';
import type { VChild, VNode } from './vdom.ts';
import { h } from './vdom.ts';

/** How an element stands: its block, and whether the app hears of each change. */
export interface Standing {
  readonly surface: Surface;
  readonly blockId: string;
  /** False in `input` blocks: the value is only sent with the form. */
  readonly live: boolean;
  readonly label: string;
}

export function drawElement(app: App, element: Loose, standing: Standing): VNode {
  switch (text(element['type'])) {
    case 'button':
    case 'workflow_button':
      return button(app, element, standing);
    case 'overflow':
      return overflow(app, element, standing);
    case 'icon_button':
      return iconButton(app, element, standing);
    case 'feedback_buttons':
      return feedback(app, element, standing);
    case 'image':
      return imagePlaceholder(text(element['alt_text']), text(element['image_url']));
    case 'static_select':
    case 'users_select':
    case 'conversations_select':
    case 'channels_select':
      return selectInput(app, element, standing);
    case 'external_select':
    case 'multi_external_select':
      return externalSelect(app, element, standing);
    case 'multi_static_select':
    case 'multi_users_select':
    case 'multi_conversations_select':
    case 'multi_channels_select':
      return multiSelect(app, element, standing);
    case 'checkboxes':
    case 'radio_buttons':
      return choiceInput(app, element, standing);
    case 'datepicker':
    case 'timepicker':
    case 'datetimepicker':
      return datetimeInput(app, element, standing);
    case 'plain_text_input':
    case 'number_input':
    case 'email_text_input':
    case 'url_text_input':
    case 'rich_text_input':
      return textInput(app, element, standing);
    case 'file_input':
      return fileInput(app, element, standing);
    default:
      return h('span', { class: 'unknown' }, `Element “${text(element['type'])}” is not drawn here`);
  }
}

/** The words of a `plain_text` object, with its emoji unless it says that it has none. */
export function plainText(value: unknown): VChild[] {
  if (record(value)['emoji'] === false) return [words(value)];
  return words(value)
    .split(/(:[a-z0-9_+'-]+:)/)
    .filter((part) => part !== '')
    .map((part) => (/^:[a-z0-9_+'-]+:$/.test(part) ? emojiOf(part.slice(1, -1)) : part));
}

function button(app: App, element: Loose, { surface, blockId }: Standing): VNode {
  const actionId = text(element['action_id']);
  const style = text(element['style']);
  const url = safeHref(text(element['url']));
  const press = (): void =>
    confirmed(app, element['confirm'], () => {
      if (url !== null) window.open(url, '_blank', 'noopener,noreferrer');
      click(app, surface, blockId, actionId, null);
    });
  return h(
    'button',
    {
      type: 'button',
      class: `button ${style === 'primary' ? 'button-primary' : style === 'danger' ? 'button-danger' : ''}`,
      'data-action': actionId,
      'aria-label': text(element['accessibility_label']) === '' ? null : text(element['accessibility_label']),
      'aria-busy': app.model.busy.has(busyName(surface, blockId, actionId)) ? 'true' : null,
      onclick: press,
    },
    plainText(element['text']),
  );
}

function overflow(app: App, element: Loose, { surface, blockId }: Standing): VNode {
  const actionId = text(element['action_id']);
  const open = (event: Event): void =>
    openMenu(
      app,
      event,
      'More actions',
      records(element['options']).map((option) => ({
        label: words(option['text']),
        detail: words(option['description']),
        run: () => {
          const url = safeHref(text(option['url']));
          if (url !== null) window.open(url, '_blank', 'noopener,noreferrer');
          confirmed(app, element['confirm'], () =>
            click(app, surface, blockId, actionId, text(option['value'])),
          );
        },
      })),
    );
  return h(
    'button',
    {
      type: 'button',
      class: 'button button-icon',
      'aria-label': 'More actions',
      'aria-haspopup': 'menu',
      'data-action': actionId,
      onclick: open,
    },
    icon('more'),
  );
}

function iconButton(app: App, element: Loose, { surface, blockId }: Standing): VNode {
  const actionId = text(element['action_id']);
  const seenBy = strings(element['visible_to_user_ids']);
  const hidden = seenBy.length > 0 && !seenBy.includes(app.model.user ?? '');
  const label = words(element['text']);
  return h(
    'button',
    {
      type: 'button',
      class: 'button button-icon',
      'data-action': actionId,
      'aria-label': label === '' ? text(element['icon']) : label,
      title: label,
      style: hidden ? 'display:none' : null,
      onclick: () =>
        confirmed(app, element['confirm'], () =>
          click(app, surface, blockId, actionId, text(element['value'])),
        ),
    },
    icon(text(element['icon']) === 'trash' ? 'trash' : 'more'),
  );
}

function feedback(app: App, element: Loose, { surface, blockId }: Standing): VNode {
  const actionId = text(element['action_id']);
  const one = (which: 'positive_button' | 'negative_button'): VNode => {
    const choice = record(element[which]);
    const label = words(choice['text']);
    return h(
      'button',
      {
        type: 'button',
        class: 'button button-icon',
        'aria-label': label,
        title: label,
        onclick: () => click(app, surface, blockId, actionId, text(choice['value'])),
      },
      icon(which === 'positive_button' ? 'up' : 'thumbdown'),
    );
  };
  return h(
    'span',
    { class: 'feedback', role: 'group', 'aria-label': 'Feedback' },
    one('positive_button'),
    one('negative_button'),
  );
}
