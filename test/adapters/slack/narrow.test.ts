import fc from 'fast-check';
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

describe('messages', () => {
  it('a mention in a channel', () => {
    expect(incoming(payload.event(payload.mention()))).toEqual({
      kind: 'message',
      mentionEvent: true,
      team: 'T1',
      eventId: 'Ev1',
      channel: 'C1',
      surface: 'channel',
      user: 'U1',
      userTeam: 'T1',
      ts: '1790000000.000100',
      clientMsgId: '0e3b',
      text: '<@UBOT> look at &lt;this&gt;',
      files: [],
      shared: false,
    });
  });

  it('a reply in a thread', () => {
    expect(incoming(payload.event(payload.message({ thread_ts: '1789999999.000100' })))).toMatchObject({
      mentionEvent: false,
      threadTs: '1789999999.000100',
    });
  });

  it('a root that was replied to carries its own ts and is no reply', () => {
    expect(incoming(payload.event(payload.message({ thread_ts: '1790000000.000100' })))).not.toHaveProperty(
      'threadTs',
    );
  });

  it('a direct message, by its channel type or its id', () => {
    expect(incoming(payload.event(payload.message({ channel: 'D1', channel_type: 'im' })))).toMatchObject({
      surface: 'im',
    });
    expect(
      incoming(payload.event(payload.message({ channel: 'D1', channel_type: undefined }))),
    ).toMatchObject({
      surface: 'im',
    });
    expect(incoming(payload.event(payload.message({ channel: 'G1', channel_type: 'mpim' })))).toMatchObject({
      surface: 'channel',
    });
  });

  it('files, with what a shared channel leaves out', () => {
    const files = [
      { id: 'F1', name: 'a.png', mimetype: 'image/png', size: 12, url_private: 'https://files.slack.com/a' },
      { id: 'F2', file_access: 'check_file_info' },
      { name: 'no id' },
      'not a file',
    ];
    expect(incoming(payload.event(payload.message({ subtype: 'file_share', files })))).toMatchObject({
      subtype: 'file_share',
      files: [
        { id: 'F1', name: 'a.png', mimetype: 'image/png', size: 12 },
        { id: 'F2', name: 'F2', mimetype: 'application/octet-stream', size: 0 },
      ],
    });
  });

  it.each(['file_share', 'thread_broadcast', 'me_message'])('words of a person: %s', (subtype) => {
    expect(incoming(payload.event(payload.message({ subtype })))).toMatchObject({ kind: 'message', subtype });
  });

  it.each([
    'message_replied',
    'channel_join',
    'channel_leave',
    'channel_topic',
    'channel_purpose',
    'channel_name',
    'channel_archive',
    'group_join',
    'pinned_item',
    'assistant_app_thread',
    'tombstone',
    'bot_add',
    'reminder_add',
    'something_new',
  ])('not words of anybody: %s', (subtype) => {
    expect(incoming(payload.event(payload.message({ subtype })))).toEqual(ignored(`subtype ${subtype}`));
  });

  it('an unfurl or edit of our own message, as Slack sends it', () => {
    expect(incoming(payload.event(payload.changed()))).toEqual(ignored('a bot’s edit'));
  });

  it.each<[string, Record<string, unknown>]>([
    ['by user id', { user: 'UBOT' }],
    ['by bot id, without subtype', { user: 'UBOT', bot_id: 'BBOT', app_id: 'A1' }],
    ['as bot_message without a user', { user: undefined, bot_id: 'BBOT', subtype: 'bot_message' }],
    ['by another bot of the same app', { user: 'U9', bot_id: 'B9', bot_profile: { app_id: 'A1' } }],
  ])('our own message: %s', (_, fields) => {
    expect(incoming(payload.event(payload.message(fields)))).toEqual(ignored('own message'));
  });

  it('another bot is told as one, for the rules to decide', () => {
    const fields = { user: undefined, bot_id: 'B2', app_id: 'A2', subtype: 'bot_message' };
    expect(incoming(payload.event(payload.message(fields)))).toMatchObject({
      user: 'B2',
      botId: 'B2',
      appId: 'A2',
    });
  });

  it('a person who posts through an app with our id is still a person', () => {
    expect(incoming(payload.event(payload.message({ app_id: 'A1' })))).toMatchObject({
      user: 'U1',
      appId: 'A1',
    });
  });

  it('hidden and Slackbot', () => {
    expect(incoming(payload.event(payload.message({ hidden: true })))).toEqual(ignored('hidden'));
    expect(incoming(payload.event(payload.message({ user: 'USLACKBOT' })))).toEqual(
      ignored('system message'),
    );
  });

  it.each<[string, Record<string, unknown>]>([
    ['no ts', { ts: undefined }],
    ['a number for ts', { ts: 1_790_000_000.0001 }],
    ['a text that is no ts', { ts: 'now' }],
    ['no channel', { channel: undefined }],
    ['an object for channel', { channel: { id: 'C1' } }],
    ['no author', { user: undefined }],
  ])('malformed: %s', (_, fields) => {
    expect(incoming(payload.event(payload.message(fields)))).toEqual(ignored('malformed'));
  });

  it('an empty text is a message all the same', () => {
    expect(incoming(payload.event(payload.message({ text: undefined })))).toMatchObject({ text: '' });
  });
});

describe('whose it is', () => {
  it('the installation is that of the authorizations, never the author’s', () => {
    const body = payload.event(payload.message({ team: 'T2', user_team: 'T2' }), {
      team_id: 'T2',
      context_team_id: 'T2',
      authorizations: [{ team_id: 'T7', user_id: 'UBOT', is_bot: true }],
      is_ext_shared_channel: true,
    });
    expect(incoming(body)).toMatchObject({ team: 'T7', userTeam: 'T2', shared: true });
  });

  it('without authorizations it is the one of the token', () => {
    expect(incoming(payload.event(payload.message(), { authorizations: [], team_id: 'T2' }))).toMatchObject({
      team: 'T1',
    });
  });

  it('of several authorizations it is the bot’s', () => {
    const authorizations = [
      { team_id: 'T8', user_id: 'U8' },
      { team_id: 'T9', user_id: 'UBOT' },
    ];
    expect(incoming(payload.event(payload.message(), { authorizations }))).toMatchObject({ team: 'T9' });
  });
});

describe('other events', () => {
  it('Slack’s own Stop', () => {
    expect(incoming(payload.event(payload.stopped()))).toEqual({
      kind: 'agent_session_stopped',
      team: 'T1',
      eventId: 'Ev1',
      channel: 'C1',
      user: 'U1',
      threadTs: '1790000000.000100',
    });
  });

  it('a reaction', () => {
    expect(incoming(payload.event(payload.reaction()))).toEqual({
      kind: 'reaction',
      team: 'T1',
      eventId: 'Ev1',
      channel: 'C1',
      user: 'U1',
      name: 'octagonal_sign',
      itemTs: '1790000000.000100',
    });
  });

  it('a reaction that is not on a message, and our own', () => {
    expect(incoming(payload.event(payload.reaction({ item: { type: 'file', file: 'F1' } })))).toEqual(
      ignored('reaction on something else'),
    );
    expect(incoming(payload.event(payload.reaction({ user: 'UBOT' })))).toEqual(ignored('own reaction'));
  });

  it('a changed person', () => {
    expect(narrow(payload.event({ type: 'user_change', user: { id: 'U1' } }), bot)).toEqual({
      is: 'person-changed',
      user: 'U1',
    });
  });

  it('a payload without an event: app_rate_limited, since when', () => {
    const type = 'app_rate_limited';
    expect(narrow({ type, team_id: 'T1', minute_rate_limited: 1_790_000_040 }, bot)).toEqual({
      is: 'missed',
      since: 1_790_000_040_000,
    });
    expect(narrow({ type, team_id: 'T1' }, bot)).toEqual({ is: 'ignored', why: type, notable: true });
  });

  it('what nobody here knows', () => {
    expect(incoming(payload.event({ type: 'channel_rename', channel: { id: 'C1' } }))).toEqual(
      ignored('event channel_rename'),
    );
    expect(incoming({ type: 'view_closed', view: {} })).toEqual(ignored('payload view_closed'));
  });
});

describe('clicks, commands, shortcuts', () => {
  it('a click', () => {
    expect(narrow(payload.action(), bot)).toEqual({
      is: 'ask',
      incoming: {
        kind: 'action',
        team: 'T1',
        channel: 'C1',
        user: 'U1',
        userTeam: 'T1',
        actionId: 'heddle.stop',
        value: 'T1:C1:1790000000.000100',
        messageTs: '1790000001.000100',
        threadTs: '1790000000.000100',
        trigger: '1.2.3',
      },
    });
  });

  it('a click of somebody of another organization says so', () => {
    expect(incoming(payload.action({ user: { id: 'U2', team_id: 'T2' } }))).toMatchObject({
      team: 'T1',
      userTeam: 'T2',
    });
  });

  it('a button of somebody else, and a click without a button', () => {
    expect(incoming(payload.action({ actions: [{ action_id: 'other' }] }))).toEqual(
      ignored('action of somebody else'),
    );
    expect(incoming(payload.action({ actions: [] }))).toEqual(ignored('malformed'));
  });

  it('a command', () => {
    expect(narrow(payload.command(), bot)).toEqual({
      is: 'ask',
      incoming: {
        kind: 'command',
        team: 'T1',
        channel: 'C1',
        user: 'U1',
        userTeam: 'T1',
        text: 'status',
        trigger: '1.2.3',
      },
    });
    expect(incoming(payload.command({ text: undefined }))).toMatchObject({ text: '' });
  });

  it('a message shortcut', () => {
    expect(narrow(payload.shortcut(), bot)).toEqual({
      is: 'ask',
      incoming: {
        kind: 'shortcut',
        team: 'T1',
        channel: 'C1',
        user: 'U1',
        userTeam: 'T1',
        callbackId: 'stop_agent_message',
        messageTs: '1790000001.000100',
        threadTs: '1790000000.000100',
        trigger: '1.2.3',
        message: { text: 'working', user: 'UBOT' },
      },
    });
  });
});

describe('anything at all', () => {
  it('never throws', () => {
    fc.assert(fc.property(fc.jsonValue(), (body) => narrow(body, bot).is !== undefined));
  });

  it('never throws on a payload with anything in its places (fault: json-hostile)', () => {
    const places = fc.record(
      Object.fromEntries(
        [
          'type',
          'event',
          'user',
          'channel',
          'ts',
          'files',
          'item',
          'actions',
          'container',
          'message',
          'team',
        ].map((name) => [name, fc.oneof(fc.jsonValue(), fc.constantFrom('message', 'block_actions', 'U1'))]),
      ),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(places, places, (outer, inner) => {
        expect(
          narrow({ ...outer, type: 'event_callback', event: { ...inner, type: 'message' } }, bot).is,
        ).toBeDefined();
        expect(narrow({ ...outer, type: 'block_actions' }, bot).is).toBeDefined();
      }),
    );
  });

  it('takes nothing from a prototype, and passes none on (fault: json-hostile)', () => {
    const hostile: unknown = JSON.parse(
      '{"type":"event_callback","__proto__":{"event_id":"Ev666"},' +
        '"event":{"type":"message","channel":"C1","user":"U1","ts":"1790000000.000100","text":"x",' +
        '"__proto__":{"bot_id":"B6"},"constructor":{"prototype":{"hidden":true}},"toString":1}}',
    );
    const narrowed = incoming(hostile);
    expect(narrowed).toMatchObject({ kind: 'message', text: 'x' });
    expect(narrowed).not.toHaveProperty('eventId');
    expect(narrowed).not.toHaveProperty('botId');
    expect(Object.getPrototypeOf(narrowed)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['hidden']).toBeUndefined();
  });

  it('gives plain JSON: what is stored is what was narrowed', () => {
    for (const body of [
      payload.event(payload.mention()),
      payload.action(),
      payload.command(),
      payload.shortcut(),
    ]) {
      const narrowed = incoming(body);
      expect(JSON.parse(JSON.stringify(narrowed))).toEqual(narrowed);
    }
  });
});
