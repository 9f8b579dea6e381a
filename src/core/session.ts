/**
 * The thread's actor as a function: `step(state, input, context) -> { state, effects }`. Pure and total.
 *
 * I2  Inputs are handled one at a time; none can block the next.
 * I6  Every accepted request ends in something visible: each path out of `starting`, `working` and `asking`
 *     ends the turn with an `End`, which has words of its own.
 * I7  Doubt never starts a second session, sends a second message or posts twice: it is looked up first.
 *
 * The rooms: `talk` words in, `amend` changed ones, `again` what a failover brings back, `quiet` what is not for the
 * agent, `bots` the loop breaker, `own-settings` the thread's settings, `start` a session, `halt` stop, `asks` tools that wait, `feed` the agent's
 * events, `look` doubt, `rest` timers, closing and commands, `shown` what stands in Slack.
 */
import { isThereAgain, unlessRead, unread } from './again.ts';
import { askedByEdit, onEdit, onRedo, onWithdraw, settleChanges, withoutLine } from './amend.ts';
import { begins, onBegun, onNotBegun, onRequest, onStanding } from './beginning.ts';
import { breakLoop, countBots } from './bots.ts';
import {
  budgetEnd,
  goOn,
  heldAgain,
  holdDay,
  onRaise,
  onRaiseFailed,
  overBudget,
  raiseAgain,
  sendRaise,
  settleHold,
  toldHeld,
} from './budget.ts';
import { heldBy, isUsedUp } from './hold.ts';
import type { Attributed, MessageInput, Person } from './event.ts';
import { answeredByMessage, onAnswer, onReply } from './answering.ts';
import { answersUnderWay, onAnswersFailed, onAnswersSent, sendAnswers, voidAsks } from './asks.ts';
import type { StepContext } from './context.ts';
import { findAgain, findApprovers, indexApprovers, onApprovers, onCopyRefused } from './copies.ts';
import { GIVE_UP_MS, retryDelay } from './context.ts';
import { lose, onEvents, rest } from './feed.ts';
import { onForked } from './fork.ts';
import { finished } from './finish.ts';
import { onLooked, stopUnsent } from './look.ts';
import {
  againRedirecting,
  withoutRedirect,
  onInterrupted,
  onInterruptFailed,
  onStop,
  onStoppedInSlack,
  onUnshowable,
  sendInterrupt,
  withStep,
} from './halt.ts';
import { closeIfDue, onArchived, onArchiveFailed, onChecked, onCommand, onTimer } from './rest.ts';
import { withLostCard } from './lost-card.ts';
import { onOutput, undecided } from './output.ts';
import { expectOutputs, onOutputRefused, onOutputs, onOutputStored } from './outputs.ts';
import { onTune } from './own-settings.ts';
import { overheard } from './quiet.ts';
import { isReading, onCarried, readAgain } from './resume.ts';
import { mountTheRest, onFiles, withoutShown } from './receiving.ts';
import { doubtPosts, intend, onPosted, onReacted, onSettled } from './shown.ts';
import { endOpenTurn, onCreateFailed, onFound, onRecalled, onSession, recoverStart, start } from './start.ts';
import { andThen, next, type Failure, type Next, type ProcessInput, type ThreadState } from './state.ts';
import {
  addNote,
  beginTurn,
  changeSends,
  isOneOf,
  markSent,
  onMessage,
  sendWaiting,
  shelve,
  unsent,
} from './talk.ts';

/** How far output may fall back: 0 Markdown blocks, 1 short ones, 2 plain sections, 3 text alone. */
export const PLAINEST = 3;

export type ActorInput = Attributed | ProcessInput;

/** Handles one input, then does whatever has become possible. */
export function step(state: ThreadState, input: ActorInput, context: StepContext): Next {
  const handled =
    'input' in input
      ? onThreadInput(state, input, context)
      : isStale(state, input)
        ? next(state)
        : onProcessInput(state, input, context);
  const done = context.draining ? handled : advance(handled, context);
  const counted = countBots(state, done.state, 'input' in input ? input : undefined);
  const told = { ...done, state: finished(state, expectOutputs(state, counted, context), context) };
  return indexApprovers(state, undecided(state, told, context.settings));
}

function onThreadInput(state: ThreadState, { input, author, other }: Attributed, context: StepContext): Next {
  switch (input.kind) {
    case 'message':
      if (isThereAgain(state, input)) return next(state);
      return onWords(state, input, author, context);
    case 'edit': {
      const message = askedByEdit(state, input);
      if (!message) return onEdit(state, input, author, context);
      return withoutLine(onWords(state, message, author, context), message);
    }
    case 'withdraw':
      return onWithdraw(state, input, author, context);
    case 'redo':
      return onRedo(state, input, author, context);
    case 'tune':
      return onTune(state, input, author);
    case 'stop':
      return onStop(state, input, author, context);
    case 'command':
      return onCommand(state, input, author, context, other);
    case 'answer':
      return onAnswer(state, input, author, context);
    case 'reply':
      return onReply(state, input, author, context);
    case 'raise':
      return onRaise(state, input, author, context);
    case 'fork':
      return onForked(state, input, author, context);
    case 'request':
      return onRequest(state, input, author, context);
    case 'timer':
      return onTimer(state, input, context);
  }
}

function onWords(
  state: ThreadState,
  input: MessageInput,
  author: Person | undefined,
  context: StepContext,
): Next {
  return (
    overheard(state, input, author, context) ??
    breakLoop(state, author) ??
    answeredByMessage(state, input, author, context) ??
    speak(state, input, author, context)
  );
}

/** Words for the agent; what a budget holds is looked at anew with them. */
function speak(
  state: ThreadState,
  input: MessageInput,
  author: Person | undefined,
  context: StepContext,
): Next {
  const ready = heldAgain(state, author, context);
  return toldHeld(ready, onMessage(ready, input, author, context), input.user);
}

/** About a session that is not the thread's any more. */
function isStale({ phase }: ThreadState, { from }: ProcessInput): boolean {
  return from !== undefined && !('session' in phase && phase.session.id === from);
}

function onProcessInput(state: ThreadState, input: ProcessInput, context: StepContext): Next {
  switch (input.kind) {
    case 'taken-over':
      return andThen(takeOver(unlessRead(state, context.now)), (known) =>
        next(known, ...begins(known, () => true)),
      );
    case 'recalled':
      return isReading(state) ? onCarried(state, input) : onRecalled(state, input, context);
    case 'created':
      return onSession(state, input.gen, input.session, context);
    case 'create-failed':
      return onCreateFailed(state, input, context);
    case 'found':
      return onFound(state, input, context);
    case 'sent':
      return next(
        input.marks.reduce(
          (known, mark, at) => markSent(known, mark, input.ids[at] ?? '', context.now),
          state,
        ),
      );
    case 'send-failed':
      return onSendFailed(state, input, context);
    case 'looked':
      return onLooked(state, input, context);
    case 'interrupted':
      return onInterrupted(state);
    case 'interrupt-failed':
      return onInterruptFailed(state, input, context);
    case 'answers-sent':
      return onAnswersSent(state, input.ids);
    case 'answers-failed':
      return onAnswersFailed(state, input, context);
    case 'checked':
      return onChecked(state, input.status, context);
    case 'raised':
      return next(goOn(state, context));
    case 'raise-failed':
      return onRaiseFailed(state, input.failure, context);
    case 'session-lost':
      return next(lose(state, input.how));
    case 'archived':
      return onArchived(state, context);
    case 'files':
      return onFiles(state, input);
    case 'outputs':
      return onOutputs(state, input, context);
    case 'output-stored':
      return onOutputStored(state, input);
    case 'output-refused':
      return onOutputRefused(state, input);
    case 'archive-failed':
      return onArchiveFailed(state, input.failure, context);
    case 'events':
      return onEvents(state, input, context);
    case 'read-failed':
      return onReadFailed(state, input.failure, context);
    case 'posted':
      return andThen(withLostCard(state, onPosted(state, input.slot, input.posted), input.slot), (known) =>
        onStanding(known, input.slot, input.posted),
      );
    case 'begun':
      return onBegun(state, input);
    case 'not-begun':
      return onNotBegun(state, input);
    case 'approvers':
      return onApprovers(state, input);
    case 'copy-refused':
      return onCopyRefused(state, input.slot);
    case 'intend':
      return next(intend(state, input.slots, context.now));
    case 'output':
      return onOutput(state, input.turn, input.output);
    case 'stopped-in-slack':
      return onStoppedInSlack(state, context);
    case 'plainer':
      return next({ ...state, form: Math.min(PLAINEST, state.form + 1) });
    case 'unshowable':
      return onUnshowable(state, input.code, context);
    case 'reacted':
      return onReacted(state, input.ts, input.name);
    case 'status-shown':
      return next({ ...state, shownStatus: input.status });
    case 'settled':
      return onSettled(state, input);
  }
}

/** What has become possible. Each part changes the state so that it is not asked for twice. */
function advance(first: Next, context: StepContext): Next {
  const settled = { ...first, state: settleHold(settleChanges(first.state, context)) };
  const begun = andThen(
    andThen(settled, (state) => closeIfDue(state, context)),
    (state) => start(wakeResting(holdDay(state, context), context), context),
  );
  return andThen(
    andThen(
      andThen(
        andThen(begun, (state) => sendRaise(state, context)),
        (state) => sendInterrupt(state, context),
      ),
      (state) => andThen(sendAnswers(state, context), findApprovers),
    ),
    (state) => sendRead(mountTheRest(state), context),
  );
}

/** Nothing is sent to a session of which it is not known what it was sent (I7). */
function sendRead(state: ThreadState, context: StepContext): Next {
  const { phase, missed } = state;
  const waits = state.sends.some((send) => send.status === 'waiting');
  if (!missed || phase.is !== 'working' || phase.stop || !waits) return sendWaiting(state, context);
  const waiting = unread(state, context);
  if (waiting !== 'give-up') return next(waiting);
  return next(refuseSend(state, { kind: 'retry', code: 'not_attached' }, context));
}

/** A session that came to rest while words wait goes to work on them. */
function wakeResting(state: ThreadState, context: StepContext): ThreadState {
  const first = state.sends.find((send) => send.status === 'waiting');
  if (state.phase.is !== 'resting' || !first || heldBy(state)) return state;
  const { session } = state.phase;
  const turned = beginTurn(state, first.mark.user, first.mark.ts, context.now);
  return { ...turned, phase: { is: 'working', session, run: false } };
}

// ------------------------------------------------------------------------------------------- a send that failed

function onSendFailed(
  state: ThreadState,
  input: Extract<ProcessInput, { kind: 'send-failed' }>,
  context: StepContext,
): Next {
  const { phase } = state;
  const { marks, failure, at } = input;
  const held = heldBy(state) !== undefined;
  if (phase.is !== 'working' && phase.is !== 'asking' && !(held && phase.is === 'resting'))
    return next(state);
  const ours = isOneOf(marks);
  const underWay = state.sends.some((send) => ours(send) && send.status === 'sending');
  if (!underWay) return next(state);
  if (failure.kind === 'unknown') {
    const doubt = changeSends(state, ours, (send) => ({ ...send, status: 'doubt', at }));
    return next(doubt, { do: 'look', session: phase.session.id });
  }
  if ('stop' in phase && phase.stop) return next(stopUnsent(state, ours, context));
  const back = changeSends(state, ours, (send) => unsent(send));
  // What a budget holds meanwhile waits with the rest.
  if (held && failure.kind !== 'gone') return next(back);
  if (failure.kind === 'retry') return next(retrySend(back, failure, context));
  // It is ahead of the stream: what the run still wrote, and how it ended, is read before anything is concluded.
  const others = state.sends.some((send) => send.status === 'sent' && !ours(send));
  const runs = phase.is === 'working' && (phase.run || others);
  const isEnd = failure.kind === 'gone' || failure.code === 'budget_reached';
  // Where the budget is not used up as far as is known, this may be older than its raise.
  const isOld = failure.code === 'budget_reached' && !isUsedUp(state);
  const ahead = (runs || isOld) && isEnd && state.retry?.code !== failure.code;
  if (failure.kind === 'gone' && !ahead) return next(lose(back, 'archived'));
  if (failure.code === 'requires_action' || ahead) {
    return next(retrySend(back, failure, context), { do: 'relist', session: phase.session.id });
  }
  // Where one of its files is what the service does not like, the message goes without them.
  const bare =
    failure.kind === 'refused' && failure.code !== 'budget_reached' ? withoutShown(back) : undefined;
  return next(bare ?? refuseSend(back, failure, context));
}

function retrySend(state: ThreadState, failure: Failure, context: StepContext): ThreadState {
  const since = state.retry?.since ?? context.now;
  if (context.now - since > GIVE_UP_MS) return refuseSend(state, failure, context);
  const tries = (state.retry?.tries ?? 0) + 1;
  const due = context.now + retryDelay(tries, failure.retryAfterMs);
  return withoutRedirect({ ...state, retry: { tries, due, since, code: failure.code } });
}

/** The service will not take these words: the turn says so, and they are kept as context. */
function refuseSend(state: ThreadState, failure: Failure, context: StepContext): ThreadState {
  const { phase } = state;
  if (phase.is === 'working' && failure.code === 'budget_reached') {
    const ended = voidAsks(endOpenTurn(state, budgetEnd(context)));
    return overBudget(ended, phase.session, context);
  }
  const { state: kept, count } = shelve(state, (send) => send.status === 'waiting');
  const { retry: _, ...calm } = kept;
  // Another run goes on, or is to come for what was sent: its turn cannot say what became of these words.
  const busy = phase.is !== 'working' || phase.run || kept.sends.length > 0;
  if (busy) return addNote(calm, { is: 'unanswered', by: '', count });
  const final = failure.kind !== 'retry';
  return rest(endOpenTurn(calm, { is: 'unreachable', code: failure.code, final }), phase.session, context);
}

// ------------------------------------------------------------------------------------------- reads and takeover

/** A read that cannot succeed: the session is gone, or nobody may read it. */
function onReadFailed(state: ThreadState, failure: Failure, context: StepContext): Next {
  const { phase } = state;
  if (failure.kind === 'gone') return next(lose(state, 'archived'));
  if (phase.is === 'starting')
    return onCreateFailed(state, { gen: state.gen, failure: { ...failure, kind: 'fatal' } }, context);
  if (phase.is !== 'working' && phase.is !== 'asking') return next(state);
  const { state: kept } = shelve(state, () => true);
  const ended = endOpenTurn(kept, { is: 'unreachable', code: failure.code, final: true });
  return next({ ...rest(ended, phase.session, context), missed: true });
}

/** A new holder: what was under way when the last one went is in doubt. */
function takeOver(state: ThreadState): Next {
  const { phase } = state;
  const doubtful: ThreadState = doubtPosts(
    changeSends(
      raiseAgain(findAgain(state)),
      (send) => send.status === 'sending',
      (send) => ({ ...send, status: 'doubt' }),
    ),
  );
  if (phase.is === 'starting') return recoverStart(doubtful);
  if (phase.is === 'closing') return next({ ...doubtful, phase: { ...phase, step: 'due' } });
  if (phase.is !== 'working' && phase.is !== 'asking') return next(doubtful, ...readAgain(doubtful));
  const interrupting = phase.stop?.step === 'sending';
  const live = interrupting ? withStep(doubtful, 'doubt') : againRedirecting(doubtful);
  const looks =
    interrupting || live.sends.some((send) => send.status === 'doubt') || answersUnderWay(live).length > 0;
  return looks ? next(live, { do: 'look', session: phase.session.id }) : next(live);
}
