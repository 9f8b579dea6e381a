import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../src/playground/page/client/address.ts';
import { applyEvent, upsert } from '../../../src/playground/page/client/events.ts';
import { collectValues, missingFields } from '../../../src/playground/page/client/form-values.ts';
import { initialModel, type Model } from '../../../src/playground/page/client/model.ts';
import type { PageMessage, PageState } from '../../../src/playground/slack/page-api.ts';

const message = (ts: string, more: Partial<PageMessage> = {}): PageMessage => ({
  channel: 'C1',
  ts,
  user: 'U2',
  text: ts,
  edited: false,
  ...more,
});

/** Ada looks at C1 and has one thread open; C2 is not looked at. */
function looking(): Model {
  const channel = (id: string, type: 'channel' | 'im') => ({
    id,
    type,
    name: id,
    topic: '',
    is_ext_shared: false,
    is_archived: false,
    is_member: true,
    members: [],
    latest: '',
  });
  const page = {
    channels: [channel('C1', 'channel'), channel('C2', 'channel'), channel('D1', 'im')],
    prompts: [],
    groups: [{ id: 'S1', handle: 'oncall', name: 'On call', users: ['U1'] }],
  };
  return {
    ...initialModel(0),
    user: 'U1',
    page: page as unknown as PageState,
    place: { view: 'channel', channel: 'C1' },
    thread: { channel: 'C1', ts: '1.0' },
    channels: new Map([
      ['C1', { messages: [message('1.0'), message('3.0')], hasMore: false, load: 'ready' }],
    ]),
    threads: new Map([['C1:1.0', { messages: [message('1.0')], hasMore: false, load: 'ready' }]]),
  };
}

const times = (model: Model, key: string): (string | undefined)[] =>
  (model.channels.get(key) ?? model.threads.get(key))?.messages.map(({ ts }) => ts) ?? [];

describe('events', () => {
  it('put a message in its place, once', () => {
    const twice = [message('2.0'), message('2.0')].reduce(
      (model, one) => applyEvent(model, { type: 'message', message: one }),
      looking(),
    );
    expect(times(twice, 'C1')).toEqual(['1.0', '2.0', '3.0']);
  });

  it('put a reply into its thread only, and one that is sent to the channel into both', () => {
    const reply = applyEvent(looking(), { type: 'message', message: message('4.0', { thread_ts: '1.0' }) });
    expect([times(reply, 'C1'), times(reply, 'C1:1.0')]).toEqual([
      ['1.0', '3.0'],
      ['1.0', '4.0'],
    ]);
    const both = applyEvent(looking(), {
      type: 'message',
      message: message('4.0', { thread_ts: '1.0', subtype: 'thread_broadcast' }),
    });
    expect([times(both, 'C1'), times(both, 'C1:1.0')]).toEqual([
      ['1.0', '3.0', '4.0'],
      ['1.0', '4.0'],
    ]);
  });

  it('change a root wherever it is shown, but load nothing that was not loaded', () => {
    const changed = applyEvent(looking(), {
      type: 'message_changed',
      message: message('1.0', { text: 'new', thread_ts: '1.0', reply_count: 1 }),
    });
    expect(changed.channels.get('C1')?.messages[0]?.text).toBe('new');
    expect(changed.threads.get('C1:1.0')?.messages[0]?.text).toBe('new');
    const unknown = applyEvent(looking(), { type: 'message_changed', message: message('0.5') });
    expect(times(unknown, 'C1')).toEqual(['1.0', '3.0']);
  });

  it('keep what only one sees, also where its thread is not loaded', () => {
    const whisper = message('4.0', { thread_ts: '3.0', ephemeral: true });
    const told = applyEvent(looking(), { type: 'ephemeral', message: whisper });
    expect([times(told, 'C1'), told.ephemerals.map(({ ts }) => ts)]).toEqual([['1.0', '3.0'], ['4.0']]);
    const replaced = applyEvent(told, { type: 'ephemeral', message: { ...whisper, text: 'new' } });
    expect(replaced.ephemerals.map(({ text }) => text)).toEqual(['new']);
    const gone = applyEvent(replaced, { type: 'ephemeral_deleted', channel: 'C1', ts: '4.0' });
    expect(gone.ephemerals).toEqual([]);
  });

  it('delete everywhere, and set reactions everywhere', () => {
    const deleted = applyEvent(looking(), { type: 'message_deleted', channel: 'C1', ts: '1.0' });
    expect([times(deleted, 'C1'), times(deleted, 'C1:1.0')]).toEqual([['3.0'], []]);
    const reactions = [{ name: 'eyes', users: ['U2'] }];
    const reacted = applyEvent(looking(), { type: 'reaction', channel: 'C1', ts: '1.0', reactions });
    expect(reacted.threads.get('C1:1.0')?.messages[0]?.reactions).toBe(reactions);
  });

  it.each([
    ['where one looks', { channel: 'C1' }, undefined],
    ['elsewhere', { channel: 'C2' }, 0],
    ['elsewhere, by oneself', { channel: 'C2', user: 'U1' }, undefined],
    ['elsewhere, naming one', { channel: 'C2', text: 'hey <@U1>' }, 1],
    ['in a direct message', { channel: 'D1' }, 1],
    ['as a reply in the open thread', { thread_ts: '1.0' }, undefined],
    ['as a reply in another thread', { thread_ts: '3.0' }, undefined],
    ['as a reply in another thread, naming one', { thread_ts: '3.0', text: '<@U1>' }, 1],
    ['naming a group one is in', { channel: 'C2', text: '<!subteam^S1|@oncall>' }, 1],
    ['naming another group', { channel: 'C2', text: '<!subteam^S2>' }, 0],
    ['for everybody', { channel: 'C2', text: '<!here> now' }, 1],
  ])('mark what is unread: a message %s', (_, more, unread) => {
    const one = message('9.0', more);
    expect(applyEvent(looking(), { type: 'message', message: one }).unread.get(one.channel)).toBe(unread);
  });

  it('count what others were told', () => {
    const nudged = ['U2', 'U2', 'U1'].reduce(
      (model, user) => applyEvent(model, { type: 'nudge', user }),
      looking(),
    );
    expect([...nudged.nudges]).toEqual([['U2', 2]]);
  });

  it('order calls by their number and keep each once, also while paused', () => {
    const call = (seq: number) => ({
      seq,
      at: 0,
      side: 'slack' as const,
      method: 'POST',
      path: '/',
      status: 200,
      ms: 1,
      request: null,
      response: null,
    });
    const came = [2, 1, 2].reduce(
      (model, seq) => applyEvent(model, { type: 'wire_call', call: call(seq) }),
      looking(),
    );
    expect(came.wire.calls.map(({ seq }) => seq)).toEqual([1, 2]);
    const paused = applyEvent(
      { ...came, wire: { ...came.wire, paused: true } },
      { type: 'wire_call', call: call(3) },
    );
    expect([paused.wire.calls.length, paused.wire.held.length]).toEqual([2, 1]);
  });

  it('upsert keeps the order of timestamps as text', () => {
    const list = ['1790000000.000100', '1790000000.000300'].map((ts) => message(ts));
    expect(upsert(list, message('1790000000.000200')).map(({ ts }) => ts.slice(-3))).toEqual([
      '100',
      '200',
      '300',
    ]);
  });
});

describe('values of a form', () => {
  const input = (block_id: string, element: object, more: object = {}) => ({
    type: 'input',
    block_id,
    element: { action_id: 'a', ...element },
    ...more,
  });
  const option = { text: { type: 'plain_text', text: 'Low' }, value: 'low' };

  it('are what was entered, over what the blocks begin with', () => {
    const blocks = [
      input('text', { type: 'plain_text_input', initial_value: 'first' }),
      input('pick', { type: 'static_select', initial_option: option }),
      input('people', { type: 'multi_users_select', initial_users: ['U1'] }),
      input('day', { type: 'datepicker', initial_date: '2026-11-20' }),
      { type: 'divider' },
    ];
    expect(collectValues(blocks, { text: { a: { type: 'plain_text_input', value: 'second' } } })).toEqual({
      text: { a: { type: 'plain_text_input', value: 'second' } },
      pick: { a: { type: 'static_select', selected_option: option } },
      people: { a: { type: 'multi_users_select', selected_users: ['U1'] } },
      day: { a: { type: 'datepicker', selected_date: '2026-11-20' } },
    });
  });

  it('a menu of conversations may begin with the one somebody is in', () => {
    const here = { default_to_current_conversation: true };
    const blocks = [
      input('one', { type: 'conversations_select', ...here }),
      input('more', { type: 'multi_conversations_select', ...here }),
      input('fixed', { type: 'conversations_select', ...here, initial_conversation: 'C2' }),
      input('plain', { type: 'conversations_select' }),
    ];
    const values = Object.values(collectValues(blocks, undefined, 'C1')).map((block) => block['a']);
    const chosen = values.map(
      (value) => value?.['selected_conversation'] ?? value?.['selected_conversations'],
    );
    expect(chosen).toEqual(['C1', ['C1'], 'C2', undefined]);
  });

  it.each([
    [{ type: 'plain_text_input' }, null, 'Please complete this required field.'],
    [{ type: 'plain_text_input', min_length: 5 }, 'abc', 'Please enter at least 5 characters.'],
    [{ type: 'plain_text_input', max_length: 2 }, 'abc', 'Please enter at most 2 characters.'],
    [{ type: 'email_text_input' }, 'nobody', 'Please enter a valid email address.'],
    [{ type: 'url_text_input' }, 'ftp://x', 'Please enter a valid URL.'],
    [{ type: 'number_input', min_value: '3' }, '2', 'Please enter 3 or more.'],
    [{ type: 'number_input' }, '2.5', 'Please enter a whole number.'],
    [{ type: 'number_input', is_decimal_allowed: true }, '2.5', undefined],
  ])('%j refuses %j', (element, value, problem) => {
    const blocks = [input('b', element)];
    expect(
      missingFields(blocks, collectValues(blocks, { b: { a: { type: element.type, value } } }))['b'],
    ).toBe(problem);
  });

  it('an optional field may stay empty', () => {
    const blocks = [input('b', { type: 'checkboxes' }, { optional: true })];
    expect(missingFields(blocks, collectValues(blocks, undefined))).toEqual({});
  });
});

describe('addresses within the page', () => {
  it.each([
    ['#C0GENERAL1', { channel: 'C0GENERAL1', ts: null, thread: null }],
    ['C1/p1790000000000100', { channel: 'C1', ts: '1790000000.000100', thread: null }],
    [
      '#C1/p1790000000000100/1780000000.000200',
      { channel: 'C1', ts: '1790000000.000100', thread: '1780000000.000200' },
    ],
    ['#nowhere', null],
    ['', null],
  ])('%s', (address, expected) => {
    expect(parseAddress(address)).toEqual(expected);
  });
});
