/** Requests that were not written as messages: forms of shortcuts, and messages that somebody reacted to. */
import { anteroom, isBeginning, unbegunKey } from '../core/beginning.ts';
import type { MessageInput, Quoted, RequestInput, ThreadRef } from '../core/event.ts';
import { mayTalk } from '../core/policy.ts';
import { worksShared } from '../core/shared-channel.ts';
import { decodeState } from '../core/record.ts';
import type { About, ToAskForm, ToRequest, ToTakeUp } from '../core/route-beside.ts';
import type { Settings } from '../core/settings.ts';
import { randomToken } from '../lib/random.ts';
import { delay } from '../lib/time.ts';
import type { Admitted, Clock, EarlierMessage, Reply, SlackPort, StorePort } from '../ports.ts';
import { askAnywhereForm, askForm, WHERE_FIELD, WORDS_FIELD } from '../render/forms.ts';
import { tellLine } from '../render/words.ts';

export interface RequestDeps {
  readonly slack: Pick<SlackPort, 'person' | 'rootOf' | 'earlier' | 'isShared' | 'isOpenTo'>;
  readonly store: Pick<StorePort, 'peek' | 'once'>;
  readonly clock: Pick<Clock, 'monotonic' | 'setTimer'>;
}

/** Admits what somebody wants; what it was not taken for is in the outcome. */
export type Admit = (
  thread: ThreadRef,
  input: MessageInput | RequestInput,
  claims: readonly string[],
) => Promise<Admitted>;

const NOTHING: Reply = Object.freeze({});

export function openAskForm({ about }: ToAskForm): Reply {
  return { form: about ? askForm(about) : askAnywhereForm() };
}

/** Takes the request: its thread shows it in the person's name first. What is wrong is said in the form. */
export async function takeRequest(
  deps: RequestDeps,
  settings: Settings,
  to: ToRequest,
  admit: Admit,
): Promise<Reply> {
  const { slack } = deps;
  const { team, user, userTeam, channel, about, words } = to;
  const wrong = (field: string, why: string): Reply => ({ errors: { [field]: why } });
  if (words === '') return wrong(WORDS_FIELD, 'Please write what I should do.');
  if (channel === undefined) return wrong(WHERE_FIELD, 'Please choose a channel.');
  const person = await slack.person(team, user, userTeam);
  const may = mayTalk(person, settings);
  if (may !== 'yes') {
    const tell =
      may === 'no' ? ({ is: 'refused', role: person.role } as const) : ({ is: 'unverified' } as const);
    return wrong(WORDS_FIELD, tellLine(tell, undefined));
  }
  const place = about ? WORDS_FIELD : WHERE_FIELD;
  // The menu of a message stands where the person is: there it is enough that nothing speaks against it.
  if (!(await slack.isOpenTo(team, channel, user).catch(() => about !== undefined)))
    return wrong(place, 'I cannot see that you are in that channel. Please choose another one.');
  if (await isKeptOut(slack, settings, { team, channel }))
    return wrong(place, tellLine({ is: 'shared' }, undefined));
  const id = randomToken();
  const thread = about?.thread ?? anteroom(team, channel, id);
  const quoted = about ? { quoted: await named(slack, about, team) } : {};
  const from = { user, ...(userTeam === undefined ? {} : { userTeam }) };
  const input: RequestInput = { kind: 'request', id, ...from, text: words, top: !about, ...quoted };
  const { outcome } = await admit(thread, input, []);
  if (outcome === 'full' || outcome === 'flooded')
    return wrong(
      WORDS_FIELD,
      'Too much waits there already; this was not taken. Please try again in a minute.',
    );
  const code = await refusalOf(deps, thread, id);
  return code === undefined ? NOTHING : wrong(about ? WORDS_FIELD : WHERE_FIELD, whyUnshown(code));
}

/** Where it cannot be found out who reads along, others may. */
async function isKeptOut(
  slack: RequestDeps['slack'],
  settings: Settings,
  { team, channel }: Pick<ThreadRef, 'team' | 'channel'>,
): Promise<boolean> {
  if (worksShared(settings) || channel.startsWith('D')) return false;
  return slack.isShared(team, channel).catch(() => true);
}

/** For so long it is looked what became of a request, while its form is open, ms. */
const LOOK_MS = 1_500;
const LOOK_EVERY_MS = 50;

/** Why Slack does not let the request be posted, where that is known while the form is still open. */
async function refusalOf(
  { store, clock }: RequestDeps,
  thread: ThreadRef,
  id: string,
): Promise<string | undefined> {
  const end = clock.monotonic() + LOOK_MS;
  for (let seen = false; clock.monotonic() < end;) {
    const state = decodeState(await store.peek(thread));
    if (state?.unbegun?.id === id)
      return (await store.once(unbegunKey(id), LOOK_MS * 10)) ? state.unbegun.code : undefined;
    const note = state?.notes.find((each) => isBeginning(each) && each.text.id === id);
    if (note && isBeginning(note) && note.text.ts !== undefined) return undefined;
    if (seen && !note) return undefined;
    seen ||= note !== undefined;
    await delay(LOOK_EVERY_MS, undefined, clock);
  }
  return undefined;
}

function whyUnshown(code: string): string {
  if (code === 'is_archived') return 'That channel is archived, so I cannot answer there.';
  return 'I cannot write there. Invite me with /invite @Heddle, then send this again.';
}

async function named(slack: RequestDeps['slack'], { quoted }: About, team: string): Promise<Quoted> {
  const person =
    quoted.user === '' ? undefined : await slack.person(team, quoted.user).catch(() => undefined);
  return { ...quoted, name: person?.name ?? quoted.user };
}

function messageOf(
  { user, userTeam, channel = '' }: Pick<ToRequest, 'user' | 'userTeam' | 'channel'>,
  ts: string,
  text: string,
  inThread: boolean,
  quoted: Quoted | undefined,
): MessageInput {
  return {
    kind: 'message',
    ts,
    user,
    ...(userTeam === undefined ? {} : { userTeam }),
    text,
    files: [],
    addressed: true,
    urgent: false,
    surface: channel.startsWith('D') ? 'im' : 'channel',
    inThread,
    ...(quoted ? { quoted } : {}),
  };
}

/** A message that somebody reacted to becomes the request: the author's own words, or what another one points at. */
export async function takeUp(
  { slack }: RequestDeps,
  settings: Settings,
  to: ToTakeUp,
  admit: Admit,
): Promise<void> {
  if (!settings.startByReaction) return;
  const { team, channel, ts, user } = to;
  if (await isKeptOut(slack, settings, to)) return;
  const root = await slack.rootOf(team, channel, ts);
  if (root === undefined) return;
  const thread: ThreadRef = { team, channel, ts: root };
  const message = (await slack.earlier(thread, justAfter(ts), 1)).find((each) => each.ts === ts);
  if (!message || message.own || message.bot || message.text.trim() === '') return;
  const isOwn = message.user === user;
  const text = isOwn ? message.text : 'Please take up the message above.';
  const input = messageOf(to, ts, text, root !== ts, isOwn ? undefined : quotedOf(message));
  await admit(thread, { ...input, files: message.files ?? [], via: 'reaction' }, to.claims);
}

function quotedOf({ ts, user, name, text }: EarlierMessage): Quoted {
  return { ts, user, name, text };
}

/** The next `ts` that there could be. */
function justAfter(ts: string): string {
  const [seconds = '0', micros = '0'] = ts.split('.');
  const next = Number(micros) + 1;
  return next < 1_000_000
    ? `${seconds}.${String(next).padStart(6, '0')}`
    : `${String(Number(seconds) + 1)}.000000`;
}
