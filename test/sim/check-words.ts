/** Words in both directions: what people said reached the session once, what the agent wrote stands once. */
import type { AgentSession } from './agent-session.ts';
import type { Sent } from './agent-words.ts';
import type { Fleet } from './fleet.ts';
import type { Place, Said } from './people.ts';
import type { Message } from './slack-model.ts';

// ------------------------------------------------------------------------------------- from people to the agent

function has(text: string, word: string): boolean {
  return new RegExp(`\\b${word}\\b`).test(text);
}

/** The words of the message itself stand last; what is carried stands before it. */
function isRequest({ texts }: Sent, word: string): boolean {
  return has(texts.at(-1) ?? '', word);
}

/** Carried as context: not the recalled history, which may repeat what was said. */
function isContext({ texts }: Sent, word: string): boolean {
  return texts.slice(0, -1).some((text) => text.startsWith('<context') && has(text, word));
}

/** What a session that was deleted had taken nobody can know: it is sent again to the next one. */
function arrivals(sessions: readonly AgentSession[], { word }: Said): { requests: number; contexts: number } {
  const readable = sessions.filter(({ over }) => over !== 'deleted');
  const count = (among: readonly AgentSession[], is: typeof isRequest): number =>
    among.flatMap(({ sent }) => sent).filter((one) => one.is === 'taken' && is(one, word)).length;
  const [requests, contexts] = [count(readable, isRequest), count(readable, isContext)];
  if (requests + contexts > 0) return { requests, contexts };
  const once = count(sessions, isRequest) + count(sessions, isContext) > 0;
  return { requests: once ? 1 : 0, contexts: 0 };
}

/** A message that was taken reaches the session once, or is kept and said to be (P1, P2, I6). */
export async function checkMessages(fleet: Fleet): Promise<void> {
  const { actors, agents, slack, findings } = fleet;
  for (const said of actors.messages) {
    const sessions = agents.of(said.key);
    const person = slack.people.get(said.user);
    const { requests, contexts } = arrivals(sessions, said);
    const what = `${said.word} (${said.ts} in ${said.key})`;
    if (person?.role !== 'member') {
      if (requests > 0) findings.broken('S12', `${what} of a ${person?.role ?? 'nobody'} reached the agent`);
      continue;
    }
    if (requests + contexts > 1) {
      if (fleet.excused(said.key)) findings.residual('messages that reached the agent twice');
      else findings.broken('P2', `${what} reached the agent ${requests} times, ${contexts} times as context`);
    }
    if (said.acknowledged !== undefined && said.addressed && said.admitted === undefined && !said.forgotten)
      findings.broken('P1', `${what} was acknowledged and never taken`);
    if (said.admitted === undefined || (!said.addressed && sessions.length === 0)) continue;
    if (requests + contexts === 0) await checkKept(fleet, said, what);
    checkVisible(fleet, said, what);
  }
}

/** What was no request, or was stopped before it went, reaches the agent with the thread as Slack has it. */
function isRecalled({ agents, stopped }: Fleet, { key, word, addressed, admitted = 0 }: Said): boolean {
  if (addressed && (stopped.get(key) ?? 0) < admitted) return false;
  return agents
    .of(key)
    .some(({ sent }) => sent.some(({ texts }) => has(texts.slice(0, -1).join('\n'), word)));
}

async function checkKept(fleet: Fleet, said: Said, what: string): Promise<void> {
  const { findings, store } = fleet;
  if (isRecalled(fleet, said)) return;
  const [team = '', channel = '', ts = ''] = said.key.split(':');
  const state = await store.inside.peek({ team, channel, ts });
  if (state !== undefined && has(state, said.word)) return;
  if (fleet.excused(said.key)) findings.residual('messages that a failover forgot');
  else findings.broken('P2', `${what} never reached the agent, and is not kept`);
}

/** Something stands in the thread after it, on it, or was said to its author (I6). */
function checkVisible({ slack, findings, actors, excused }: Fleet, said: Said, what: string): void {
  const root = said.key.split(':')[2] ?? '';
  const answers = (one: Message): boolean =>
    one.ts > said.ts || (one.at > said.at && one.text.includes('went unanswered'));
  const answered = slack.thread(said.channel, root).some((one) => one.own && answers(one));
  // Also where its author has deleted it since: then there was something to be seen.
  const written = slack.messages.find(({ channel, ts }) => channel === said.channel && ts === said.ts);
  const sign = (written?.reactions.size ?? 0) > 0;
  const told = slack.asides.some((aside) => aside.user === said.user && aside.at >= said.at);
  if (answered || sign || told || excused(said.key) || actors.wiped.has(said.key)) return;
  findings.broken('I6', `nothing is to be seen of ${what}`);
}

/** Who came later was sent later, or says so (P4). */
export function checkOrder({ agents, findings, excused }: Fleet): void {
  for (const session of agents.sessions.filter(({ thread }) => !excused(thread))) {
    let last = '';
    for (const { mark, texts } of session.sent) {
      if (!mark || mark.n > 1) continue;
      const late = texts.at(-1)?.startsWith('(This message was written earlier');
      if (mark.ts < last && !late) findings.broken('P4', `${session.id}: ${mark.ts} after ${last}`);
      if (mark.ts > last) last = mark.ts;
    }
  }
}

// ------------------------------------------------------------------------------------- from the agent to people

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

function checkTextsIn({ slack, agents, findings, actors, excused }: Fleet, place: Place): void {
  const sessions = agents.of(place.key);
  const expected = new Map<string, { at: number; must: boolean }>();
  for (const session of sessions) {
    for (const { words, cutOff } of session.texts) {
      const must = !cutOff && session.over !== 'deleted' && !actors.wiped.has(place.key);
      for (const word of words) expected.set(word, { at: expected.size, must });
    }
  }
  const shown = slack
    .thread(place.channel, place.root)
    .filter(({ own }) => own)
    .flatMap((message) => visible(message).match(WORD) ?? []);
  const say = (what: string): void => {
    if (excused(place.key)) findings.residual('texts shown twice, not, or out of order');
    else findings.broken('P3', `${place.key}: ${what}`);
  };
  const times = new Map<string, number>();
  for (const word of shown) times.set(word, (times.get(word) ?? 0) + 1);
  const twice = [...times].filter(([, count]) => count > 1).map(([word]) => word);
  if (twice.length > 0) say(`shown more than once: ${some(twice)}`);
  const foreign = [...times.keys()].filter((word) => !expected.has(word));
  if (foreign.length > 0) findings.broken('P3', `${place.key}: not of this thread: ${some(foreign)}`);
  const missing = [...expected].filter(([word, { must }]) => must && !times.has(word)).map(([word]) => word);
  if (missing.length > 0) say(`not shown: ${some(missing)}`);
  if (twice.length > 0 || foreign.length > 0 || actors.wiped.has(place.key)) return;
  const back = shown.findIndex(
    (word, at) => at > 0 && (expected.get(word)?.at ?? 0) < (expected.get(shown[at - 1] ?? '')?.at ?? 0),
  );
  if (back > 0) say(`${shown[back] ?? ''} stands after ${shown[back - 1] ?? ''}`);
}

function some(words: readonly string[]): string {
  const more = words.length > 3 ? ` and ${words.length - 3} more` : '';
  return `${words.slice(0, 3).join(', ')}${more}`;
}
