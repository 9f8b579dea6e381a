/**
 * Rules of Block Kit as data: which fields a block or element may have, which it must have, and their sizes.
 * Sources: docs.slack.dev/reference/block-kit and `@slack/types` 3.2 (dist/block-kit/*.d.ts).
 */

export type FieldRule =
  | { kind: 'string'; max: number; min?: number }
  | { kind: 'text'; max: number; plain?: boolean }
  | { kind: 'oneof'; values: string[] }
  | { kind: 'boolean' }
  | { kind: 'number' }
  | { kind: 'object' }
  | { kind: 'strings' }
  | { kind: 'options'; max: number; min: number; plain: boolean }
  | { kind: 'groups' }
  | { kind: 'elements'; types: string[]; max: number; min: number }
  | { kind: 'element'; types: string[] }
  | { kind: 'texts'; max: number; size: number }
  | { kind: 'blocks'; types: string[]; max: number; min: number }
  | { kind: 'block'; types: string[] }
  | { kind: 'rows'; rows: number; columns: number }
  | { kind: 'buttonText' };

export interface ShapeRule {
  required: string[];
  /** At least one of these. */
  anyOf?: string[];
  fields: Record<string, FieldRule>;
}

const string = (max: number, min = 1): FieldRule => ({ kind: 'string', max, min });
const plain = (max: number): FieldRule => ({ kind: 'text', max, plain: true });
const text = (max: number): FieldRule => ({ kind: 'text', max });
const boolean: FieldRule = { kind: 'boolean' };
const number: FieldRule = { kind: 'number' };
const object: FieldRule = { kind: 'object' };
const oneof = (...values: string[]): FieldRule => ({ kind: 'oneof', values });
const options = (max: number, min = 1, isPlain = true): FieldRule => ({
  kind: 'options',
  max,
  min,
  plain: isPlain,
});

const style = oneof('primary', 'danger');
const actionable = { action_id: string(255) };
const asked = { ...actionable, confirm: object, focus_on_load: boolean };
const chosen = { ...asked, placeholder: plain(150) };
const many = { ...chosen, max_selected_items: number };

const shape = (required: string[], fields: Record<string, FieldRule>, anyOf?: string[]): ShapeRule => ({
  required,
  fields,
  ...(anyOf ? { anyOf } : {}),
});

const image = { image_url: string(3000), slack_file: object, alt_text: string(2000) };
const listed = { options: options(100), option_groups: { kind: 'groups' } as FieldRule };
const filter = { filter: object, default_to_current_conversation: boolean, response_url_enabled: boolean };

export const elementRules: Record<string, ShapeRule> = {
  button: shape(['text'], {
    ...actionable,
    confirm: object,
    text: plain(75),
    value: string(2000, 0),
    url: string(3000),
    style,
    accessibility_label: string(75),
  }),
  checkboxes: shape(['options'], {
    ...asked,
    options: options(10, 1, false),
    initial_options: options(10, 1, false),
  }),
  radio_buttons: shape(['options'], { ...asked, options: options(10, 1, false), initial_option: object }),
  datepicker: shape([], { ...chosen, initial_date: string(10) }),
  datetimepicker: shape([], { ...asked, initial_date_time: number }),
  timepicker: shape([], { ...chosen, initial_time: string(5), timezone: string(100) }),
  email_text_input: shape([], { ...chosen, initial_value: string(3000, 0), dispatch_action_config: object }),
  url_text_input: shape([], { ...chosen, initial_value: string(3000, 0), dispatch_action_config: object }),
  number_input: shape(['is_decimal_allowed'], {
    ...chosen,
    is_decimal_allowed: boolean,
    initial_value: string(100, 0),
    min_value: string(100),
    max_value: string(100),
    dispatch_action_config: object,
  }),
  plain_text_input: shape([], {
    ...chosen,
    initial_value: string(3000, 0),
    multiline: boolean,
    min_length: number,
    max_length: number,
    dispatch_action_config: object,
  }),
  rich_text_input: shape([], {
    ...chosen,
    initial_value: object,
    min_lines: number,
    max_lines: number,
    dispatch_action_config: object,
  }),
  file_input: shape([], { ...actionable, filetypes: { kind: 'strings' }, max_files: number }),
  overflow: shape(['options'], { ...actionable, confirm: object, options: options(5) }),
  static_select: shape([], { ...chosen, ...listed, initial_option: object }, ['options', 'option_groups']),
  multi_static_select: shape([], { ...many, ...listed, initial_options: options(100) }, [
    'options',
    'option_groups',
  ]),
  external_select: shape([], { ...chosen, initial_option: object, min_query_length: number }),
  multi_external_select: shape([], { ...many, initial_options: options(100), min_query_length: number }),
  users_select: shape([], { ...chosen, initial_user: string(20) }),
  multi_users_select: shape([], { ...many, initial_users: { kind: 'strings' } }),
  conversations_select: shape([], { ...chosen, ...filter, initial_conversation: string(20) }),
  multi_conversations_select: shape([], { ...many, ...filter, initial_conversations: { kind: 'strings' } }),
  channels_select: shape([], { ...chosen, response_url_enabled: boolean, initial_channel: string(20) }),
  multi_channels_select: shape([], { ...many, initial_channels: { kind: 'strings' } }),
  workflow_button: shape(['text', 'workflow'], {
    ...actionable,
    confirm: object,
    text: plain(75),
    workflow: object,
    style,
    accessibility_label: string(75),
  }),
  feedback_buttons: shape(['positive_button', 'negative_button'], {
    ...actionable,
    positive_button: { kind: 'buttonText' },
    negative_button: { kind: 'buttonText' },
  }),
  icon_button: shape(['icon', 'text'], {
    ...actionable,
    confirm: object,
    icon: oneof('trash'),
    text: plain(75),
    accessibility_label: string(75),
    value: string(2000, 0),
    visible_to_user_ids: { kind: 'strings' },
  }),
  image: shape(['alt_text'], image, ['image_url', 'slack_file']),
};

const selects = Object.keys(elementRules).filter((type) => type.endsWith('_select'));
const pickers = ['datepicker', 'datetimepicker', 'timepicker', 'checkboxes', 'radio_buttons'];
const inAction = ['button', 'overflow', 'workflow_button', 'rich_text_input', ...pickers, ...selects];
const inInput = [
  'plain_text_input',
  'rich_text_input',
  'email_text_input',
  'url_text_input',
  'number_input',
  'file_input',
  ...pickers,
  ...selects,
];
const inSection = ['button', 'overflow', 'workflow_button', 'image', ...pickers, ...selects];
const inContainer = [
  'actions',
  'context',
  'divider',
  'file',
  'header',
  'image',
  'input',
  'rich_text',
  'section',
  'table',
  'video',
];

const taskStatus = oneof('pending', 'in_progress', 'complete', 'error');

export const blockRules: Record<string, ShapeRule> = {
  actions: shape(['elements'], { elements: { kind: 'elements', types: inAction, max: 25, min: 1 } }),
  alert: shape(['text'], {
    text: text(3000),
    level: oneof('default', 'info', 'warning', 'error', 'success'),
  }),
  card: shape(
    [],
    {
      hero_image: { kind: 'element', types: ['image'] },
      icon: { kind: 'element', types: ['image'] },
      title: text(150),
      subtitle: text(150),
      body: text(3000),
      subtext: text(3000),
      actions: { kind: 'elements', types: ['button'], max: 5, min: 1 },
    },
    ['hero_image', 'title', 'body', 'actions'],
  ),
  carousel: shape(['elements'], { elements: { kind: 'blocks', types: ['card'], max: 10, min: 1 } }),
  container: shape(['child_blocks'], {
    title: plain(150),
    rich_text_title: { kind: 'block', types: ['rich_text'] },
    subtitle: text(150),
    child_blocks: { kind: 'blocks', types: inContainer, max: 10, min: 1 },
    width: oneof('narrow', 'standard', 'wide', 'full'),
    icon: { kind: 'element', types: ['image'] },
    is_collapsible: boolean,
    default_collapsed: boolean,
    has_header_divider: boolean,
  }),
  context: shape(['elements'], { elements: { kind: 'texts', max: 10, size: 3000 } }),
  context_actions: shape(['elements'], {
    elements: { kind: 'elements', types: ['feedback_buttons', 'icon_button'], max: 5, min: 1 },
  }),
  data_table: shape(['rows', 'caption'], {
    rows: { kind: 'rows', rows: 201, columns: 20 },
    caption: string(200),
    page_size: number,
    row_header_column_index: number,
  }),
  data_visualization: shape([], { title: string(150), chart: object }),
  divider: shape([], {}),
  file: shape(['source', 'external_id'], { source: string(100), external_id: string(255) }),
  header: shape(['text'], { text: plain(150) }),
  image: shape(['alt_text'], { ...image, title: plain(2000) }, ['image_url', 'slack_file']),
  input: shape(['label', 'element'], {
    label: plain(2000),
    hint: plain(2000),
    optional: boolean,
    element: { kind: 'element', types: inInput },
    dispatch_action: boolean,
  }),
  markdown: shape(['text'], { text: string(12_000) }),
  rich_text: shape(['elements'], { elements: object }),
  section: shape(
    [],
    {
      text: text(3000),
      fields: { kind: 'texts', max: 10, size: 2000 },
      accessory: { kind: 'element', types: inSection },
      expand: boolean,
    },
    ['text', 'fields'],
  ),
  table: shape(['rows'], { rows: { kind: 'rows', rows: 100, columns: 20 }, column_settings: object }),
  task_card: shape(['task_id', 'title', 'status'], {
    task_id: string(255),
    title: string(256),
    details: { kind: 'block', types: ['rich_text'] },
    output: { kind: 'block', types: ['rich_text'] },
    sources: object,
    status: taskStatus,
  }),
  plan: shape(['title'], {
    title: string(256),
    tasks: { kind: 'blocks', types: ['task_card'], max: 50, min: 0 },
  }),
  video: shape(['video_url', 'thumbnail_url', 'alt_text', 'title'], {
    video_url: string(3000),
    thumbnail_url: string(3000),
    alt_text: string(2000),
    title: plain(200),
    title_url: string(3000),
    author_name: string(50),
    provider_name: string(100),
    provider_icon_url: string(3000),
    description: plain(200),
  }),
};
