/**
 * From a delivery to a thread's inbox. A delivery is acknowledged only after its claim and content are one
 * durable write (I1); what means nothing claims nothing.
 */
import { threadKey, type Incoming, type ThreadInput, type ThreadRef } from '../core/event.ts';
import { decodeState } from '../core/record.ts';
import type { ToHome } from '../core/route-beside.ts';
import { route, type Route, type ToThread } from '../core/route.ts';
import { answerForm, denyForm, handoverForm } from '../render/forms.ts';
import type { Settings } from '../core/settings.ts';
import { PortError } from '../errors.ts';
import { around } from '../lib/failpoint.ts';
import type {
  Admitted,
  BotIdentity,
  Clock,
  Content,
  Log,
  Meter,
  Quota,
  Reply,
  SlackIntake,
  SlackPort,
  StorePort,
} from '../ports.ts';
import { tellLine } from '../render/words.ts';
import type { Awaited } from './awaited.ts';
import { runCommand, unknownWords, type AdmitTo, type CommandDeps, type ToPerson } from './commands.ts';
import { showHome, type HomeDeps } from './home.ts';
import { showDetails, takeFeedback, takeWords, type OverDeps } from './over.ts';
import { openAskForm, takeRequest, takeUp, type Admit, type RequestDeps } from './requests.ts';
import { textContent } from './tell.ts';
import { aboutSettings, type SettingsFormDeps } from './settings-forms.ts';
import { settingsAt } from './tuning.ts';

export interface IntakeDeps extends CommandDeps, OverDeps, HomeDeps, RequestDeps, SettingsFormDeps {
  readonly store: StorePort;
  readonly agent: CommandDeps['agent'] & OverDeps['agent'];
  readonly slack: Pick<SlackPort, 'ephemeral' | 'rootOf' | 'updateForm'> &
    HomeDeps['slack'] &
    RequestDeps['slack'];
  readonly settings: Settings;
  readonly log: Log;
  readonly clock: Pick<Clock, 'monotonic' | 'setTimer' | 'now'>;
  readonly meter: Meter;
  /** Hears of replies in threads that are not known. */
  readonly awaited?: Awaited;
  /** Whoever holds the thread is told, or it is acquired here. */
  readonly wake: (thread: ThreadRef) => void;
}

/** How long a command's claim is kept, ms: Slack redelivers within minutes. */
const CLAIM_MS = 3_600_000;
const MINUTE_MS = 60_000;
const NOTHING: Reply = Object.freeze({});

/** What a button is answered with that stands in a list, which does not change by itself. */
const SAID: Readonly<Partial<Record<string, string>>> = {
  'heddle.close': 'Closing that session; its thread says when it is done.',
  'heddle.resume': 'Opening that session again; its thread says when it is done.',
  'heddle.fork': 'Forking that conversation; a link follows in its thread.',
};

const NOT_TAKEN = {
  full: 'Too many messages wait in this thread already; yours was not taken. Please wait for the answer, or write `stop`.',
  flooded:
    'You have written more messages here than I take from one person in a minute; the last ones were not taken. What came before goes on. Please wait a minute and write again.',
} as const;

export function createIntake(deps: IntakeDeps): SlackIntake {
  const { store, slack, settings, log, meter, clock } = deps;

  async function admit(to: ToThread): Promise<Admitted> {
    const { thread, claims, input, when } = to;
    const admission = { thread, claims, input, when, ...quotaOf(input, settings) };
    const began = clock.monotonic();
    const admitted = await around('store.admit', () => store.admit(admission));
    meter.admission((clock.monotonic() - began) / 1000);
    if (admitted.outcome === 'admitted') deps.wake(thread);
    return admitted;
  }

  async function judge(incoming: Incoming, bot: BotIdentity): Promise<Reply> {
    const settled = await aboutSettings(deps, incoming, admitFollowed);
    if (settled) return settled;
    const { allow, replyMode } = await settingsAt(deps, incoming);
    const to = route(incoming, { ...bot, allowBots: allow.bots, replyMode });
    switch (to.to) {
      case 'ignore':
        meter.event(incoming.kind, 'ignored');
        return NOTHING;
      case 'unknown':
        return { content: unknownAnswer(incoming, to.what) };
      case 'thread':
        return toThread(incoming, to);
      case 'form':
        return openCardForm(deps, to);
      case 'handover-form':
        return openHandoverForm(deps, to);
      case 'home':
        return toHome(to);
      case 'details':
        return showDetails(deps, await settingsAt(deps, to.ref.thread), to);
      case 'feedback':
        return takeFeedback(deps, await settingsAt(deps, to.ref.thread), to);
      case 'feedback-words':
        return takeWords(deps, await settingsAt(deps, to.ref.thread), to);
      case 'ask-form':
        return openAskForm(to);
      case 'request':
        return takeRequest(deps, await settingsAt(deps, { ...to, channel: to.channel ?? '' }), to, admitAny);
      case 'take-up':
        await takeUp(deps, await settingsAt(deps, to), to, admitAny);
        return NOTHING;
      case 'thread-of':
        return toThreadOf(to);
      case 'person':
        return commandOf(to);
    }
  }

  async function toThread(incoming: Incoming, to: ToThread): Promise<Reply> {
    const admitted = await admit(to);
    if (admitted.outcome === 'duplicate' && to.otherwise) return toThread(incoming, to.otherwise);
    if (admitted.outcome === 'unfollowed' && incoming.kind === 'message')
      deps.awaited?.(to.thread, () => admit(to));
    return answerTo(incoming, to, admitted);
  }

  /** What was not taken is said once a minute: whoever floods is not flooded in turn. */
  async function notTaken(incoming: Incoming, { thread }: ToThread, why: 'full' | 'flooded'): Promise<Reply> {
    const { team, channel, user } = incoming;
    const place = why === 'full' ? threadKey(thread) : `${team}:${channel}`;
    if (!(await store.once(`${why}:${place}:${user}`, MINUTE_MS))) return NOTHING;
    return { content: textContent(NOT_TAKEN[why]) };
  }

  function answerTo(incoming: Incoming, to: ToThread, admitted: Admitted): Reply | Promise<Reply> {
    const { outcome } = admitted;
    const refused = outcome === 'full' || outcome === 'flooded';
    meter.event(incoming.kind, outcome === 'unfollowed' ? 'ignored' : refused ? 'refused' : outcome);
    if (refused) return notTaken(incoming, to, outcome);
    const said = incoming.kind === 'action' ? SAID[incoming.actionId] : undefined;
    if (said !== undefined && outcome === 'admitted') return { content: textContent(said) };
    const clicked = incoming.kind === 'action' || incoming.kind === 'shortcut' || incoming.kind === 'form';
    if (outcome !== 'unfollowed' || !clicked) return NOTHING;
    const gone =
      to.input.kind === 'answer' || to.input.kind === 'reply'
        ? ({ is: 'card-over' } as const)
        : to.input.kind === 'raise'
          ? ({ is: 'raise-over' } as const)
          : to.input.kind === 'redo'
            ? ({ is: 'redo-over' } as const)
            : to.input.kind === 'command'
              ? ({ is: 'nothing-open' } as const)
              : ({ is: 'nothing-running' } as const);
    return { content: textContent(tellLine(gone, undefined)) };
  }

  /** A reaction names a message, not its thread: a root of ours, a message of ours, or what Slack says. */
  async function toThreadOf(to: Extract<Route, { to: 'thread-of' }>): Promise<Reply> {
    const { team, channel, ts, input, claims } = to;
    const own = await store.threadOf(team, channel, ts);
    const direct: ThreadRef = own ?? { team, channel, ts };
    const admitted = await admit({ to: 'thread', thread: direct, when: 'followed', input, claims });
    if (admitted.outcome !== 'unfollowed' || own || input.kind === 'withdraw') return NOTHING;
    const root = await slack.rootOf(team, channel, ts).catch((error: unknown) => {
      log.info({ err: error }, 'the thread of a reaction was not found');
      return undefined;
    });
    if (root === undefined || root === ts) return NOTHING;
    await admit({ to: 'thread', thread: { team, channel, ts: root }, when: 'followed', input, claims });
    return NOTHING;
  }

  const admitFollowed: AdmitTo = (thread, input) =>
    admit({ to: 'thread', thread, when: 'followed', input, claims: [] });

  const admitAny: Admit = (thread, input, claims) =>
    admit({ to: 'thread', thread, when: 'any', input, claims });

  /** Nobody is kept waiting for it: Slack shows what was published before until it is there. */
  function toHome(to: ToHome): Reply {
    const shown = settingsAt(deps, { ...to, channel: '' }).then((here) => showHome(deps, here, to));
    shown.catch((error: unknown) => log.warn({ err: error }, 'App Home was not published'));
    return NOTHING;
  }

  async function commandOf(to: ToPerson): Promise<Reply> {
    const first = to.claims.length === 0 || (await claimed(to.claims));
    if (!first) return NOTHING;
    return { content: await runCommand(deps, await settingsAt(deps, to), to, admitFollowed) };
  }

  /** True where none of the claims was known. */
  async function claimed(claims: readonly string[]): Promise<boolean> {
    const fresh = await Promise.all(claims.map((claim) => store.once(`command:${claim}`, CLAIM_MS)));
    return fresh.every(Boolean);
  }

  return {
    async event(incoming, bot) {
      const reply = await judge(incoming, bot);
      if (!reply.content) return;
      const { team, channel, user } = incoming;
      const threadTs = incoming.kind === 'message' ? incoming.threadTs : undefined;
      const where = threadTs === undefined ? {} : { threadTs };
      slack
        .ephemeral({ team, channel, user, priority: 'first', content: reply.content, ...where })
        .catch((error: unknown) => log.info({ err: error }, 'person could not be told'));
    },
    async ask(incoming, bot) {
      try {
        return await judge(incoming, bot);
      } catch (error) {
        log.warn({ err: error, kind: incoming.kind }, 'not taken');
        meter.event(incoming.kind, 'failed');
        throw error instanceof PortError
          ? error
          : new PortError({ kind: 'retry', code: 'internal', cause: error });
      }
    },
  };
}

/** The form of a card, where the card is open: who may answer is judged when it comes back. */
async function openCardForm(
  { store }: IntakeDeps,
  { form, thread, token, in: channel }: Extract<Route, { to: 'form' }>,
): Promise<Reply> {
  const state = decodeState(await store.peek(thread));
  const ask = state?.asks.find((each) => each.token === token);
  if (!state || ask?.step.is !== 'open')
    return { content: textContent(tellLine({ is: 'card-over' }, state)) };
  return { form: form === 'deny_reason' ? denyForm(state, ask, channel) : answerForm(state, ask, channel) };
}

async function openHandoverForm(
  { store }: IntakeDeps,
  { thread, whom }: Extract<Route, { to: 'handover-form' }>,
): Promise<Reply> {
  const state = decodeState(await store.peek(thread));
  return state
    ? { form: handoverForm(thread, state.title, whom) }
    : { content: textContent(tellLine({ is: 'nothing-open' }, undefined)) };
}

/** Only what people say to the agent counts: a stop is never one too many. */
function quotaOf(input: ThreadInput, { messagesPerMinute: limit }: Settings): { quota?: Quota } {
  const isFork = input.kind === 'command' && input.name === 'fork';
  const counts = input.kind === 'message' || input.kind === 'edit' || input.kind === 'request' || isFork;
  return counts ? { quota: { member: input.user, limit, windowMs: MINUTE_MS } } : {};
}

function unknownAnswer(incoming: Incoming, what: string): Content {
  if (incoming.kind === 'command') return unknownWords(what, incoming.channel);
  return textContent('This is not in this version.');
}
