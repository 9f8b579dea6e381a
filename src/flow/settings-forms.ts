/**
 * Settings of a channel and of the workspace, changed in Slack. They are nobody's thread's, so no actor judges them:
 * who may is decided here, when the form comes back, and one of two who change the same layer is told of the other.
 */
import type { KnownAgent } from '../core/agents.ts';
import { slashCommand } from '../core/commands.ts';
import type { IncomingForm } from '../core/event-forms.ts';
import type { Incoming, IncomingAction, IncomingCommand, Person } from '../core/event.ts';
import { changed, checkChange, differences, type LayerChange } from '../core/layers.ts';
import { KEYS } from '../core/setting-keys.ts';
import {
  changedSince,
  enteredIn,
  mayChange,
  readTuneData,
  type TuneData,
  type TuneScope,
} from '../core/tune.ts';
import type { Reply, SlackPort } from '../ports.ts';
import { savedForm, settingsForm, settingsText, type SettingsView } from '../render/settings-form.ts';
import { tellLine } from '../render/words.ts';
import { textContent } from './tell.ts';
import type { Trail } from './trail.ts';
import type { Tuning } from './tuning.ts';

export interface SettingsFormDeps {
  readonly slack: Pick<SlackPort, 'person' | 'updateForm'>;
  readonly agents: readonly KnownAgent[];
  /** Absent where the same settings hold everywhere: then nothing can be changed. */
  readonly tuning?: Tuning;
  readonly trail?: Trail;
}

interface Deps extends SettingsFormDeps {
  readonly tuning: Tuning;
}

/** The answer where it is about settings; else undefined. */
export async function aboutSettings(deps: SettingsFormDeps, incoming: Incoming): Promise<Reply | undefined> {
  const { tuning } = deps;
  if (!tuning) return undefined;
  switch (incoming.kind) {
    case 'command':
      return slashCommand(incoming.text)?.name === 'settings'
        ? open({ ...deps, tuning }, incoming)
        : undefined;
    case 'action':
      return incoming.actionId === 'heddle.settings' ? turnTo({ ...deps, tuning }, incoming) : undefined;
    case 'form':
      return incoming.callbackId === 'heddle.settings' ? save({ ...deps, tuning }, incoming) : undefined;
    default:
      return undefined;
  }
}

/** What a person may not even see is nothing to open. */
function refusalOf(person: Person): Reply | undefined {
  if (person.role === 'member' || person.role === 'admin') return undefined;
  const tell =
    person.role === 'unknown'
      ? ({ is: 'unverified' } as const)
      : ({ is: 'refused', role: person.role } as const);
  return { content: textContent(tellLine(tell, undefined)) };
}

function viewOf(
  { tuning }: Deps,
  team: string,
  scope: TuneScope,
  channel: string,
  person: Person,
): SettingsView {
  return {
    scope,
    channel,
    layer: tuning.stored(team, scope === 'channel' ? channel : undefined).layer,
    resolved: tuning.at({ team, channel: scope === 'channel' ? channel : '' }),
    mayChange: (key) => mayChange(person, scope, key),
  };
}

async function open(deps: Deps, { team, user, userTeam, channel, trigger }: IncomingCommand): Promise<Reply> {
  await deps.tuning.refresh(team);
  const person = await deps.slack.person(team, user, userTeam);
  const refused = refusalOf(person);
  if (refused) return refused;
  const view = viewOf(deps, team, 'channel', channel, person);
  return trigger === undefined
    ? { content: textContent(settingsText(view.resolved, channel).slice(0, 2_900)) }
    : { form: settingsForm(view) };
}

/** The button in the form: the other layer. */
async function turnTo(deps: Deps, { team, user, userTeam, value, viewId }: IncomingAction): Promise<Reply> {
  const [, scope, channel] = /^(channel|workspace)\|([CDG][A-Z0-9]+)$/.exec(value) ?? [];
  if (channel === undefined || viewId === undefined) return {};
  const person = await deps.slack.person(team, user, userTeam);
  const refused = refusalOf(person);
  if (refused) return refused;
  const form = settingsForm(viewOf(deps, team, scope === 'channel' ? scope : 'workspace', channel, person));
  await deps.slack.updateForm({ team, viewId, form });
  return {};
}

async function save(deps: Deps, incoming: IncomingForm): Promise<Reply> {
  const data = readTuneData(incoming.data);
  if (!data) return {};
  const { team, user, userTeam } = incoming;
  const person = await deps.slack.person(team, user, userTeam);
  const refused = refusalOf(person);
  if (refused) return refused;
  const entered = enteredIn(data, incoming.values, (key) => mayChange(person, data.scope, key));
  const checked = checkChange(data.scope, entered);
  const errors = { ...(checked.ok ? {} : checked.errors), ...unknownAgent(deps, entered) };
  if (!checked.ok || Object.keys(errors).length > 0) return { errors };
  return write(deps, data, { team, person, entered, change: checked.change });
}

/** A name that nobody has would be found out by the next session. */
function unknownAgent({ agents }: Deps, { agent }: Readonly<Record<string, string>>): Record<string, string> {
  if (agent === undefined || agent === '' || /^agent_[\w-]+(@\d+)?$/.test(agent)) return {};
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

async function write(deps: Deps, data: TuneData, { team, person, entered, change }: Wish): Promise<Reply> {
  const { tuning } = deps;
  const { scope, channel } = data;
  await tuning.refresh(team);
  const place = scope === 'channel' ? { channel } : {};
  const before = tuning.stored(team, place.channel);
  const again = (): Reply => {
    const view = viewOf(deps, team, scope, channel, person);
    return { form: settingsForm({ ...view, entered, meanwhile: changedSince(data, view.layer) }) };
  };
  if (Object.keys(change).length > 0 && changedSince(data, before.layer).length > 0) return again();
  const real = differences(before.layer, change);
  const keys = KEYS.filter(({ key }) => Object.hasOwn(real, key));
  if (keys.length === 0) return { form: savedForm(data, []) };
  const layer = changed(before.layer, real);
  const written = await tuning.change({ team, ...place, from: before.version, layer });
  if (written.outcome === 'stale') return again();
  for (const { key } of keys) {
    const [from, to] = [before.layer[key] ?? null, real[key] ?? null];
    const by = { by: person.user, role: person.role, ...place };
    deps.trail?.note(team, { what: 'changed', scope, key, from, to, ...by });
  }
  return { form: savedForm(data, keys) };
}
