/**
 * Clicks below an answer that is over: the details of its steps, and what somebody thinks of it. Whoever may talk in
 * the thread may do both. Neither needs the thread's lease: details are read from the session, feedback is counted.
 */
import { DETAIL_TYPES, detailsIn, type DetailsRef } from '../core/details.ts';
import { threadKey } from '../core/event.ts';
import { mayTalk } from '../core/policy.ts';
import { decodeState } from '../core/record.ts';
import type { ToDetails, ToFeedback, ToFeedbackWords } from '../core/route-over.ts';
import type { Settings } from '../core/settings.ts';
import { PortError } from '../errors.ts';
import { TimeoutError, withTimeout } from '../lib/time.ts';
import type { AgentPort, Clock, Content, Log, Meter, Random, Reply, SlackPort, StorePort } from '../ports.ts';
import type { Form } from '../ports-forms.ts';
import { detailsForm, laterForm, noDetailsForm } from '../render/details.ts';
import { feedbackForm, thanksForm } from '../render/feedback.ts';
import { tellLine } from '../render/words.ts';
import { textContent } from './tell.ts';
import type { Trail } from './trail.ts';

export interface OverDeps {
  readonly store: Pick<StorePort, 'peek' | 'once'> & { readonly audit: Pick<StorePort['audit'], 'say'> };
  readonly random: Pick<Random, 'token'>;
  readonly slack: Pick<SlackPort, 'person' | 'updateForm'>;
  readonly agent: Pick<AgentPort, 'history' | 'find'>;
  readonly meter: Pick<Meter, 'feedback'>;
  readonly trail?: Trail;
  readonly log: Log;
  readonly clock: Pick<Clock, 'setTimer'>;
}

/** A form has to be opened within three seconds of the click, ms. */
const READ_MS = 1_800;
/** How long it is known who said what of an answer, ms. */
const FEEDBACK_MS = 30 * 24 * 3_600_000;

/** @param settings what holds in the channel */
export async function showDetails(deps: OverDeps, settings: Settings, to: ToDetails): Promise<Reply> {
  const { ref, viewId } = to;
  const { team } = ref.thread;
  // A form that is open already can wait; one that is not, cannot.
  if (viewId !== undefined) {
    const refused = await refusal(deps, settings, to);
    if (refused) return { content: refused };
    await deps.slack.updateForm({ team, viewId, form: await read(deps, ref) });
    return {};
  }
  const inTime = withTimeout(
    'the steps',
    READ_MS,
    () => permitted(deps, settings, to),
    undefined,
    deps.clock,
  );
  return inTime.catch((error: unknown) => {
    if (error instanceof TimeoutError) return { form: laterForm(ref) };
    throw error;
  });
}

async function permitted(deps: OverDeps, settings: Settings, to: ToDetails): Promise<Reply> {
  const refused = await refusal(deps, settings, to);
  return refused ? { content: refused } : { form: await read(deps, to.ref) };
}

async function refusal(
  deps: OverDeps,
  settings: Settings,
  { ref, user, userTeam }: ToDetails | ToFeedback | ToFeedbackWords,
): Promise<Content | undefined> {
  const person = await deps.slack.person(ref.thread.team, user, userTeam);
  const may = mayTalk(person, settings);
  if (may === 'no') return textContent(tellLine({ is: 'refused', role: person.role }, undefined));
  return may === 'unverified' ? textContent(tellLine({ is: 'unverified' }, undefined)) : undefined;
}

async function read(deps: OverDeps, ref: DetailsRef): Promise<Form> {
  const session = await sessionOf(deps, ref);
  if (session === undefined) return noDetailsForm(ref);
  try {
    const events = await deps.agent.history(session, { types: DETAIL_TYPES });
    const details = detailsIn(events, ref);
    return details.length === 0 ? noDetailsForm(ref) : detailsForm(ref, details);
  } catch (error) {
    if (error instanceof PortError && error.kind === 'gone') return noDetailsForm(ref);
    throw error;
  }
}

/** The thread says which session it had then; where it does not know any more, the sessions themselves do. */
async function sessionOf(
  { store, agent }: OverDeps,
  { thread, gen }: DetailsRef,
): Promise<string | undefined> {
  const state = decodeState(await store.peek(thread));
  return state?.sessions?.[gen] ?? agent.find(thread, gen);
}

/** Each person counts once an answer; who changes their mind is heard, and counted no second time. */
export async function takeFeedback(deps: OverDeps, settings: Settings, to: ToFeedback): Promise<Reply> {
  const refused = await refusal(deps, settings, to);
  if (refused) return { content: refused };
  const { store, meter, log, trail } = deps;
  const { thread, gen, turn, verdict } = to.ref;
  const about = `feedback:${threadKey(thread)}:${gen}:${turn}:${to.user}`;
  const isNew = await store.once(`${about}:${verdict}`, FEEDBACK_MS);
  const isFirst = isNew && (await store.once(about, FEEDBACK_MS));
  if (isFirst) meter.feedback(verdict);
  if (isNew) log.info({ thread: threadKey(thread), gen, turn, user: to.user, verdict, isFirst }, 'feedback');
  if (isNew) {
    const { team, channel, ts } = thread;
    trail?.note(team, { what: 'fed-back', verdict, gen, turn, by: to.user, channel, thread: ts });
  }
  if (verdict === 'down' && to.opens) return { form: feedbackForm(to.ref) };
  return { content: textContent(isFirst ? THANKS : isNew ? CHANGED : KNOWN) };
}

/** What somebody says besides: kept once an answer and person, and never logged. The form then only thanks. */
export async function takeWords(deps: OverDeps, settings: Settings, to: ToFeedbackWords): Promise<Reply> {
  const refused = await refusal(deps, settings, to);
  if (refused) return { content: refused };
  const { store, random } = deps;
  const { ref, user, why, words } = to;
  const { thread, gen, turn } = ref;
  if (why === undefined && words === undefined) return { form: thanksForm() };
  const about = `feedback:${threadKey(thread)}:${gen}:${turn}:${user}:words`;
  if (!(await store.once(about, FEEDBACK_MS))) return { form: thanksForm(true) };
  const { team, channel, ts } = thread;
  const said = {
    by: user,
    channel,
    thread: ts,
    gen,
    turn,
    ...(why === undefined ? {} : { why }),
    ...(words === undefined ? {} : { words: words.slice(0, WORDS_MOST) }),
  };
  await store.audit.say(team, random.token(), said);
  return { form: thanksForm() };
}

/** Characters of somebody's words that are kept. */
const WORDS_MOST = 2_000;

const THANKS = ':pray: Thank you, that is noted.';
const CHANGED = ':pray: Noted that you see it differently now.';
const KNOWN = 'That is noted already. Thank you.';
