/**
 * Settings changed in Slack. Those of a channel and of the workspace are nobody's thread's, so no actor judges them:
 * who may is decided here, when the form comes back, and one of two who change the same layer is told of the other.
 * Those of a thread are one more input of it: its actor judges them, and what is found here is only courtesy.
 */
import type { KnownAgent } from '../core/agents.ts';
import { slashCommand } from '../core/commands.ts';
import type { IncomingForm } from '../core/event-forms.ts';
import type { Incoming, IncomingAction, IncomingCommand, Person } from '../core/event.ts';
import { changed, checkChange, differences, keyNamed, type LayerChange } from '../core/layers.ts';
import { KEYS, type SettingKey } from '../core/setting-keys.ts';
import {
  AGENT_ID,
  changedSince,
  enteredIn,
  mayChange,
  readPlace,
  readTuneData,
  type TuneData,
  type TunePlace,
  keptValues,
} from '../core/tune.ts';
import type { Reply, SlackPort, StorePort } from '../ports.ts';
import {
  noThreadForm,
  OPEN_SETTINGS,
  savedForm,
  settingsContent,
  settingsForm,
  TURN_SETTINGS,
} from '../render/settings-form.ts';
import { tellLine } from '../render/words.ts';
import type { AdmitTo } from './commands.ts';
import { layerOf, threadOf, viewOf } from './settings-places.ts';
import { textContent } from './tell.ts';
import type { Trail } from './trail.ts';
import type { Tuning } from './tuning.ts';

export interface SettingsFormDeps {
  readonly store: Pick<StorePort, 'peek' | 'sessionsOf'>;
  readonly slack: Pick<SlackPort, 'person' | 'updateForm'>;
  readonly agents: readonly KnownAgent[];
  /** Absent where the same settings hold everywhere: then nothing can be changed. */
  readonly tuning?: Tuning;
  readonly trail?: Trail;
}

interface Deps extends SettingsFormDeps {
  readonly tuning: Tuning;
  /** Into a thread's inbox, where it is followed. */
  readonly admit: AdmitTo;
}

/** The answer where it is about settings; else undefined. */
export async function aboutSettings(
  given: SettingsFormDeps,
  incoming: Incoming,
  admit: AdmitTo,
): Promise<Reply | undefined> {
  const { tuning } = given;
  if (!tuning) return undefined;
  const deps: Deps = { ...given, tuning, admit };
  switch (incoming.kind) {
    case 'command': {
      const said = slashCommand(incoming.text);
      return said?.name === 'settings' ? openHere(deps, incoming, said.rest) : undefined;
    }
    case 'action':
      if (incoming.actionId === OPEN_SETTINGS) return openFrom(deps, incoming);
      return incoming.actionId === TURN_SETTINGS ? turnTo(deps, incoming) : undefined;
    case 'form':
      return incoming.callbackId === 'heddle.settings' ? save(deps, incoming) : undefined;
    default:
      return undefined;
  }
}

/** What a person may not even see is nothing to open; that they tried is written down. */
function refusalOf(
  { trail }: SettingsFormDeps,
  team: string,
  { user, role }: Person,
  channel: string,
): Reply | undefined {
  if (role === 'member' || role === 'admin') return undefined;
  trail?.note(team, { what: 'refused', of: 'settings', by: user, role, channel });
  const tell = role === 'unknown' ? ({ is: 'unverified' } as const) : ({ is: 'refused', role } as const);
  return { content: textContent(tellLine(tell, undefined)) };
}

async function open(
  deps: Deps,
  { team, user, userTeam, trigger }: IncomingCommand | IncomingAction,
  place: TunePlace,
  entered: Readonly<Record<string, string>>,
): Promise<Reply> {
  await deps.tuning.refresh(team);
  const person = await deps.slack.person(team, user, userTeam);
  const refused = refusalOf(deps, team, person, place.channel);
  if (refused) return refused;
  const view = await viewOf(deps, team, place, person);
  if (!view) return trigger === undefined ? {} : { form: noThreadForm() };
  if (trigger === undefined) return { content: settingsContent(view.resolved, place) };
  return { form: settingsForm({ ...view, entered }) };
}

/** Slack does not say with a command in which thread it was written. */
function openHere(deps: Deps, incoming: IncomingCommand, rest: string): Promise<Reply> {
  const [name = '', ...words] = rest.split(/\s+/);
  const entered = keyNamed(name) && words.length > 0 ? { [name]: words.join(' ') } : {};
  return open(deps, incoming, { scope: 'channel', channel: incoming.channel }, entered);
}

async function openFrom(deps: Deps, incoming: IncomingAction): Promise<Reply> {
  const place = readPlace(incoming.value);
  return place ? open(deps, incoming, place, {}) : {};
}

/** The menu in the form: another layer. */
async function turnTo(deps: Deps, { team, user, userTeam, value, viewId }: IncomingAction): Promise<Reply> {
  const place = readPlace(value);
  if (!place || viewId === undefined) return {};
  const person = await deps.slack.person(team, user, userTeam);
  const refused = refusalOf(deps, team, person, place.channel);
  if (refused) return refused;
  const view = await viewOf(deps, team, place, person);
  await deps.slack.updateForm({ team, viewId, form: view ? settingsForm(view) : noThreadForm() });
  return {};
}

async function save(deps: Deps, incoming: IncomingForm): Promise<Reply> {
  const data = readTuneData(incoming.data);
  if (!data) return {};
  const { team, user, userTeam } = incoming;
  const person = await deps.slack.person(team, user, userTeam);
  const refused = refusalOf(deps, team, person, data.channel);
  if (refused) return refused;
  const entered = enteredIn(data, incoming.values, (key) => mayChange(person, data.scope, key));
  const checked = checkChange(data.scope, entered);
  const errors = {
    ...(checked.ok ? keptValues(person, checked.change) : checked.errors),
    ...unknownAgent(deps, entered),
  };
  if (!checked.ok || Object.keys(errors).length > 0) return { errors };
  const wish = { team, person, entered, change: checked.change };
  return data.scope === 'thread' ? admitTo(deps, data, wish, incoming) : write(deps, data, wish);
}

/** A name that nobody has would be found out by the next session. */
function unknownAgent({ agents }: Deps, { agent }: Readonly<Record<string, string>>): Record<string, string> {
  if (agent === undefined || agent === '' || AGENT_ID.test(agent)) return {};
  if (agents.some(({ name }) => name === agent)) return {};
  const names = agents.map(({ name }) => name).join(', ');
  return { agent: `No agent is called that. Known here: ${names.slice(0, 500)}.` };
}

interface Wish {
  readonly team: string;
  readonly person: Person;
  readonly entered: Readonly<Record<string, string>>;
  readonly change: LayerChange;
}

/** The form once more, with what somebody else changed meanwhile and what this person entered. */
async function again(deps: Deps, data: TuneData, { team, person, entered }: Wish): Promise<Reply> {
  const view = await viewOf(deps, team, data, person);
  if (!view) return { form: noThreadForm() };
  return { form: settingsForm({ ...view, entered, meanwhile: changedSince(data, view.layer) }) };
}

function keysIn(change: LayerChange): readonly SettingKey[] {
  return KEYS.filter(({ key }) => Object.hasOwn(change, key));
}

/** A thread's own settings: into its inbox. */
async function admitTo(deps: Deps, data: TuneData, wish: Wish, { userTeam }: IncomingForm): Promise<Reply> {
  const { team, person, entered, change } = wish;
  const layer = await layerOf(deps, team, data);
  if (!layer) return { form: noThreadForm() };
  const keys = keysIn(differences(layer, change));
  if (keys.length === 0) return { form: savedForm(data, []) };
  if (changedSince(data, layer).length > 0) return again(deps, data, wish);
  const from = { user: person.user, ...(userTeam === undefined ? {} : { userTeam }) };
  const input = { kind: 'tune', ...from, wanted: entered, shown: data.shown } as const;
  const { outcome } = await deps.admit(threadOf(team, data), input);
  if (outcome === 'admitted' || outcome === 'duplicate') return { form: savedForm(data, keys) };
  return outcome === 'unfollowed' ? { form: noThreadForm() } : { content: textContent(FULL) };
}

const FULL =
  'Too much waits in that thread already, so nothing was changed. Please try again when it has answered.';

async function write(deps: Deps, data: TuneData, wish: Wish): Promise<Reply> {
  const { tuning } = deps;
  const { scope, channel } = data;
  const { team, person, change } = wish;
  await tuning.refresh(team);
  const place = scope === 'channel' ? { channel } : {};
  const before = tuning.stored(team, place.channel);
  if (Object.keys(change).length > 0 && changedSince(data, before.layer).length > 0)
    return again(deps, data, wish);
  const real = differences(before.layer, change);
  const keys = keysIn(real);
  if (keys.length === 0) return { form: savedForm(data, []) };
  const layer = changed(before.layer, real);
  const written = await tuning.change({ team, ...place, from: before.version, layer });
  if (written.outcome === 'stale') return again(deps, data, wish);
  for (const { key } of keys) {
    const [from, to] = [before.layer[key] ?? null, real[key] ?? null];
    const by = { by: person.user, role: person.role, ...place };
    deps.trail?.note(team, { what: 'changed', scope, key, from, to, ...by });
  }
  return { form: savedForm(data, keys) };
}
