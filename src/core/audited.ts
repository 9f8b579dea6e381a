/**
 * What is written down of one step of a thread, from the state before and after it: who asked, decided, stopped, closed,
 * changed something or was not let, and what it cost. Pure; written in the same write as the state.
 *
 * A step that a crash undid is taken again and gives the same entries; one that was saved does not come again.
 */
import type { Usage } from './agent-event.ts';
import type { AuditEntry, AuditFact } from './audit.ts';
import type { Answer, Ask, AskStep } from './ask.ts';
import type { Attributed, ThreadInput } from './event.ts';
import type { Layer } from './layers.ts';
import type { Next, Phase, ProcessInput, Tell, ThreadState } from './state.ts';
import { openTurnOf } from './talk.ts';

type Fact = AuditFact & Pick<AuditEntry, 'by' | 'role'>;

/** @param print fingerprint of a tool's input */
export function audited(
  before: ThreadState,
  input: Attributed | ProcessInput,
  { state: after, effects }: Next,
  print: (text: string) => string,
): readonly AuditEntry[] {
  const given = 'input' in input ? input : undefined;
  const facts: readonly Fact[] = [
    ...asked(before, after),
    ...decided(before, after, print),
    ...stopped(before, after),
    ...closed(before, after),
    ...(given ? changed(before, after, given) : []),
    ...(given ? handed(before, after, given) : []),
    ...(given ? effects.flatMap((effect) => refused(before, given, effect)) : []),
    ...spent(before, after),
    ...raised(before, after),
  ];
  const { channel, ts: thread } = after.thread;
  return facts.map((fact) => ({ ...fact, ...roleIn(given, fact), channel, thread }));
}

/** Who did it is who sent the input, whose role is known. */
function roleIn(given: Attributed | undefined, { by, role }: Fact): Pick<AuditEntry, 'role'> {
  if (role !== undefined) return { role };
  const { author } = given ?? {};
  return author !== undefined && author.user === by ? { role: author.role } : {};
}

/** Words that are on their way to the agent from now on; not what is sent once more, or says that something is void. */
function asked(before: ThreadState, after: ThreadState): readonly Fact[] {
  const isNew = ({ mark }: ThreadState['sends'][number]): boolean =>
    !before.sends.some((send) => send.mark.ts === mark.ts && send.mark.n === mark.n);
  return after.sends
    .filter((send) => send.again === undefined && send.change !== 'withdrawn' && isNew(send))
    .map(({ mark: { ts, user, role } }) => ({
      what: 'asked',
      ts,
      ...(openTurnOf(before) ? { into: true as const } : {}),
      by: user,
      role,
    }));
}

// ------------------------------------------------------------------------------------------- leave and questions

function isDecided(step: AskStep | undefined): step is AskStep & Answer {
  return step?.is === 'answering' || step?.is === 'answered';
}

function decided(before: ThreadState, after: ThreadState, print: (text: string) => string): readonly Fact[] {
  return after.asks.flatMap((ask): readonly Fact[] => {
    const known = before.asks.find(({ toolUseId }) => toolUseId === ask.toolUseId);
    if (known === ask || isDecided(known?.step)) return [];
    if (isDecided(ask.step)) return [verdict(ask, ask.step, print)];
    const votes = (ask.votes ?? []).filter((by) => !known?.votes?.includes(by));
    return votes.map((by) => ({ what: 'voted', ...particulars(ask, print), by }));
  });
}

function particulars({ toolUseId, name, server, input }: Ask, print: (text: string) => string) {
  const tool = server === undefined ? name : `${server}/${name}`;
  return { toolUseId, tool, inputHash: print(input) };
}

function verdict(ask: Ask, answer: Answer, print: (text: string) => string): Fact {
  const { by, expired, always } = answer;
  const what = expired
    ? 'expired'
    : ask.question
      ? 'answered'
      : answer.verdict === 'allow'
        ? 'approved'
        : 'denied';
  return { what, ...particulars(ask, print), ...(always ? { always } : {}), by };
}

// ------------------------------------------------------------------------------------------- stop and close

function stopOf({ phase }: ThreadState): { readonly by: string } | undefined {
  return 'stop' in phase ? phase.stop : undefined;
}

/** Once, when it is asked for; a stop that finds nothing sent ends the turn at once. */
function stopped(before: ThreadState, after: ThreadState): readonly Fact[] {
  if (stopOf(before)) return [];
  const stop = stopOf(after) ?? newlyEnded(before, after).find(({ end }) => end.is === 'stopped')?.end;
  return stop && 'by' in stop ? [{ what: 'stopped', by: stop.by }] : [];
}

function newlyEnded(before: ThreadState, after: ThreadState) {
  const wasOver = (no: number): boolean => before.turns.some((turn) => turn.no === no && turn.end);
  return after.turns.flatMap((turn) => (turn.end && !wasOver(turn.no) ? [{ ...turn, end: turn.end }] : []));
}

function sessionOf(phase: Phase): string | undefined {
  return 'session' in phase ? phase.session.id : undefined;
}

/** The thread's session is not its session any more; another one may have been begun in the same step. */
function closed(before: ThreadState, after: ThreadState): readonly Fact[] {
  const session = sessionOf(before.phase);
  if (session === undefined || sessionOf(after.phase) === session) return [];
  const why = ('previous' in after.phase ? after.phase.previous?.why : undefined) ?? 'failed';
  const by = (before.phase.is === 'closing' ? before.phase.by : undefined) ?? '';
  return [{ what: 'closed', why, session, by }];
}

// ------------------------------------------------------------------------------------------- settings and refusals

/** Settings of this thread alone. */
function changed(before: ThreadState, after: ThreadState, { input }: Attributed): readonly Fact[] {
  if (before.overrides === after.overrides || !('user' in input)) return [];
  const was: Layer = before.overrides ?? {};
  const is: Layer = after.overrides ?? {};
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((key) => JSON.stringify(was[key]) !== JSON.stringify(is[key]))
    .map((key) => ({
      what: 'changed',
      scope: 'thread',
      key,
      from: was[key] ?? null,
      to: is[key] ?? null,
      by: input.user,
    }));
}

/** Words that say that somebody may not; all others say that there is nothing to do. */
/** To whom the thread was handed over. */
function handed(before: ThreadState, after: ThreadState, { input }: Attributed): readonly Fact[] {
  const { owner: to } = after;
  if (to === undefined || to === before.owner || !('user' in input)) return [];
  return [{ what: 'handed', to, by: input.user }];
}

const REFUSALS: ReadonlySet<Tell['is']> = new Set([
  'refused',
  'unverified',
  'off',
  'shared',
  'not-yours',
  'not-approver',
  'own-request',
  'not-raiser',
  'not-owner',
]);

function refused(
  before: ThreadState,
  { input }: Attributed,
  effect: Next['effects'][number],
): readonly Fact[] {
  if (effect.do !== 'tell' || !REFUSALS.has(effect.tell.is)) return [];
  const token = 'token' in input ? input.token : undefined;
  const ask = token === undefined ? undefined : before.asks.find((each) => each.token === token);
  const about = ask ? { toolUseId: ask.toolUseId } : {};
  return [{ what: 'refused', of: actOf(before, input), ...about, by: effect.user }];
}

/** What somebody wanted to do, where it has another name than the input. */
const ACTS: Readonly<Partial<Record<ThreadInput['kind'], string>>> = {
  edit: 'steer',
  withdraw: 'steer',
  redo: 'steer',
  answer: 'approve',
  reply: 'answer',
  tune: 'settings',
  request: 'start',
};

function actOf({ phase }: ThreadState, input: ThreadInput): string {
  if (input.kind === 'command') return input.name;
  if (input.kind !== 'message') return ACTS[input.kind] ?? input.kind;
  return 'session' in phase || phase.is === 'starting' ? 'steer' : 'start';
}

// ------------------------------------------------------------------------------------------- money

/** Whole millionths of a dollar, so that what is written down adds up to what the platform says. */
const micros = ({ listCostCents = 0 }: Usage): number => Math.round(listCostCents * 10_000);

/** What the session has cost since the platform said so last; of one that is not known from its beginning, nothing. */
function spent(before: ThreadState, after: ThreadState): readonly Fact[] {
  const added = before.usage && after.usage ? micros(after.usage) - micros(before.usage) : 0;
  if (added <= 0) return [];
  const by = (openTurnOf(before) ?? after.turns.at(-1) ?? before.turns.at(-1))?.user ?? '';
  const session = sessionOf(before.phase) ?? after.sessions?.[after.gen] ?? '';
  return [{ what: 'spent', usd: added / 1_000_000, session, by }];
}

/** Budgets that are higher from now on. */
function raised(before: ThreadState, after: ThreadState): readonly Fact[] {
  return after.notes.flatMap(({ no, text }): readonly Fact[] => {
    if (text.is !== 'budget' || text.step.is !== 'raised') return [];
    const known = before.notes.find((note) => note.no === no);
    if (known?.text.is === 'budget' && known.text.step.is === 'raised') return [];
    const { of, step, toCents = 0, limitCents, requester } = text;
    const usd = (toCents - limitCents) / 100;
    if (of.is === 'session') return [{ what: 'raised', usd, session: of.session, by: step.by }];
    const { team, channel } = after.thread;
    const whose = { person: requester, channel, workspace: team }[of.scope];
    return [{ what: 'raised', usd, scope: of.scope, of: whose, day: of.day, by: step.by }];
  });
}
