import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COMMANDS, type Incoming, type IncomingAction, type IncomingMessage } from '../../src/core/event.ts';
import { parseCardValue } from '../../src/core/route-clicks.ts';
import { claimKeys, route, type Route, type RouteContext } from '../../src/core/route.ts';
import { bot, direct, mention, reply, REPLY, ROOT, said } from './support/incoming.ts';

const withBots: RouteContext = { ...bot, allowBots: true };
const file = { id: 'F1', name: 'a.png', mimetype: 'image/png', size: 3 };
/** A route in a few words: where to, when, and what of it. */
function short(to: Route): string {
  switch (to.to) {
    case 'thread': {
      const { input } = to;
      const what =
        input.kind === 'message'
          ? `message ${JSON.stringify(input.text)}${input.urgent ? ' urgent' : ''}`
          : input.kind === 'stop'
            ? `stop via ${input.via}`
            : input.kind === 'command'
              ? `command ${input.name}`
              : input.kind === 'answer'
                ? `${input.verdict} ${input.token}${input.always ? ' always' : ''}${input.reason === undefined ? '' : ` “${input.reason}”`}`
                : input.kind === 'raise'
                  ? `raise ${input.token}`
                  : input.kind === 'reply'
                    ? `reply ${input.token} ${String(input.choice ?? input.text)}`
                    : 'timer';
      return `${to.thread.channel}/${to.thread.ts} ${to.when}: ${what}`;
    }
    case 'thread-of':
      return `thread of ${to.ts}: ${to.input.kind === 'stop' ? to.input.via : to.input.kind}`;
    case 'person':
      return `person: ${to.command}`;
    case 'form':
      return `form ${to.form} ${to.thread.ts} ${to.token}`;
    case 'details':
      return `details ${to.ref.thread.ts} ${to.ref.gen} ${to.ref.first} to ${to.ref.last}, page ${to.ref.page}`;
    case 'feedback':
      return `feedback ${to.ref.thread.ts} ${to.ref.gen}.${to.ref.turn} ${to.ref.verdict}`;
    case 'handover-form':
      return `hand over ${to.thread.ts} to ${to.whom ?? 'somebody'}`;
    case 'ask-form':
    case 'feedback-words':
    case 'request':
    case 'take-up':
    case 'home':
      return to.to;
    case 'unknown':
      return `unknown: ${to.what}`;
    case 'ignore':
      return `ignored: ${to.why}`;
  }
}

describe('messages', () => {
  it.each<[string, IncomingMessage, string]>([
    ['a mention at top level', mention('hi'), `C1/${ROOT} any: message "hi"`],
    ['its app_mention twin', mention('hi', { mentionEvent: true }), `C1/${ROOT} any: message "hi"`],
    ['an app_mention without the token', said({ mentionEvent: true }), `C1/${ROOT} any: message "hello"`],
    ['talk at top level', said(), 'ignored: not for the bot'],
    ['a reply', reply(), `C1/${ROOT} followed: message "hello"`],
    ['a mention in a thread', mention('hi', { ts: REPLY, threadTs: ROOT }), `C1/${ROOT} any: message "hi"`],
    ['a root that names itself as thread', mention('hi', { threadTs: ROOT }), `C1/${ROOT} any: message "hi"`],
    ['a talk root that names itself', said({ threadTs: ROOT }), 'ignored: not for the bot'],
    ['a direct message', direct(), `D1/${ROOT} any: message "hello"`],
    ['a reply in direct messages', direct({ ts: REPLY, threadTs: ROOT }), `D1/${ROOT} any: message "hello"`],
    ['an urgent reply', reply({ text: '! now' }), `C1/${ROOT} followed: message "now" urgent`],
    ['an urgent mention', mention('!now'), `C1/${ROOT} any: message "now" urgent`],
    ['escaped words', mention('a &lt;b&gt; &amp;amp;'), `C1/${ROOT} any: message "a <b> &amp;"`],
    ['an escaped mention', said({ text: '&lt;@U0BOT&gt; hi' }), 'ignored: not for the bot'],
    ['an empty mention', mention(''), `C1/${ROOT} any: message ""`],
    ['a file alone', mention('', { files: [file] }), `C1/${ROOT} any: message ""`],
  ])('%s', (_, event, expected) => {
    expect(short(route(event, bot))).toBe(expected);
  });

  it('says whether it was for the bot and where it stands', () => {
    const at = (event: IncomingMessage): unknown => {
      const to = route(event, bot);
      if (to.to !== 'thread' || to.input.kind !== 'message') return undefined;
      const { addressed, inThread, surface } = to.input;
      return { addressed, inThread, surface };
    };
    expect(at(mention('hi'))).toEqual({ addressed: true, inThread: false, surface: 'channel' });
    expect(at(reply())).toEqual({ addressed: false, inThread: true, surface: 'channel' });
    expect(at(direct({ ts: REPLY, threadTs: ROOT }))).toEqual({
      addressed: true,
      inThread: true,
      surface: 'im',
    });
  });

  it.each([
    ['file_share', true],
    ['thread_broadcast', true],
    ['me_message', true],
    ['message_changed', false],
    ['message_deleted', false],
    ['message_replied', false],
    ['channel_join', false],
    ['channel_leave', false],
    ['channel_topic', false],
    ['channel_purpose', false],
    ['channel_name', false],
    ['channel_archive', false],
    ['pinned_item', false],
    ['ekm_access_denied', false],
    ['assistant_app_thread', false],
    ['reminder_add', false],
    ['bot_add', false],
    ['tombstone', false],
    ['a_subtype_of_tomorrow', false],
    ['', false],
  ])('with subtype %s are words of a person: %s', (subtype, counts) => {
    const to = route(mention('hi', { subtype }), bot);
    expect(to.to).toBe(counts ? 'thread' : 'ignore');
  });

  it('broadcast from a thread belongs to that thread', () => {
    const event = mention('hi', { subtype: 'thread_broadcast', ts: REPLY, threadTs: ROOT });
    expect(short(route(event, bot))).toBe(`C1/${ROOT} any: message "hi"`);
  });

  it.each<[string, Partial<IncomingMessage>]>([
    ['user', { user: 'U0BOT' }],
    ['bot id', { botId: 'B0BOT' }],
    ['app id', { appId: 'A0APP', botId: 'B0OTHER' }],
  ])('of its own, told by %s, never count, even where bots are let in', (_, over) => {
    expect(short(route(mention('hi', over), withBots))).toBe('ignored: own message');
  });

  it.each<[string, Partial<IncomingMessage>]>([
    ['a bot', { botId: 'B1' }],
    ['a bot of old', { subtype: 'bot_message', botId: 'B1' }],
    ['a bot of old without id', { subtype: 'bot_message' }],
  ])('of %s count only where a setting lets bots in', (_, over) => {
    expect(short(route(mention('hi', over), bot))).toBe('ignored: another bot');
    expect(route(mention('hi', over), withBots).to).toBe('thread');
  });

  it('without an author never count', () => {
    expect(short(route(mention('hi', { user: '' }), withBots))).toBe('ignored: no author');
  });
});

describe('stop and the other words', () => {
  it.each<[string, IncomingMessage, string]>([
    ['bare in a thread', reply({ text: 'stop' }), `C1/${ROOT} followed: stop via word`],
    ['in capitals', reply({ text: 'STOP!' }), `C1/${ROOT} followed: stop via word`],
    ['with blanks', reply({ text: ' Stop. ' }), `C1/${ROOT} followed: stop via word`],
    ['urgent', reply({ text: '!stop' }), `C1/${ROOT} followed: stop via word`],
    ['bold', reply({ text: '*stop*' }), `C1/${ROOT} followed: stop via word`],
    ['after a mention', mention('stop', { ts: REPLY, threadTs: ROOT }), `C1/${ROOT} any: stop via mention`],
    ['before a mention', reply({ text: 'stop <@U0BOT>' }), `C1/${ROOT} any: stop via mention`],
    ['in a longer sentence', reply({ text: 'stop it' }), `C1/${ROOT} followed: message "stop it"`],
    ['with a file', reply({ text: 'stop', files: [file] }), `C1/${ROOT} followed: message "stop"`],
    [
      'in a direct thread',
      direct({ text: 'stop', ts: REPLY, threadTs: ROOT }),
      `D1/${ROOT} followed: stop via word`,
    ],
    ['as a new direct message', direct({ text: 'stop' }), 'person: stop'],
    ['as a mention at top level', mention('stop'), 'person: stop'],
    ['as talk at top level', said({ text: 'stop' }), 'ignored: not for the bot'],
  ])('stop %s', (_, event, expected) => {
    expect(short(route(event, bot))).toBe(expected);
  });

  it.each(COMMANDS.filter((name) => name !== 'stop'))('%s is a command only after a mention', (name) => {
    expect(short(route(mention(name, { ts: REPLY, threadTs: ROOT }), bot))).toBe(
      `C1/${ROOT} any: command ${name}`,
    );
    expect(short(route(mention(`${name.toUpperCase()}?`), bot))).toBe(`person: ${name}`);
    expect(short(route(reply({ text: name }), bot))).toBe(`C1/${ROOT} followed: message "${name}"`);
    expect(short(route(mention(`${name} me`), bot))).toBe(`C1/${ROOT} any: message "${name} me"`);
  });

  it('help is one in a new direct message too, where there is nobody to mention', () => {
    expect(short(route(direct({ text: 'help' }), bot))).toBe('person: help');
    expect(short(route(direct({ text: 'help', ts: REPLY, threadTs: ROOT }), bot))).toBe(
      `D1/${ROOT} any: message "help"`,
    );
    expect(short(route(direct({ text: 'status' }), bot))).toBe(`D1/${ROOT} any: message "status"`);
  });

  it('carries the ts of a stop that was a message', () => {
    const to = route(reply({ text: 'stop', userTeam: 'T2' }), bot);
    expect(to).toMatchObject({ input: { kind: 'stop', user: 'UADA', userTeam: 'T2', ts: REPLY } });
  });
});

describe('claims', () => {
  it('are the event, the message and what the client calls it', () => {
    expect(claimKeys(said({ clientMsgId: 'abc' }))).toEqual(['event:Ev1', `ts:C1:${ROOT}`, 'client:abc']);
  });

  it('join a message and its app_mention twin, whichever comes first', () => {
    const twin = claimKeys(mention('hi', { eventId: 'Ev2', mentionEvent: true }));
    expect(claimKeys(mention('hi')).some((key) => twin.includes(key))).toBe(true);
  });

  it('of different posts have nothing in common', () => {
    const other = claimKeys(said({ eventId: 'Ev2', ts: REPLY, clientMsgId: 'x' }));
    expect(claimKeys(said({ clientMsgId: 'y' })).some((key) => other.includes(key))).toBe(false);
  });

  it('of a post in another channel at the same moment differ', () => {
    const other = claimKeys(said({ eventId: 'Ev2', channel: 'C2' }));
    expect(claimKeys(said()).some((key) => other.includes(key))).toBe(false);
  });
});

describe('buttons', () => {
  const KEY = `T1:C1:${ROOT}`;
  const click = (actionId: string, value: string, over: Partial<IncomingAction> = {}): IncomingAction => ({
    kind: 'action',
    team: 'T1',
    channel: 'C1',
    user: 'UADA',
    actionId,
    value,
    messageTs: REPLY,
    ...over,
  });

  it.each([
    ['heddle.stop', KEY, `C1/${ROOT} followed: stop via button`],
    ['heddle.close', KEY, `C1/${ROOT} followed: command close`],
    ['heddle.approve', `${KEY}|tok`, `C1/${ROOT} followed: allow tok`],
    ['heddle.deny', `${KEY}|tok`, `C1/${ROOT} followed: deny tok`],
    ['heddle.open', 'x', 'ignored: a link'],
    ['heddle.always', `${KEY}|tok`, `C1/${ROOT} followed: allow tok always`],
    ['heddle.deny_reason', `${KEY}|tok`, `form deny_reason ${ROOT} tok`],
    ['heddle.answer', `${KEY}|tok|2`, `C1/${ROOT} followed: reply tok 2`],
    ['heddle.answer', `${KEY}|tok`, 'ignored: a malformed button'],
    ['heddle.answer', `${KEY}|tok|-1`, 'ignored: a malformed button'],
    ['heddle.answer_text', `${KEY}|tok`, `form answer_text ${ROOT} tok`],
    ['heddle.answer_text', `T2:C1:${ROOT}|tok`, 'ignored: a malformed button'],
    ['heddle.details', `${KEY}|2|a|b|0`, `details ${ROOT} 2 a to b, page 0`],
    ['heddle.details', `T2:C1:${ROOT}|2|a|b|0`, 'ignored: a malformed button'],
    ['heddle.details', `T1:C2:${ROOT}|2|a|b|0`, 'ignored: a malformed button'],
    ['heddle.details_page', `${KEY}|2|a|b|1`, 'ignored: a malformed button'],
    ['heddle.feedback', `${KEY}|2|7|up`, `feedback ${ROOT} 2.7 up`],
    ['heddle.feedback', `T1:C2:${ROOT}|2|7|up`, 'ignored: a malformed button'],
    ['heddle.raise_budget', `${KEY}|tok`, 'C1/1790000000.000100 followed: raise tok'],
    ['heddle.raise_budget', KEY, 'ignored: a malformed button'],
    ['heddle.resume', KEY, `C1/${ROOT} followed: command resume`],
    ['heddle.handover', KEY, `hand over ${ROOT} to somebody`],
    ['heddle.handover', `${KEY}|UBOB`, `hand over ${ROOT} to UBOB`],
    ['heddle.handover', `${KEY}|<!here>`, `hand over ${ROOT} to somebody`],
    ['heddle.handover', `T2:C1:${ROOT}`, 'ignored: a malformed button'],
    ['another.app', KEY, 'unknown: another.app'],
    ['heddle.stop', '', 'ignored: a malformed button'],
    ['heddle.stop', 'T1:C1', 'ignored: a malformed button'],
    ['heddle.stop', `${KEY}|tok`, 'ignored: a malformed button'],
    ['heddle.close', 'nonsense', 'ignored: a malformed button'],
    ['heddle.approve', KEY, 'ignored: a malformed button'],
    ['heddle.approve', `${KEY}|`, 'ignored: a malformed button'],
    ['heddle.approve', `${KEY}|tok|more`, 'ignored: a malformed button'],
    ['heddle.approve', `|tok`, 'ignored: a malformed button'],
    ['heddle.deny', `T1:C1:__proto__|tok`, 'ignored: a malformed button'],
    ['heddle.stop', `T2:C1:${ROOT}`, 'ignored: a button of another workspace'],
    ['heddle.approve', `T2:C1:${ROOT}|tok`, 'ignored: a malformed button'],
  ])('%s with %j', (actionId, value, expected) => {
    expect(short(route(click(actionId, value), bot))).toBe(expected);
  });

  it('act on the thread they name, also from a direct message', () => {
    const to = route(click('heddle.approve', `${KEY}|tok`, { channel: 'D9' }), bot);
    expect(short(to)).toBe(`C1/${ROOT} followed: allow tok`);
  });

  it.each<[string, string, object, string]>([
    ['heddle.deny_reason', `${KEY}|tok`, { words: 'no' }, `C1/${ROOT} followed: deny tok “no”`],
    ['heddle.answer_text', `${KEY}|tok`, { words: 'blue' }, `C1/${ROOT} followed: reply tok blue`],
    ['heddle.answer_text', `${KEY}|tok`, { words: ['x'] }, `C1/${ROOT} followed: reply tok `],
    ['heddle.answer_text', 'forged', { words: 'x' }, 'ignored: a malformed form'],
    ['heddle.deny_reason', `T2:C1:${ROOT}|tok`, { words: 'x' }, 'ignored: a malformed form'],
    ['heddle.other', `${KEY}|tok`, {}, 'unknown: heddle.other'],
  ])('the form %s with %j', (callbackId, data, values, expected) => {
    const form = { kind: 'form', team: 'T1', channel: '', user: 'UADA', callbackId, data, values } as const;
    expect(short(route({ ...form, values: { ...values } }, bot))).toBe(expected);
  });

  it('carry values that are read as they were written, or not at all', () => {
    expect(parseCardValue(`${KEY}|tok`)).toEqual({
      thread: { team: 'T1', channel: 'C1', ts: ROOT },
      token: 'tok',
    });
    fc.assert(
      fc.property(fc.string(), (value) => {
        const card = parseCardValue(value);
        if (card)
          expect(`${card.thread.team}:${card.thread.channel}:${card.thread.ts}|${card.token}`).toBe(value);
      }),
    );
  });
});

describe('everything else', () => {
  const base = { team: 'T1', channel: 'C1', user: 'UADA' } as const;

  it.each<[string, Incoming, string]>([
    [
      "Slack's own Stop",
      { kind: 'agent_session_stopped', ...base, threadTs: ROOT },
      `C1/${ROOT} followed: stop via slack`,
    ],
    [
      'the stop reaction',
      { kind: 'reaction', ...base, name: 'octagonal_sign', itemTs: REPLY },
      `thread of ${REPLY}: reaction`,
    ],
    [
      'the stop reaction of the bot itself',
      { kind: 'reaction', ...base, user: 'U0BOT', name: 'octagonal_sign', itemTs: REPLY },
      'ignored: own reaction',
    ],
    [
      'another reaction',
      { kind: 'reaction', ...base, name: 'eyes', itemTs: REPLY },
      'ignored: a reaction without meaning',
    ],
    ['/heddle', { kind: 'command', ...base, text: '' }, 'person: help'],
    ['/heddle with blanks', { kind: 'command', ...base, text: '  ' }, 'person: help'],
    ['/heddle stop', { kind: 'command', ...base, text: 'stop' }, 'person: stop'],
    ['/heddle Status', { kind: 'command', ...base, text: ' Status ' }, 'person: status'],
    ['/heddle dance', { kind: 'command', ...base, text: 'dance' }, 'unknown: dance'],
    ['/heddle stop now', { kind: 'command', ...base, text: 'stop now' }, 'person: stop'],
    [
      'the stop shortcut in a thread',
      {
        kind: 'shortcut',
        ...base,
        callbackId: 'stop_agent_message',
        messageTs: REPLY,
        threadTs: ROOT,
      },
      `C1/${ROOT} followed: stop via shortcut`,
    ],
    [
      'the stop shortcut on a root',
      { kind: 'shortcut', ...base, callbackId: 'stop_agent_message', messageTs: ROOT },
      `C1/${ROOT} followed: stop via shortcut`,
    ],
    ['another shortcut', { kind: 'shortcut', ...base, callbackId: 'ask', messageTs: ROOT }, 'unknown: ask'],
  ])('%s', (_, incoming, expected) => {
    expect(short(route(incoming, bot))).toBe(expected);
  });

  it('gets a route, whatever it is', () => {
    const words = fc.oneof(fc.string(), fc.constantFrom('<@U0BOT>', 'stop', '!x', '<@U0BOT> stop', ROOT));
    const anything = fc.record({
      text: words,
      user: fc.constantFrom('UADA', 'U0BOT', ''),
      ts: fc.constantFrom(ROOT, REPLY),
      mentionEvent: fc.boolean(),
      surface: fc.constantFrom('channel' as const, 'im' as const),
    });
    fc.assert(
      fc.property(anything, fc.constantFrom(undefined, ROOT, REPLY), (over, threadTs) => {
        const to = route(said({ ...over, ...(threadTs === undefined ? {} : { threadTs }) }), bot);
        expect(['thread', 'person', 'ignore']).toContain(to.to);
        if (to.to === 'thread') expect(to.claims.length).toBeGreaterThan(0);
      }),
    );
  });
});
