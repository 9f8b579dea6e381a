/** Words in both directions: what people said reached the session once, what the agent wrote stands once. */
import type { AgentSession } from './agent-session.ts';
import type { Sent } from './agent-words.ts';
import type { Fleet } from './fleet.ts';
import type { Place, Said } from './people.ts';
import type { Message } from './slack-kinds.ts';

// ------------------------------------------------------------------------------------- from people to the agent

function has(text: string, word: string): boolean {
  return new RegExp(`\\b${word}\\b`).test(text);
}

/** Stands before what corrects a message: that is not the message a second time. */
const CORRECTION = '(The message of Slack time ';

/** The words of the message itself stand last; what is carried stands before it. */
function isRequest({ texts }: Sent, word: string): boolean {
  const words = texts.at(-1) ?? '';
  return has(words, word) && !words.startsWith(CORRECTION);
}

/** Carried as context: not the recalled history, which may repeat what was said. */
function isContext({ texts }: Sent, word: string): boolean {
  const carried = texts.slice(0, -1).filter((text) => text.startsWith('<context'));
  const lines = carried.flatMap((text) => text.match(/<context [^>]*>[^<]*/g) ?? []);
  return lines.some((line) => has(line, word) && !line.includes(`>${CORRECTION}`));
}

/**
 * What a session that was deleted had taken nobody can know: it is sent again to the next one. `known` are the
 * arrivals that the thread's record could know of.
 */
interface Arrivals {
  /** As requests, the ones that are not lost with a session first. */
  readonly sent: readonly Sent[];
  readonly requests: number;
  readonly contexts: number;
  readonly known: number;
}

function arrivals({ unknown }: Fleet, sessions: readonly AgentSession[], { key, word }: Said): Arrivals {
  const readable = sessions.filter(({ over }) => over !== 'deleted');
  const among = (some: readonly AgentSession[], is: typeof isRequest): readonly Sent[] =>
    some.flatMap(({ sent }) => sent).filter((one) => one.is === 'taken' && is(one, word));
  const [requests, contexts] = [among(readable, isRequest), among(readable, isContext)];
  const all = [...requests, ...contexts];
  const known = all.filter(({ left }) => !unknown(key, left)).length;
  if (all.length > 0) return { sent: requests, requests: requests.length, contexts: contexts.length, known };
  const once = among(sessions, isRequest).length + among(sessions, isContext).length > 0;
  return { sent: [], requests: once ? 1 : 0, contexts: 0, known: once ? 1 : 0 };
}

/** A message that was taken reaches the session once, or is kept and said to be (P1, P2, I6). */
export async function checkMessages(fleet: Fleet): Promise<void> {
  const { actors, agents, slack, findings } = fleet;
  for (const said of actors.messages) {
    const sessions = agents.of(said.key);
    const person = slack.people.get(said.user);
    const { sent, requests, contexts, known } = arrivals(fleet, sessions, said);
    const what = `${said.word} (${said.ts} in ${said.key})`;
    if (person?.role !== 'member') {
      if (requests > 0) findings.broken('S12', `${what} of a ${person?.role ?? 'nobody'} reached the agent`);
      continue;
    }
    if (requests + contexts > 1) {
      if (known <= 1) findings.residual('messages that reached the agent twice');
      else findings.broken('P2', `${what} reached the agent ${requests} times, ${contexts} times as context`);
    }
    const despite = sent.some(
      (one) => fleet.stops.sentDespite(said, one) && !fleet.unknown(said.key, one.left),
    );
    if (despite) findings.broken('stop', `${what} was sent after a stop that came after it`);
    for (const one of sent) {
      const ignored = fleet.amendments.ignored(said, one);
      if (ignored && !fleet.unknown(said.key, one.left))
        findings.broken('amend', `${what} was sent as it was before its author's ${ignored}`);
    }
    checkTaken(fleet, said, what);
    if (said.admitted === undefined || (!said.addressed && sessions.length === 0)) continue;
    if (requests + contexts === 0) await checkKept(fleet, said, what);
    // What its author took back before it went is not there any more, and asks for nothing.
    if (!said.deleted || requests + contexts > 0) checkVisible(fleet, said, what);
  }
}

/** What Slack was told is taken, is taken (P1); what nobody was there to take is found (G8). */
function checkTaken(fleet: Fleet, said: Said, what: string): void {
  const { findings, slack, plan } = fleet;
  if (!said.addressed || said.admitted !== undefined || said.deleted) return;
  if (said.refused !== undefined) {
    findings.counted('messages above a limit');
    const at = said.refused;
    const told = slack.asides.some((aside) => aside.user === said.user && Math.abs(aside.at - at) < TOLD_MS);
    const fair = Object.values(plan.weather.slack).every((likely) => likely === 0);
    if (!told && fair) findings.broken('I6', `${what} was not taken, and its author was not told`);
  } else if (said.acknowledged !== undefined && !said.forgotten)
    findings.broken('P1', `${what} was acknowledged and never taken`);
  else if (said.unheard && isBeforeAll(fleet, said))
    findings.residual('messages that nobody heard, and nothing remembers');
  else if (said.unheard) findings.broken('G8', `${what} was written while nobody was there, and not found`);
}

/** Nothing had been remembered yet, or nothing is any more: then it is not known that nobody was there. */
function isBeforeAll({ emptied, store }: Fleet, { at }: Said): boolean {
  return emptied || store.filledAt === undefined || at < store.filledAt;
}

/** What was no request, or was stopped before it went, reaches the agent with the thread as Slack has it. */
function isRecalled({ agents, stopped, plan }: Fleet, { key, word, addressed, admitted = 0 }: Said): boolean {
  // What cannot be begun because of a limit, or because the key is refused, is no request either, and says so.
  const until = Math.max(stopped.get(key) ?? 0, agents.refusedAt.get(key) ?? 0);
  if (addressed && !plan.caps && until < admitted) return false;
  return agents
    .of(key)
    .some(({ sent }) => sent.some(({ texts }) => has(texts.slice(0, -1).join('\n'), word)));
}

async function checkKept(fleet: Fleet, said: Said, what: string): Promise<void> {
  const { findings, store } = fleet;
  // Taken back by its author before it was sent: it is dropped.
  if (said.deleted || isRecalled(fleet, said)) return;
  const [team = '', channel = '', ts = ''] = said.key.split(':');
  const state = await store.inside.peek({ team, channel, ts });
  if (state !== undefined && has(state, said.word)) return;
  const parked = await store.inside.parked();
  if (parked.some(({ input }) => input.kind === 'message' && input.ts === said.ts))
    findings.residual('messages set aside');
  else if (said.forgotten) findings.residual('messages that the store forgot');
  else findings.broken('P2', `${what} never reached the agent, and is not kept`);
}

/** Something stands in the thread after it, on it, or was said to its author (I6). */
function checkVisible({ slack, findings, actors }: Fleet, said: Said, what: string): void {
  const root = said.key.split(':')[2] ?? '';
  const answers = (one: Message): boolean =>
    one.ts > said.ts || (one.at > said.at && one.text.includes('went unanswered'));
  const answered = slack.thread(said.channel, root).some((one) => one.own && answers(one));
  // Also where its author has deleted it since: then there was something to be seen.
  const written = slack.messages.find(({ channel, ts }) => channel === said.channel && ts === said.ts);
  const sign = (written?.reactions.size ?? 0) > 0;
  const told = slack.asides.some((aside) => aside.user === said.user && aside.at >= said.at);
  if (answered || sign || told || said.forgotten || actors.wiped.has(said.key)) return;
  findings.broken('I6', `nothing is to be seen of ${what}`);
}

/** Who came later was sent later, or says so (P4). */
export function checkOrder({ agents, findings, unknown }: Fleet): void {
  for (const session of agents.sessions) {
    let last = '';
    for (const { mark, texts, left } of session.sent) {
      if (!mark || mark.n > 1 || unknown(session.thread, left)) continue;
      const late = texts.at(-1)?.startsWith('(This message was written earlier');
      if (mark.ts < last && !late) findings.broken('P4', `${session.id}: ${mark.ts} after ${last}`);
      if (mark.ts > last) last = mark.ts;
    }
  }
}

// ------------------------------------------------------------------------------------- from the agent to people

/** What was not taken is said once a minute. */
const TOLD_MS = 62_000;

const WORD = /\bk\d+t\d+x\d+\b/g;

/** What people read in one of the bot's messages. */
export function visible(message: Message): string {
  if (message.blocks.length === 0) return message.text;
  return message.blocks
    .filter(({ type }) => type === 'markdown' || type === 'section')
    .map((block) => {
      const { text } = block;
      return typeof text === 'string' ? text : ((text as { text?: string } | undefined)?.text ?? '');
    })
    .join('\n');
}

/** Every text of the agent stands in the thread once, whole and in order (P3). */
export function checkTexts(fleet: Fleet): void {
  for (const place of fleet.actors.places.values()) checkTextsIn(fleet, place);
}

function checkTextsIn(fleet: Fleet, place: Place): void {
  const { slack, findings, actors } = fleet;
  const expected = expectedIn(fleet, place);
  const own = slack.thread(place.channel, place.root).filter((message) => message.own);
  const shown = own.flatMap((message) =>
    (visible(message).match(WORD) ?? []).map((word) => ({ word, known: isKnown(fleet, place, message) })),
  );
  const broken = (what: string): void => findings.broken('P3', `${place.key}: ${what}`);
  const times = new Map<string, { all: number; known: number }>();
  for (const { word, known } of shown) {
    const before = times.get(word) ?? { all: 0, known: 0 };
    times.set(word, { all: before.all + 1, known: before.known + (known ? 1 : 0) });
  }
  const twice = [...times].filter(([, { all }]) => all > 1);
  const really = twice.filter(([, { known }]) => known > 1).map(([word]) => word);
  if (really.length > 0) broken(`shown more than once: ${some(really)}`);
  else if (twice.length > 0) findings.residual('texts shown twice, once by who was not known of');
  const foreign = [...times.keys()].filter((word) => !expected.has(word));
  if (foreign.length > 0) broken(`not of this thread: ${some(foreign)}`);
  const missing = [...expected].filter(([word, { must }]) => must && !times.has(word)).map(([word]) => word);
  // What was written last by a call that nobody knows of may have taken the place of what stood there.
  const overwritten = own.some((message) => fleet.unknown(place.key, message.written));
  if (missing.length > 0 && overwritten) findings.residual('texts overwritten by who was not known of');
  else if (missing.length > 0) broken(`not shown: ${some(missing)}`);
  if (twice.length > 0 || foreign.length > 0 || actors.wiped.has(place.key)) return;
  const known = shown.filter((one) => one.known).map(({ word }) => word);
  const back = known.findIndex(
    (word, at) => at > 0 && (expected.get(word)?.at ?? 0) < (expected.get(known[at - 1] ?? '')?.at ?? 0),
  );
  if (back > 0) broken(`${known[back] ?? ''} stands after ${known[back - 1] ?? ''}`);
}

/** Every word the agent wrote, in order; `must`: it has to stand in the thread. */
function expectedIn(
  { agents, actors, unknown }: Fleet,
  { key }: Place,
): ReadonlyMap<string, { readonly at: number; readonly must: boolean }> {
  const expected = new Map<string, { at: number; must: boolean }>();
  for (const session of agents.of(key)) {
    const nobodys = session.over === 'deleted' || actors.wiped.has(key) || unknown(key, session.made);
    for (const { words, cutOff, to } of session.texts) {
      const must = !cutOff && !nobodys && !unknown(key, to);
      for (const word of words) expected.set(word, { at: expected.size, must });
    }
  }
  return expected;
}

function isKnown({ unknown }: Fleet, { key }: Place, { posted, written }: Message): boolean {
  return !unknown(key, posted) && !unknown(key, written);
}

function some(words: readonly string[]): string {
  const more = words.length > 3 ? ` and ${words.length - 3} more` : '';
  return `${words.slice(0, 3).join(', ')}${more}`;
}
