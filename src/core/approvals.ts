/**
 * Who may let a tool run, and until when (I9). The rule is fixed when the card is made: what is set later does not
 * open a card that is shown already.
 */
import type { AnswerInput, Person } from './event.ts';
import { raiserGroups } from './hold.ts';
import { mayTalk } from './policy.ts';
import type { Settings } from './settings.ts';
import type { Ask, AskRule, StandingLeave, Tell, ThreadState } from './state.ts';
import type { Turn } from './turn.ts';

/** What stands for whoever asked for the turn. */
export const REQUESTER = 'requester';

/**
 * The rule of a new card. Whoever's words went into the turn so far has asked for it too: where two must approve, they
 * would otherwise approve what they brought about.
 */
export function ruleFor(
  state: ThreadState,
  turn: Pick<Turn, 'no' | 'user' | 'asked'>,
  settings: Settings,
  now: number,
): AskRule {
  const { approvers, twoPersons, expiresMs } = settings.approval;
  const { user: requester } = turn;
  const steered = (state.prompts ?? []).filter((prompt) => prompt.turn === turn.no).map(({ user }) => user);
  const asked = [...new Set([...(turn.asked ?? []), ...steered])].filter((user) => user !== requester);
  return {
    requester,
    ...(asked.length > 0 ? { asked } : {}),
    approvers,
    twoPersons,
    gen: state.gen,
    expiresAt: expiresMs === 0 ? 0 : now + expiresMs,
    spanMs: expiresMs,
  };
}

/** The rule of a card; one that an earlier version made was for whoever asked, without end. */
export function ruleOf(state: ThreadState, ask: Ask): AskRule {
  const requester = state.turns.find(({ no }) => no === ask.turn)?.user ?? '';
  return (
    ask.rule ?? {
      requester,
      approvers: [REQUESTER],
      twoPersons: false,
      gen: state.gen,
      expiresAt: 0,
      spanMs: 0,
    }
  );
}

/** Whether anybody at all could approve: otherwise asking would only keep the agent waiting. */
export function isApprovable({ approvers, twoPersons }: AskRule): boolean {
  const others = approvers.filter((each) => each !== REQUESTER);
  if (!twoPersons) return approvers.length > 0;
  return others.some((each) => each.startsWith('S')) || others.length > 1;
}

/** Why this person may not answer; undefined where they may. */
export function refusalOf(
  person: Person | undefined,
  rule: AskRule,
  votes: readonly string[],
  input: Pick<AnswerInput, 'verdict'>,
  settings: Settings,
): Tell | undefined {
  const role = person?.role ?? 'unknown';
  if (role === 'unknown' || person === undefined) return { is: 'unverified' };
  if (role === 'guest' || role === 'bot') return { is: 'refused', role, clicked: true };
  const isNamed = rule.approvers.includes(person.user);
  // Somebody of another organisation: only by name, and only where such people are let in at all.
  if (role === 'outsider' && !(isNamed && mayTalk(person, settings) === 'yes'))
    return { is: 'refused', role, clicked: true };
  const isMember = rule.approvers.some((each) => person.groups?.includes(each) === true);
  const isRequester = person.user === rule.requester;
  const asRequester = isRequester && rule.approvers.includes(REQUESTER);
  if (!isNamed && !isMember && !asRequester) return notApprover(rule, person);
  if (rule.twoPersons && input.verdict === 'allow') {
    if (isRequester || rule.asked?.includes(person.user)) return { is: 'own-request' };
    if (votes.includes(person.user)) return { is: 'voted' };
  }
  return undefined;
}

function notApprover(rule: AskRule, person: Person): Tell {
  // Whether somebody is in a group could not be found out: not a no, and not a yes (fails closed).
  if (person.groups === undefined && rule.approvers.some((each) => each.startsWith('S')))
    return { is: 'unverified' };
  return rule.approvers.length === 1 && rule.approvers[0] === REQUESTER
    ? { is: 'not-yours', owner: rule.requester }
    : { is: 'not-approver', approvers: rule.approvers, requester: rule.requester };
}

/** How a tool is named where it is always allowed in a thread. */
export function toolKey({ name, server }: Pick<Ask, 'name' | 'server'>): string {
  return server === undefined ? name : `${server}/${name}`;
}

/**
 * Whether what somebody allowed for the whole thread lets a tool run under this rule: where the settings have been made
 * stricter since, people are asked again (I9). Who was in a group then is asked about no more, as long as it may.
 */
export function stillStands({ by, under }: StandingLeave, { approvers, twoPersons }: AskRule): boolean {
  if (twoPersons) return false;
  if (approvers.includes(by) || approvers.includes(REQUESTER)) return true;
  return approvers.some((each) => each.startsWith('S') && under.includes(each));
}

/** User groups that the open cards of a thread name. */
export function groupsAsked(state: ThreadState): readonly string[] {
  const open = state.asks.filter(({ step }) => step.is === 'open');
  const named = open.flatMap(({ rule }) => rule?.approvers ?? []).filter((each) => each.startsWith('S'));
  return [...new Set([...named, ...raiserGroups(state)])];
}
