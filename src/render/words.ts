/**
 * What people read that the agent did not write: how a turn ended, notes, answers to commands. Each says what
 * happened, what was kept and what they can do. Slack mrkdwn, escaped, ours alone.
 */
import type { SessionErrorFact } from '../core/agent-event.ts';
import { threadKey, type ThreadRef } from '../core/event.ts';
import { isResumed } from '../core/resume.ts';
import type { NoteText, Tell, ThreadState } from '../core/state.ts';
import type { End, Intro } from '../core/turn.ts';
import { budgetLine, isBudgetTell } from './budget-words.ts';
import { help, placeOf } from './command-words.ts';
import { filesRefused, outputsRefused } from './file-words.ts';
import { careLine, forkedIntro, handedLine, isCareTell, resumedLine } from './session-words.ts';
import { deciders, duration, moment } from './phrases.ts';
import { meanwhileLine, tunedLine, untunedLine } from './setting-words.ts';
import { escapeSlack, oneLine } from './text.ts';

const safe = (text: string, max = 200): string => escapeSlack(oneLine(text, max));
const person = (user: string): string => (user ? `<@${user}>` : 'somebody');
const plural = (count: number, one: string, many = `${one}s`): string =>
  `${count} ${count === 1 ? one : many}`;

export { duration };

/** Names that come from outside are looked up among our own only, not among what every object has. */
function known<T>(table: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(table, name) ? table[name] : undefined;
}

/** What a `session.error` means, and what to do (platform.claude.com, "Session events"). */
const TROUBLES: Readonly<Record<string, (subject: string) => string>> = {
  model_overloaded_error: () => 'The model is overloaded at the moment.',
  model_rate_limited_error: () => "The organization's rate limit for the model is reached.",
  model_request_failed_error: () => 'The request to the model failed.',
  mcp_connection_failed_error: (subject) =>
    `The MCP server ${subject} could not be reached. Check that it is running.`,
  mcp_authentication_failed_error: (subject) =>
    `The MCP server ${subject} refused the login. Its credential in the vault has to be renewed.`,
  billing_error: () =>
    'Anthropic refused the request for billing reasons. Whoever runs Heddle has to look at the account.',
  credential_host_unreachable_error: () =>
    'A credential may not be used with the host it was needed for. Check the hosts that it allows.',
  tool_use_limit_reached_error: () =>
    'The agent used as many tools as one turn allows. Ask for the rest in a new reply.',
  compaction_limit_reached_error: () =>
    'The conversation has grown too long to be shortened further. Start again in a new thread.',
  repository_authentication_error: (subject) =>
    `The repository ${subject} refused the login. Renew its token.`,
  repository_forbidden_error: (subject) => `The repository ${subject} may not be read with this token.`,
  repository_not_found_error: (subject) => `The repository ${subject} was not found. Check its address.`,
  repository_checkout_error: (subject) => `The branch or commit of ${subject} could not be checked out.`,
  repository_clone_error: (subject) => `The repository ${subject} could not be cloned.`,
};

export function trouble(error: SessionErrorFact): string {
  const explain = known(TROUBLES, error.type);
  const subject = error.subject ? `\`${safe(error.subject, 80)}\`` : 'that it needs';
  if (explain) return explain(subject);
  return `The session reported an error (${safe(error.type, 60)}).`;
}

/** A trouble that the service is still dealing with by itself. */
export function passingTrouble(error: SessionErrorFact): string {
  if (error.type.startsWith('repository_') || error.type.startsWith('mcp_')) return trouble(error);
  return `${trouble(error)} Heddle is trying again.`;
}

const goes = (count: number): string => (count === 1 ? 'it goes' : 'they go');

function unanswered(count: number): string {
  return count > 0
    ? ` ${plural(count, 'message')} went unanswered; ${goes(count)} along with your next one.`
    : '';
}

const REFUSALS: Readonly<Record<string, string>> = {
  cyber: 'it touches on attacks on computers',
  bio: 'it touches on biological risks',
  frontier_llm: 'it touches on building large models',
  reasoning_extraction: "it asks for the model's hidden reasoning",
  general_harms: 'it could do harm',
};

function refused(end: Extract<End, { is: 'refused' }>): string {
  const why = known(REFUSALS, end.category ?? '');
  const said = end.explanation ? ` ${safe(end.explanation, 400)}` : '';
  return `:no_entry_sign: Heddle declined this request${why ? `: ${why}` : ''}.${said} The session goes on; ask in another way or for something else.`;
}

const UNREACHABLE: Readonly<Record<string, string>> = {
  message_not_taken: 'The session did not take the message up.',
  session_lost: 'Several sessions in a row ended before they took the message.',
  billing_error: 'Anthropic refuses requests for billing reasons.',
  authentication_error: "Anthropic refused Heddle's API key.",
  permission_error: "Heddle's API key may not do this.",
  not_found_error: 'The agent or its environment does not exist any more.',
  no_such_agent: 'The settings name an agent that nobody here knows; see `/heddle settings`.',
  vault_unusable:
    'A vault that the setting “Vaults” names does not exist or is archived; see `/heddle settings`.',
  memory_store_unusable:
    'A memory store that the setting “Memory stores” names does not exist or is archived; see `/heddle settings`.',
  repository_unusable:
    'A repository that the setting “Repositories” names cannot be mounted; see `/heddle settings`.',
  trial_unusable:
    'The version that the setting “Version on trial” names does not exist; see `/heddle settings`.',
  no_such_environment: 'The settings name an environment that nobody here knows; see `/heddle settings`.',
};

function unreachable(end: Extract<End, { is: 'unreachable' }>): string {
  const what =
    known(UNREACHABLE, end.code) ?? `Claude Managed Agents could not be reached (${safe(end.code, 60)}).`;
  const act = end.final
    ? 'Whoever runs Heddle has to look at it.'
    : 'Heddle gave up after trying for a while; reply to try again.';
  return `:warning: ${what} ${act} Your words are kept and go along with your next message.`;
}

const LOST: Readonly<Record<Extract<End, { is: 'lost' }>['how'], string>> = {
  archived: 'This session was archived elsewhere.',
  deleted: 'This session was deleted elsewhere.',
  terminated: 'This session ended with an error that it cannot recover from.',
};

/** The line below the last text of a turn; undefined where the answer speaks for itself. */
export function endLine(end: End): string | undefined {
  switch (end.is) {
    case 'answered':
      return undefined;
    case 'silent':
      return 'Heddle finished without writing anything. Reply if you expected an answer.';
    case 'stopped':
      return `:octagonal_sign: Stopped by ${person(end.by)}. What was written stays; reply to go on.${unanswered(end.unanswered)}`;
    case 'withdrawn':
      return `:wastebasket: ${person(end.by)} took the message back before it was sent, so nothing was done. Write again whenever you like.`;
    case 'interrupted':
      return `:arrow_heading_down: Interrupted by ${person(end.by)}; the answer goes on below.`;
    case 'refused':
      return refused(end);
    case 'failed': {
      const what = end.error ? trouble(end.error) : 'The service kept failing.';
      return `:warning: This turn failed for good. ${what} The session is kept; reply to try again.${unanswered(end.unanswered)}`;
    }
    case 'budget':
      if (end.held)
        return ':moneybag: The budget of this session is used up. What was done stands; see below.';
      return ':moneybag: This session has reached its budget and was closed. Reply to go on in a new session that knows this conversation.';
    case 'lost': {
      const what = end.error ? ` ${trouble(end.error)}` : '';
      return `:warning: ${LOST[end.how]}${what} What was written stays; reply to go on in a new session that knows this conversation.`;
    }
    case 'unreachable':
      return unreachable(end);
  }
}

const WHY_NEW: Readonly<Record<string, string>> = {
  idle: 'the earlier one was closed after a quiet time',
  asked: 'the earlier one was closed',
  age: 'the earlier one had reached the age at which its sandbox is removed; files in it are gone',
  budget: 'the earlier one had reached its budget',
  archived: 'the earlier one was archived elsewhere',
  deleted: 'the earlier one was deleted elsewhere',
  terminated: 'the earlier one ended with an error',
  failed: 'the last one could not be started',
};

/** That the session is a new one, and what it remembers. */
export function introLine(intro: Intro): string {
  const { why, messages, leftOut, missing } = intro;
  const memory = missing
    ? 'The earlier conversation could not be read: it remembers nothing of it.'
    : messages === 0
      ? 'Nothing had been said before.'
      : `It was given ${messages === 1 && leftOut === 0 ? 'the one earlier message' : `the last ${plural(messages, 'message')}`} of this thread${leftOut > 0 ? `; ${plural(leftOut, 'older one')} did not fit` : ''}.`;
  if (why === 'joined') return `:thread: ${memory}`;
  if (why === 'forked') return forkedIntro(intro);
  return `:thread: This is a new session: ${known(WHY_NEW, why) ?? 'the earlier one ended'}. ${memory}`;
}

export function noteLine(
  note: Exclude<NoteText, { readonly is: 'finished' | 'budget' | 'beginning' | 'forked' }>,
): string {
  switch (note.is) {
    case 'help':
      return help('channel');
    case 'closed': {
      const how = note.by
        ? `was closed by ${person(note.by)}`
        : `was closed after ${duration(note.idleMs)} without a message`;
      return `:zzz: This session ${how}. Reply to go on: a new session will know what was said here.`;
    }
    case 'resumed':
      return resumedLine(note);
    case 'handed':
      return handedLine(note);
    case 'files-refused':
      return filesRefused(note);
    case 'outputs-refused':
      return outputsRefused(note);
    case 'output':
      return safe(note.name);
    case 'cut':
      return `:scissors: That message has ${note.chars} characters; I was given the first ${note.limit}. Send the rest in another reply.`;
    case 'unanswered':
      return `:information_source: ${plural(note.count, 'message')} went unanswered${note.by ? ` because ${person(note.by)} stopped` : ''}; ${goes(note.count)} along with the next one.`;
    case 'crowded': {
      const whose =
        note.scope === 'person'
          ? `${person(note.by)}, you have ${note.limit} threads at work, as many as one person may have at once`
          : `This workspace has ${note.limit} threads at work, as many as it may have at once`;
      return `:hourglass: ${whose}, so this was not begun. Your words are kept: wait until one is done, or stop one (\`/heddle sessions\`), and mention me here again.`;
    }
    case 'muted':
      return note.on
        ? `:mute: ${person(note.by)} muted me in this thread: from now on only messages that mention me count. What else is said goes along as context. \`@Heddle unmute\` undoes it.`
        : `:speaker: ${person(note.by)} unmuted me in this thread: replies count again, without a mention.`;
    case 'tuned':
      return tunedLine(note.by, note.change);
    case 'card-lost':
      return cardLost(note);
    case 'shared':
      return ':globe_with_meridians: This channel is shared: people of another organisation read what is written here, also by me.';
    case 'bots':
      return `:robot_face: ${note.limit} turns in a row here were begun by other bots, so I take nothing more from bots until a person writes to me in this thread.`;
    case 'parked':
      return `:warning: ${note.by ? `A message of ${person(note.by)}` : 'Something'} here could not be handled: each try ended the program. It was set aside, and whoever runs Heddle can look at it. The rest goes on; write it in other words to try again.`;
  }
}

function cardLost({ name, replies, expiresAt }: Extract<NoteText, { is: 'card-lost' }>): string {
  const gone =
    ':warning: It was deleted here more than once, or Slack did not take it, so I do not post it again:';
  const until = expiresAt > 0 ? ` Left alone it counts as timed out at ${moment(expiresAt)}.` : '';
  return replies
    ? `${gone} my question. Reply here to answer it, or write \`stop\`.${until}`
    : `${gone} the card about \`${safe(name.replace(/`/g, ''), 60)}\`. Nobody can decide it any more, and it is not run: write \`stop\` to go on without it.${until}`;
}

const ROLES: Readonly<Record<string, string>> = {
  guest: 'guests of this workspace',
  outsider: 'people of other organisations',
  bot: 'other bots',
};

const ANSWER = 'Heddle waits for somebody to answer its question.';

const PHASES: Readonly<Record<ThreadState['phase']['is'], string>> = {
  none: 'No session yet.',
  starting: 'A session is being started.',
  working: 'Heddle is working.',
  asking: 'Heddle waits for somebody to approve or deny a tool.',
  resting: 'The session is open and rests; reply to go on.',
  closing: 'The session is being closed.',
  closed: 'The session is closed; reply to start a new one that knows this conversation.',
  failed: 'There is no session: the last try failed. Reply to try again.',
};

function phaseLine(state: ThreadState): string {
  if (isResumed(state)) return RESUMED;
  const open = state.asks.filter(({ step }) => step.is === 'open');
  const isAnswer = open.length > 0 && open.every(({ question }) => question !== undefined);
  return state.phase.is === 'asking' && isAnswer ? ANSWER : PHASES[state.phase.is];
}

const RESUMED = 'The session is open again; the next message goes on.';

/** `status`, for people. */
export function statusLine(state: ThreadState | undefined): string {
  if (!state) return `*Status*: ${PHASES.none}`;
  const { phase, sends } = state;
  // What is on its way does not wait: the saved state learns of its arrival a little later.
  const waiting = sends.filter((send) => send.status === 'waiting' || send.status === 'doubt').length;
  const session = 'session' in phase ? `\nSession \`${phase.session.id}\`, generation ${state.gen}.` : '';
  const muted = state.muted === undefined ? '' : ' It is muted here: only mentions count.';
  return `*Status*: ${phaseLine(state)}${muted}${waiting > 0 ? ` ${plural(waiting, 'message waits', 'messages wait')}.` : ''}${session}`;
}

/** What only the person who did something reads. */
export function tellLine(
  tell: Exclude<Tell, { is: 'sessions' | 'cost' | 'agents' | 'settings' }>,
  state: ThreadState | undefined,
): string {
  if (isCareTell(tell)) return careLine(tell);
  if (isBudgetTell(tell)) return budgetLine(tell);
  switch (tell.is) {
    case 'refused':
      return `Sorry, ${known(ROLES, tell.role) ?? 'you'} cannot use Heddle here. Ask a member of this workspace to ask for you, or an admin to allow it.`;
    case 'unverified':
      return 'I could not find out who you are (Slack did not answer), so I did nothing. Nothing was sent; please try again in a minute.';
    case 'off':
      return 'Heddle is switched off here, so your message was not taken. An admin of this workspace can switch it on with `/heddle settings`.';
    case 'shared':
      return 'People of another organisation read this channel, so I do not work here and your message was not taken. An admin of this workspace can allow it for this channel with `/heddle settings`.';
    case 'left-out':
      return 'Something went wrong inside Heddle, and that was not taken. The thread and its session are as they were; please try again. If it happens again, tell whoever runs Heddle.';
    case 'nothing-running':
      return 'Nothing is running in this thread.';
    case 'nothing-open':
      return 'There is no open session in this thread.';
    case 'still-working':
      return 'Heddle is still working in this thread. Write `stop` first, then close it.';
    case 'closing':
      return 'This session is already being closed.';
    case 'not-yours':
      return `Only ${person(tell.owner)}, ${state?.owner === tell.owner ? 'whose thread this is' : 'who asked for this'}, can decide it. Nothing was changed.`;
    case 'not-approver':
      return `Only ${deciders(tell)} may decide this. Nothing was changed.`;
    case 'own-request':
      return 'Two other people must approve this: you asked for it. Nothing was changed.';
    case 'voted':
      return 'Your approval counts already; another person’s is still missing.';
    case 'card-expired':
      return `This expired: nobody had answered within ${duration(tell.spanMs)}. It was not run, and your answer was not counted. Ask again if you still want it.`;
    case 'card-over':
      return 'This question is over: the run was stopped or the session ended. Nothing was run.';
    case 'card-answered':
      return tell.by ? `${person(tell.by)} has already answered this.` : 'This has already been answered.';
    case 'muted-already':
      return tell.on ? 'I am muted in this thread already.' : 'I am not muted in this thread.';
    case 'direct-mute':
      return 'What you write here is always for me. Put `aside:` in front of what is not.';
    case 'edited':
      return 'You changed a message that I am done with, so I have not read the change. Shall I?';
    case 'redo-over':
      return 'That changed message is not there any more: it was sent, or the session was closed. Nothing was done; write it as a new reply.';
    case 'untuned':
      return untunedLine(tell.wrong);
    case 'tuned-meanwhile':
      return meanwhileLine(tell.keys);
    case 'tuned-already':
      return 'That is set so in this thread already. Nothing was changed.';
    case 'help':
      return help(state ? placeOf(state) : 'channel');
    case 'status':
      return statusLine(state);
    case 'later':
      return `\`${safe(tell.what, 60)}\` is not in this version.`;
  }
}

/** Why nothing stands in somebody's thread. */
export function unshowableLine(channel: string, code: string): string {
  if (code === 'thread_not_found') {
    return `You asked me something in <#${channel}>, and your message is not there any more. I stopped, so nothing more is spent, and showed nothing.`;
  }
  const why =
    code === 'is_archived'
      ? 'it is archived'
      : code === 'not_in_channel' || code === 'channel_not_found'
        ? 'I am not a member of it'
        : 'Slack does not allow me to';
  const cure = why.includes('member') ? ' Invite me there with `/invite @Heddle` and mention me again.' : '';
  return `You asked me something in <#${channel}>, and I cannot write there: ${why}. I stopped, so nothing more is spent.${cure}`;
}

/** Below a list that was cut: how many older ones are not in it. */
export function moreLine(count: number, command: string): string {
  const where = command === 'sessions' ? '' : ' in this channel';
  const act =
    command === 'stop' || command === 'close'
      ? ` Mention me with \`${command}\` in the thread that you mean.`
      : '';
  return `…and ${plural(count, 'older thread')}${where}.${act}`;
}

/** Calls the one who asked: the turn took long, and is over. */
export function finishedLine(
  { thread: { channel, ts: root } }: ThreadState,
  { by, how, ms, ts }: Extract<NoteText, { readonly is: 'finished' }>,
): string {
  const link = (label: string): string =>
    ts === undefined
      ? label
      : `<https://slack.com/archives/${channel}/p${ts.replace('.', '')}?thread_ts=${root}&cid=${channel}|${label}>`;
  const whom = by ? `<@${by}>, ` : '';
  const what = how === 'answered' ? `${link('the answer')} is there` : `${link('this')} is over`;
  return `:bell: ${whom}${what}, after ${duration(ms)}.`;
}

/** Opens the thread in Slack's own client, at its beginning or at another message `ts` of it. */
export function threadLink({ channel, ts }: ThreadRef, label: string, root = ts): string {
  return `<https://slack.com/archives/${channel}/p${ts.replace('.', '')}?thread_ts=${root}&cid=${channel}|${label}>`;
}

/** One line of `sessions`. */
export function sessionLine(state: ThreadState, at: number): string {
  const { channel } = state.thread;
  const title = state.title ? `*${safe(state.title, 60)}*` : '*Untitled*';
  const day = new Date(at).toISOString().slice(0, 16).replace('T', ' ');
  const when = `<!date^${Math.floor(at / 1000)}^{date_short_pretty} {time}|${day} UTC>`;
  const link = threadLink(state.thread, 'Open the thread');
  return `• ${title} in <#${channel}>, ${when}: ${phaseLine(state)} ${link}`;
}

/** The value of a button that names its thread. */
export function stopValue(state: ThreadState): string {
  return threadKey(state.thread);
}
