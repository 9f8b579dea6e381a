/** Forms, App Home, shortcuts and people's own edits, as Slack sends them. */
import { describe, expect, it } from 'vitest';
import { narrow } from '../../../src/adapters/slack/narrow.ts';
import type { BotIdentity } from '../../../src/ports.ts';
import * as payload from './support/payloads.ts';

const bot: BotIdentity = { team: 'T1', botUserId: 'UBOT', botId: 'BBOT', appId: 'A1' };

function incoming(body: unknown): unknown {
  const narrowed = narrow(body, bot);
  return narrowed.is === 'event' || narrowed.is === 'ask' ? narrowed.incoming : narrowed;
}

const ignored = (why: string): unknown => expect.objectContaining({ is: 'ignored', why });

describe('what people do beside messages', () => {
  const element = (fields: object): object => ({ view: view({ f: { x: fields } }) });
  const view = (values: object): object => ({
    callback_id: 'heddle.form',
    private_metadata: 'data',
    state: { values },
  });
  const submitted = (fields: object): object => ({ type: 'view_submission', user: { id: 'U1' }, ...fields });

  it.each<[string, object, unknown]>([
    ['a text', { type: 'plain_text_input', value: 'hi' }, 'hi'],
    ['a choice', { type: 'static_select', selected_option: { value: 'v' } }, 'v'],
    ['a person', { type: 'users_select', selected_user: 'U2' }, 'U2'],
    ['people', { type: 'multi_users_select', selected_users: ['U2', 'U3', 4] }, ['U2', 'U3']],
    ['boxes', { type: 'checkboxes', selected_options: [{ value: 'a' }, { value: 'b' }] }, ['a', 'b']],
    ['no box', { type: 'checkboxes', selected_options: [] }, []],
    ['nothing', { type: 'plain_text_input', value: null }, undefined],
  ])('a form’s field: %s', (_, fields, value) => {
    expect(incoming(submitted(element(fields)))).toEqual({
      kind: 'form',
      team: 'T1',
      channel: '',
      user: 'U1',
      callbackId: 'heddle.form',
      data: 'data',
      values: value === undefined ? {} : { f: value },
    });
  });

  it('somebody else’s form, and one without a sender, are none of ours', () => {
    expect(incoming(submitted({ view: { callback_id: 'theirs' } }))).toEqual(
      ignored('form of somebody else'),
    );
    expect(incoming({ type: 'view_submission', view: view({}) })).toEqual(ignored('malformed'));
  });

  const changed = (message: object, before: object): unknown =>
    incoming(
      payload.event({
        type: 'message',
        subtype: 'message_changed',
        channel: 'C1',
        message: { ts: '5.5', user: 'U1', ...message },
        previous_message: { ts: '5.5', user: 'U1', text: 'one', ...before },
      }),
    );

  it('other words are an edit; an unfurl, a bot’s edit and Slack’s own changes are none', () => {
    const edited = { text: 'two', edited: { user: 'U1', ts: '6.6' }, thread_ts: '4.4' };
    expect(changed(edited, {})).toMatchObject({ kind: 'edited', ts: '5.5', threadTs: '4.4', text: 'two' });
    expect(changed({ text: 'one', attachments: [{}] }, {})).toEqual(ignored('not somebody’s edit'));
    expect(changed({ text: 'two' }, {})).toEqual(ignored('not somebody’s edit'));
    expect(changed({ ...edited, bot_id: 'B2' }, {})).toEqual(ignored('a bot’s edit'));
    expect(changed({ ...edited, edited: { user: 'U2', ts: '6.6' } }, {})).toEqual(
      ignored('not the author’s edit'),
    );
  });

  it('an edit says what stood there before, when it was made, and what is attached', () => {
    const files = [{ id: 'F1', name: 'a.png', mimetype: 'image/png', size: 3, url_private: 'https://x' }];
    const file = { id: 'F1', name: 'a.png', mimetype: 'image/png', size: 3 };
    const edited = { text: 'two', edited: { user: 'U1', ts: '6.000000' }, files };
    expect(changed(edited, {})).toMatchObject({ before: 'one', edited: '6.000000', files: [file] });
    // Slack's moment may be exact to the second only: one that lies before the message says nothing.
    expect(changed({ ...edited, edited: { ts: '5.000000' } }, {})).not.toHaveProperty('incoming.edited');
  });

  it('a deletion names who wrote it; a root with replies leaves a tombstone', () => {
    const gone = { type: 'message', subtype: 'message_deleted', channel: 'C1', deleted_ts: '5.5' };
    const before = { ts: '5.5', user: 'U1', thread_ts: '4.4' };
    expect(incoming(payload.event({ ...gone, previous_message: before }))).toMatchObject({
      kind: 'deleted',
      ts: '5.5',
      threadTs: '4.4',
      user: 'U1',
      own: false,
    });
    const own = { ts: '5.5', user: 'UBOT', bot_id: 'BBOT' };
    expect(incoming(payload.event({ ...gone, previous_message: own }))).toMatchObject({ own: true });
    expect(changed({ subtype: 'tombstone' }, {})).toMatchObject({ kind: 'deleted', ts: '5.5' });
  });

  it('App Home, and not the Messages tab; a global shortcut', () => {
    const opened = (tab: string): object => payload.event({ type: 'app_home_opened', user: 'U1', tab });
    expect(incoming(opened('home'))).toMatchObject({ kind: 'home', user: 'U1' });
    expect(incoming(opened('messages'))).toEqual(ignored('app_home_opened on another tab'));
    const global = { type: 'shortcut', callback_id: 'ask', trigger_id: '1.2', user: { id: 'U1' } };
    expect(incoming(global)).toMatchObject({ kind: 'global', callbackId: 'ask', trigger: '1.2' });
  });
});
