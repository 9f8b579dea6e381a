/** What is not for the bot, and messages that are changed or deleted: where they go. */
import { describe, expect, it } from 'vitest';
import type { IncomingDeleted, IncomingEdited } from '../../src/core/event-forms.ts';
import type { IncomingMessage } from '../../src/core/event.ts';
import { route, type Route, type RouteContext } from '../../src/core/route.ts';
import { bot, direct, mention, reply, REPLY, ROOT, said } from './support/incoming.ts';

function short(to: Route): string {
  if (to.to === 'ignore') return `ignored: ${to.why}`;
  if (to.to !== 'thread' || to.input.kind !== 'message') return to.to;
  return `${to.thread.channel}/${to.thread.ts} ${to.when}: message ${JSON.stringify(to.input.text)}`;
}

const edited = (over: Partial<IncomingEdited> = {}): IncomingEdited => ({
  kind: 'edited',
  team: 'T1',
  channel: 'C1',
  user: 'UADA',
  eventId: 'Ev9',
  surface: 'channel',
  ts: REPLY,
  threadTs: ROOT,
  text: 'hello',
  ...over,
});
const deleted = (over: Partial<IncomingDeleted> = {}): IncomingDeleted => ({
  kind: 'deleted',
  team: 'T1',
  channel: 'C1',
  user: 'UADA',
  eventId: 'Ev9',
  ts: REPLY,
  threadTs: ROOT,
  own: false,
  ...over,
});

describe('what is not for the bot', () => {
  it.each<[string, IncomingMessage, string]>([
    ['an aside', reply({ text: 'aside: lunch?' }), 'ignored: an aside'],
    ['an aside in capitals', reply({ text: '  ASIDE : lunch?' }), 'ignored: an aside'],
    ['an aside behind the mention', mention('aside: x', { ts: REPLY, threadTs: ROOT }), 'ignored: an aside'],
    ['an aside to somebody', reply({ text: '<@UGRACE> aside: x' }), 'ignored: an aside'],
    ['an aside in a direct message', direct({ text: 'Aside: x' }), 'ignored: an aside'],
    ['a word that begins like it', reply({ text: 'asides: x' }), `C1/${ROOT} followed: message "asides: x"`],
    ['one that comes later', reply({ text: 'an aside: x' }), `C1/${ROOT} followed: message "an aside: x"`],
  ])('%s', (_, event, expected) => {
    expect(short(route(event, bot))).toBe(expected);
  });

  it.each<[string, IncomingMessage, boolean | undefined]>([
    ['names a person', reply({ text: 'well, <@UGRACE>?' }), true],
    ['names a group', reply({ text: '<!subteam^S1|@looms> look' }), true],
    ['names a person and the bot', mention('ask <@UGRACE>', { ts: REPLY, threadTs: ROOT }), undefined],
    ['names nobody', reply(), undefined],
    ['shows a mention', reply({ text: '&lt;@UGRACE&gt;' }), undefined],
    [
      'names a person in a direct message',
      direct({ text: '<@UGRACE>', ts: REPLY, threadTs: ROOT }),
      undefined,
    ],
  ])('a reply that %s', (_, event, forOthers) => {
    const to = route(event, bot);
    expect(to.to === 'thread' && to.input.kind === 'message' && to.input.forOthers).toBe(forOthers);
  });
});

describe('every message of a channel', () => {
  const every: RouteContext = { ...bot, replyMode: 'every_message' };

  it.each<[string, IncomingMessage, string]>([
    ['talk at top level', said(), `C1/${ROOT} any: message "hello"`],
    ['talk to somebody', said({ text: '<@UGRACE> hello' }), 'ignored: not for the bot'],
    ['an aside', said({ text: 'aside: hello' }), 'ignored: an aside'],
    ['a reply', reply(), `C1/${ROOT} followed: message "hello"`],
    ['another bot', said({ botId: 'B9' }), 'ignored: another bot'],
  ])('%s', (_, event, expected) => {
    expect(short(route(event, every))).toBe(expected);
    if (expected.includes(' any:')) expect(short(route(event, bot))).toBe('ignored: not for the bot');
  });
});

describe('messages that are changed or deleted', () => {
  it('go to their thread, by the event alone', () => {
    const to = route(edited({ text: '! <@U0BOT> now &amp; here', before: '<@U0BOT>' }), bot);
    expect(to).toEqual({
      to: 'thread',
      thread: { team: 'T1', channel: 'C1', ts: ROOT },
      when: 'followed',
      input: { kind: 'edit', ts: REPLY, user: 'UADA', text: 'now & here', urgent: true, surface: 'channel' },
      claims: ['event:Ev9'],
    });
    const { threadTs: _, ...root } = edited({ ts: ROOT, text: 'aside: x' });
    expect(route(root, bot)).toMatchObject({ thread: { ts: ROOT }, input: { aside: true } });
    expect(route(deleted(), bot)).toMatchObject({
      thread: { ts: ROOT },
      when: 'followed',
      input: { kind: 'withdraw', ts: REPLY, user: 'UADA' },
      claims: ['event:Ev9'],
    });
  });

  const LATER = '1790000060.000000';
  const added = (over: Partial<IncomingEdited> = {}): IncomingEdited =>
    edited({ before: 'hello', text: '<@U0BOT> hello', edited: LATER, ...over });
  const claims = ['event:Ev9', `ts:C1:${REPLY}`, `edit:C1:${REPLY}:${LATER}:14`];

  it('so that the bot is mentioned now: a mention, or an edit where the message was taken', () => {
    const file = { id: 'F1', name: 'a.png', mimetype: 'image/png', size: 3 };
    const to = route(added({ files: [file] }), bot);
    expect(to).toMatchObject({
      to: 'thread',
      when: 'any',
      input: { kind: 'message', ts: REPLY, text: 'hello', addressed: true, inThread: true, edited: LATER },
      claims,
      otherwise: {
        when: 'followed',
        input: { kind: 'edit', addressed: true, text: 'hello', files: [file] },
        claims: [claims[0], claims[2]],
      },
    });
    const twin = route(mention('hello', { ts: REPLY, threadTs: ROOT, edited: LATER, eventId: 'Ev8' }), bot);
    expect(twin.to === 'thread' && twin.claims).toEqual(['event:Ev8', ...claims.slice(1)]);
  });

  it.each<[string, Partial<IncomingEdited>]>([
    ['it was mentioned before', { before: '<@U0BOT> hell' }],
    ['the mention was taken out', { before: '<@U0BOT> hello', text: 'hello' }],
    ['the message is more than a day old', { edited: '1790086401.000000' }],
    ['it is an aside now', { text: '<@U0BOT> aside: hello' }],
    ['it is a direct message', { surface: 'im' }],
    ['the mention is only shown', { text: '&lt;@U0BOT&gt; hello' }],
  ])('is no mention where %s', (_, over) => {
    const to = route(added(over), bot);
    expect(to).toMatchObject({ to: 'thread', when: 'followed', input: { kind: 'edit' } });
    expect(to.to === 'thread' && [to.otherwise, 'addressed' in to.input]).toEqual([undefined, false]);
  });

  it('into a command: the command, once', () => {
    const stop = added({ text: '<@U0BOT> stop' });
    const input = { kind: 'stop', via: 'mention', user: 'UADA' };
    expect(route(stop, bot)).toMatchObject({ when: 'any', input, otherwise: { when: 'any', input } });
    const { threadTs: _, ...root } = added({ ts: ROOT, text: '<@U0BOT> help' });
    expect(route(root, bot)).toMatchObject({ to: 'person', command: 'help' });
  });

  it('of the bot’s own: its thread is looked for where Slack does not say it', () => {
    expect(route(deleted({ own: true }), bot)).toMatchObject({ to: 'thread', input: { own: true } });
    const { threadTs: _, ...root } = deleted({ own: true });
    expect(route(root, bot)).toMatchObject({ to: 'thread-of', ts: REPLY, input: { own: true } });
  });
});
