/**
 * `heddle setup`: shows what it would do with the agents and environments of `heddle.yaml`, asks, does it, and
 * pins the result in `heddle.lock.json` after each step. It never archives anything.
 */
import { createInterface } from 'node:readline/promises';
import { definitionHash } from '../../config-agents.ts';
import type { AgentDefinition, EnvironmentDefinition } from '../../config-agents.ts';
import type { ConfigFiles, HeddleLock } from '../../config-file.ts';
import { ConfigError, messageOf, PortError } from '../../errors.ts';
import type { SystemClock } from '../../lib/time.ts';
import { wakefulClock } from '../../lib/time.ts';
import { callsWithin } from './calls.ts';
import { createClient } from './client.ts';
import type { AnthropicAccess } from './client.ts';
import { writeLock } from './lock-file.ts';
import { planShelf } from './plan.ts';
import type { Pin, Step } from './plan.ts';
import { agentShelf, environmentShelf } from './provision.ts';
import type { Resource, Shelf, Wanted } from './provision.ts';

export interface SetupOptions {
  readonly anthropic: AnthropicAccess;
  readonly files: ConfigFiles;
  /** Do it without asking. */
  readonly yes: boolean;
  readonly input: NodeJS.ReadableStream & { readonly isTTY?: boolean };
  readonly output: NodeJS.WritableStream;
  readonly clock?: SystemClock;
}

/** Creating an agent may take the service longer than a message; nobody's lease depends on it. */
const SETUP_CALL_MS = 30_000;

/**
 * @returns the exit code: 0 when everything stands as `heddle.yaml` describes it, 1 otherwise
 * @throws ConfigError where the key is missing or refused
 */
export async function runSetup(options: SetupOptions): Promise<number> {
  const { clock = wakefulClock, files } = options;
  const client = createClient(options.anthropic);
  const calls = callsWithin({ clock, writeMs: SETUP_CALL_MS, readMs: SETUP_CALL_MS });
  const say = (text: string): boolean => options.output.write(`${text}\n`);
  const environments = bench(environmentShelf(client, calls), files.settings.environments);
  const agents = bench(agentShelf(client, calls), files.settings.agents);
  if (environments.wanted.length + agents.wanted.length === 0) {
    say('heddle.yaml describes no agent and no environment; heddle.example.yaml shows how. Nothing to do.');
    return 1;
  }
  try {
    const plan: Plan = {
      environments: await planShelf(environments.shelf, environments.wanted, files.lock),
      agents: await planShelf(agents.shelf, agents.wanted, files.lock),
    };
    showPlan(plan, files, say);
    const verdict = await mayApply(plan, options, say);
    if (verdict !== 'apply') return verdict === 'done' ? 0 : 1;
    const lock = await applyAll(environments.shelf, plan.environments, files.lock, files.lockFile, say);
    await applyAll(agents.shelf, plan.agents, lock, files.lockFile, say);
    say(`Done. ${files.lockFile} names what new sessions use; keep it in version control.`);
    return 0;
  } catch (error) {
    if (!(error instanceof PortError)) throw error;
    return fail(error, say);
  }
}

interface Plan {
  readonly environments: readonly Step<EnvironmentDefinition>[];
  readonly agents: readonly Step<AgentDefinition>[];
}

type Say = (text: string) => boolean;

function bench<D extends AgentDefinition | EnvironmentDefinition>(
  shelf: Shelf<D>,
  described: Readonly<Record<string, D>>,
): { readonly shelf: Shelf<D>; readonly wanted: readonly Wanted<D>[] } {
  const wanted = Object.entries(described).map(([name, definition]) => ({
    name,
    definition,
    hash: definitionHash(definition),
  }));
  return { shelf, wanted };
}

// ------------------------------------------------------------------------------------------------------ showing

function showPlan({ environments, agents }: Plan, { settings, lock }: ConfigFiles, say: Say): void {
  for (const step of environments) showStep('environment', step, say);
  for (const step of agents) showStep('agent', step, say);
  showForgotten('environment', settings.environments, lock.environments, say);
  showForgotten('agent', settings.agents, lock.agents, say);
  say('');
}

/** What the lock file names and heddle.yaml does not stays as it is: archiving cannot be undone. */
function showForgotten(
  kind: string,
  described: Readonly<Record<string, unknown>>,
  pins: Readonly<Record<string, Pin>>,
  say: Say,
): void {
  for (const [name, { id }] of Object.entries(pins)) {
    if (name in described) continue;
    say(
      `  ${kind} "${name}": no longer in heddle.yaml; ${id} is left as it is (archiving is not in this version)`,
    );
  }
}

function showStep<D>(kind: string, step: Step<D>, say: Say): void {
  const subject = `${kind} "${step.wanted.name}"`;
  const note = step.note === undefined ? '' : ` (${step.note})`;
  say(`${SIGNS[step.does]} ${subject}: ${whatOf(step)}${step.does === 'stuck' ? '' : note}`);
  if (step.does === 'update') for (const line of step.changes) say(`    ${line}`);
}

const SIGNS = { nothing: ' ', pin: '*', create: '+', update: '~', stuck: '!' } as const;

function whatOf<D>(step: Step<D>): string {
  switch (step.does) {
    case 'nothing':
      return `unchanged, ${nameOf(step.pin)}`;
    case 'pin':
      return `pin ${nameOf(step.found)}`;
    case 'create':
      return 'create';
    case 'stuck':
      return step.note;
    default:
      return `update ${nameOf(step.found)}`;
  }
}

function nameOf({ id, version }: Pin | Resource): string {
  return version === undefined ? id : `${id} version ${version}`;
}

// ------------------------------------------------------------------------------------------------------- asking

async function mayApply(
  { environments, agents }: Plan,
  { yes, input, output }: SetupOptions,
  say: Say,
): Promise<'apply' | 'done' | 'no'> {
  const steps = [...environments, ...agents];
  if (steps.some(({ does }) => does === 'stuck')) {
    say('Nothing was changed: see the lines that begin with "!".');
    return 'no';
  }
  if (steps.every(({ does }) => does === 'nothing')) {
    say('Everything stands as heddle.yaml describes it. Nothing to do.');
    return 'done';
  }
  if (yes) return 'apply';
  if (!input.isTTY) {
    say('Nothing was changed: there is no terminal to ask on. Run it again with --yes to apply this plan.');
    return 'no';
  }
  if (await agrees(input, output)) return 'apply';
  say('Nothing was changed.');
  return 'no';
}

async function agrees(input: NodeJS.ReadableStream, output: NodeJS.WritableStream): Promise<boolean> {
  const lines = createInterface({ input, output });
  const closed = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    const answer = await Promise.race([lines.question('Apply this plan? [y/N] '), closed]);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    lines.close();
  }
}

// ------------------------------------------------------------------------------------------------------ applying

/** The lock file is written after each step, so that a crash forgets at most the last one (which P2 finds). */
async function applyAll<D>(
  shelf: Shelf<D>,
  steps: readonly Step<D>[],
  lock: HeddleLock,
  lockFile: string,
  say: Say,
): Promise<HeddleLock> {
  let current = lock;
  for (const step of steps) {
    const made = await apply(shelf, step);
    if (!made) continue;
    current = pinned(current, shelf.kind, step.wanted.name, made, step.wanted.hash);
    await writeLock(lockFile, current);
    say(`${shelf.kind} "${step.wanted.name}": ${nameOf(made)}`);
  }
  return current;
}

async function apply<D>(shelf: Shelf<D>, step: Step<D>): Promise<Resource | undefined> {
  switch (step.does) {
    case 'create':
      return createOnce(shelf, step.wanted);
    case 'update':
      return shelf.update(step.found, step.wanted);
    case 'pin':
      return step.found;
    default:
      return undefined;
  }
}

/** A create whose answer was lost is looked up before anybody is told to try again. */
async function createOnce<D>(shelf: Shelf<D>, wanted: Wanted<D>): Promise<Resource> {
  try {
    return await shelf.create(wanted);
  } catch (error) {
    if (!(error instanceof PortError) || error.kind !== 'unknown') throw error;
    const all = await shelf.list();
    const made = all.find(
      ({ heddleName, heddleHash }) => heddleName === wanted.name && heddleHash === wanted.hash,
    );
    if (!made) throw error;
    return made;
  }
}

function pinned(
  lock: HeddleLock,
  kind: 'agent' | 'environment',
  name: string,
  { id, version = 1 }: Resource,
  hash: string,
): HeddleLock {
  return kind === 'agent'
    ? { ...lock, agents: { ...lock.agents, [name]: { id, version, hash } } }
    : { ...lock, environments: { ...lock.environments, [name]: { id, hash } } };
}

// ------------------------------------------------------------------------------------------------------- failing

/** @throws ConfigError where only another key helps */
function fail(error: PortError, say: Say): number {
  if (error.status === 401 || error.status === 403) {
    throw new ConfigError(
      [
        `The Anthropic API refuses the key (${messageOf(error)}); set ANTHROPIC_API_KEY to one of a workspace that may use Managed Agents.`,
      ],
      { cause: error },
    );
  }
  say(`Stopped: ${cure(error)}`);
  say('What was done before that is pinned; run setup again to go on.');
  return 1;
}

function cure(error: PortError): string {
  const detail = messageOf(error);
  if (error.status === 409) return `somebody else changed it meanwhile, or its name is taken (${detail}).`;
  if (error.kind === 'retry') return `the Anthropic API cannot be reached or is busy (${detail}).`;
  if (error.kind === 'unknown') {
    return `no answer came, and it is not certain whether it was done (${detail}); the next run looks before it creates.`;
  }
  if (error.kind === 'fatal')
    return `the Anthropic API refuses it until something is changed there (${detail}).`;
  return `the Anthropic API refuses what heddle.yaml says (${detail}); correct it.`;
}
