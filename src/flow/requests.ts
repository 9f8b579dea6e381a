/** Requests that were not written as messages: forms of shortcuts, and messages that somebody reacted to. */
import type { MessageInput, Quoted, ThreadRef } from '../core/event.ts';
import { mayTalk } from '../core/policy.ts';
import type { About, ToAskForm, ToRequest, ToTakeUp } from '../core/route-beside.ts';
import type { Settings } from '../core/settings.ts';
import { PortError } from '../errors.ts';
import type { Admitted, EarlierMessage, Reply, SlackPort } from '../ports.ts';
import { askAnywhereForm, askForm, requestMessage, WHERE_FIELD, WORDS_FIELD } from '../render/forms.ts';
import { tellLine } from '../render/words.ts';

export interface RequestDeps {
  readonly slack: Pick<SlackPort, 'person' | 'showRequest' | 'remove' | 'rootOf' | 'earlier'>;
}

/** Admits a message; what it was not taken for is in the outcome. */
export type AdmitMessage = (
  thread: ThreadRef,
  input: MessageInput,
  claims: readonly string[],
) => Promise<Admitted>;

const NOTHING: Reply = Object.freeze({});

export function openAskForm({ about }: ToAskForm): Reply {
  return { form: about ? askForm(about) : askAnywhereForm() };
}

/** Shows the request in the person's name, and begins or goes on with its thread. What is wrong is said in the form. */
export async function takeRequest(
  { slack }: RequestDeps,
  settings: Settings,
  to: ToRequest,
  admit: AdmitMessage,
): Promise<Reply> {
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
  const place = { team, channel, ...(about ? { threadTs: about.thread.ts } : {}) };
  const content = requestMessage(user, words, about);
  const ts = await slack.showRequest({ ...place, content }).catch((error: unknown) => unshown(error));
  if (typeof ts !== 'string') return wrong(about ? WORDS_FIELD : WHERE_FIELD, ts.why);
  const thread: ThreadRef = about?.thread ?? { team, channel, ts };
  const quoted = about ? await named(slack, about, team) : undefined;
  const input = { ...messageOf(to, ts, words, about !== undefined, quoted), via: 'shortcut' as const };
  const takeBack = (): Promise<void> =>
    slack.remove({ team, channel, ts, priority: 'question' }).catch(() => undefined);
  const admitted = await admit(thread, input, [`ts:${channel}:${ts}`]).catch(async (error: unknown) => {
    await takeBack();
    throw error;
  });
  if (admitted.outcome !== 'full' && admitted.outcome !== 'flooded') return NOTHING;
  await takeBack();
  return wrong(
    WORDS_FIELD,
    'Too much waits there already; this was not taken. Please try again in a minute.',
  );
}

/** Why it could not be shown, as words for who asked; anything that may pass is thrown again. */
function unshown(error: unknown): { readonly why: string } {
  if (!(error instanceof PortError) || (error.kind !== 'refused' && error.kind !== 'gone')) throw error;
  if (error.code === 'is_archived') return { why: 'That channel is archived, so I cannot answer there.' };
  return { why: 'I cannot write there. Invite me with /invite @Heddle, then send this again.' };
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
  admit: AdmitMessage,
): Promise<void> {
  if (!settings.startByReaction) return;
  const { team, channel, ts, user } = to;
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
