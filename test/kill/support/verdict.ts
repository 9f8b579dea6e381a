/**
 * The picture in Slack beside the agent's own history, when a conversation has come to rest: whatever died, each is
 * what it would have been.
 */
import type { SessionEvent } from '../../../src/playground/agents/types.ts';
import { isBusy } from '../../support/whole.ts';
import type { World } from '../../crash/support/world.ts';
import type { Wanted } from './stage.ts';

/** What is wrong, in words; empty where nothing is. */
export function complaints(here: World, wanted: Wanted): readonly string[] {
  return [
    ...aboutSessions(wanted),
    ...aboutSends(wanted),
    ...aboutTexts(wanted),
    ...aboutMessages(wanted),
    ...aboutSigns(here, wanted),
  ];
}

function eventsOf({ talk }: Wanted): readonly SessionEvent[] {
  return talk.sessions().flatMap(({ events }) => events);
}

function textOf({ content }: SessionEvent): string {
  return (content as readonly { text?: string }[]).map(({ text = '' }) => text).join('');
}

function aboutSessions({ talk, sessions, status }: Wanted): readonly string[] {
  const all = talk.sessions();
  const gens = all.map(({ record }) => (record['metadata'] as Record<string, string>)['gen']).join();
  const due = Array.from({ length: sessions }, (_, at) => at + 1).join();
  const open = all.filter(({ record }) => record['archived_at'] === null).length;
  const busy = all.filter((one) => one.status === 'running' || one.queued > 0);
  return [
    ...(gens === due ? [] : [`sessions of generation ${gens} instead of ${due}`]),
    ...(open === (status === 'closed' ? 0 : 1) ? [] : [`${open} sessions are open`]),
    ...busy.map(({ id }) => `session ${id} is at work`),
  ];
}

/** Each message of a person reached a session once, and in order; each stop and each approval too. */
function aboutSends(wanted: Wanted): readonly string[] {
  const events = eventsOf(wanted);
  const of = (type: string): readonly SessionEvent[] => events.filter((event) => event.type === type);
  const sent = of('user.message').map(
    ({ content }) =>
      /<slack ts="([\d.]+)"/.exec((content as { text?: string }[]).at(-1)?.text ?? '')?.[1] ?? 'no mark',
  );
  const { unsent = [] } = wanted;
  const said = wanted.talk.said().filter((ts) => !unsent.includes(ts));
  const cards = wanted.talk.bot().filter(({ shown }) => shown.includes('Approved')).length;
  const stops = of('user.interrupt').length;
  const approvals = of('user.tool_confirmation').length;
  return [
    ...(sent.join() === said.join() ? [] : [`sent ${sent.join(' ')} instead of ${said.join(' ')}`]),
    ...(stops === (wanted.interrupts ?? 0) ? [] : [`${stops} interrupts`]),
    ...(approvals === (wanted.approvals ?? 0) ? [] : [`${approvals} approvals`]),
    ...(cards === (wanted.approvals ?? 0) ? [] : [`${cards} cards say that it was approved`]),
  ];
}

const flat = (text: string): string => text.replace(/\s+/g, ' ').trim();

/** Every text of the agent stands in the thread as often as it was written, whole and in order. */
function aboutTexts(wanted: Wanted): readonly string[] {
  const words = flat(wanted.talk.words());
  const texts = eventsOf(wanted)
    .filter(({ type }) => type === 'agent.message')
    .map((event) => flat(textOf(event)));
  const found: string[] = [];
  let from = 0;
  for (const text of texts) {
    const shown = words.split(text).length - 1;
    const written = texts.filter((one) => one === text).length;
    if (shown !== written) found.push(`shown ${shown} times: “${text.slice(0, 60)}”`);
    const at = words.indexOf(text, from);
    if (at === -1) found.push(`not in its place: “${text.slice(0, 60)}”`);
    else from = at + text.length;
  }
  return found;
}

function aboutMessages({ talk }: Wanted): readonly string[] {
  const messages = talk.bot();
  const keys = messages.flatMap(({ metadata }) =>
    metadata === undefined ? [] : [JSON.stringify(metadata.event_payload)],
  );
  const files = messages.flatMap((message) => message.files);
  return [
    ...(new Set(keys).size === keys.length ? [] : ['a message was posted twice']),
    ...(new Set(files).size === files.length ? [] : ['a file was shared twice']),
    ...messages
      .filter(({ streaming }) => streaming === 'in_progress')
      .map(({ ts }) => `${ts} is still a stream`),
    ...messages.filter(isBusy).map(({ shown }) => `looks busy: “${shown.slice(0, 120)}”`),
  ];
}

function aboutSigns(here: World, { talk, status }: Wanted): readonly string[] {
  const shown = talk.status();
  const waiting = talk
    .said()
    .filter((ts) =>
      here.slack.control.reactions(talk.channel, ts).some(({ name }) => name.startsWith('hourglass')),
    );
  return [
    ...(shown === status ? [] : [`the status is ${shown} instead of ${status}`]),
    ...waiting.map((ts) => `${ts} still has an hourglass`),
  ];
}
