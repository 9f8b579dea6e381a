/** What commands are answered with: help that fits the place, costs, agents. Slack mrkdwn, escaped, ours alone. */
import type { KnownAgent } from '../core/agents.ts';
import { agentHere } from '../core/agents.ts';
import type { Settings } from '../core/settings.ts';
import type { ThreadState } from '../core/state.ts';
import type { SessionUsage } from '../ports-usage.ts';
import { escapeSlack, oneLine } from './text.ts';

/** Where somebody asks for help: in a channel, in a direct message, in a thread of the bot's. */
export type Place = 'channel' | 'im' | 'thread';

const QUIET = '• After a quiet time the session is closed; reply, and a new one goes on with what was said.';

const HELPS: Readonly<Record<Place, readonly string[]>> = {
  channel: [
    '*Heddle* ties each Slack thread to one Claude session.',
    '• Mention me with a request; then reply in that thread, no mention needed.',
    QUIET,
    '• `/heddle sessions` lists yours everywhere, `status`, `stop`, `close`, `resume`, `handover`, `fork`, `mute`, `unmute` and `cost` are about yours in this channel; `agents` says who answers here, `settings` what holds.',
    '• In a thread the same words after a mention, such as `@Heddle status`.',
  ],
  im: [
    '*Heddle* ties each Slack thread to one Claude session.',
    '• Each new message to me here begins a session of its own; reply in its thread to go on with it. I never get what begins with `aside:`.',
    QUIET,
    '• `/heddle sessions` lists yours everywhere, `status`, `stop`, `close`, `resume`, `fork` and `cost` are about yours in this conversation; `agents` says who answers, `settings` what holds.',
  ],
  thread: [
    '*Heddle* ties this thread to one Claude session.',
    '• Reply while I work to steer me; put `!` in front to interrupt; write `stop` (or react with :octagonal_sign:) to stop.',
    '• Edit your message while I work on it, and I get the change; delete it, and I am told that it is withdrawn.',
    '• I never get what begins with `aside:`. A reply that mentions somebody else is context for my next turn, not a request.',
    QUIET,
    '• After a mention: `status` and `cost` of this session, `close`, `resume` of a closed one; `hand over to @somebody` (`handover`), `fork` (or `fork: words`) into a thread of its own; `mute`, and only mentions count here until `unmute`; `sessions` lists yours, `agents` says who answers here, `settings` shows and changes what holds here (in short `settings verbosity quiet`).',
  ],
};

export function help(place: Place): string {
  return HELPS[place].join('\n');
}

/** Where a thread's `help` is read. */
export function placeOf({ phase, surface, gen }: Pick<ThreadState, 'phase' | 'surface' | 'gen'>): Place {
  if (phase.is !== 'none' || gen > 0) return 'thread';
  return surface === 'im' ? 'im' : 'channel';
}

/** Words that are no command, and the one that was perhaps meant. */
export function unknownCommand(word: string, guess: string | undefined, place: Place): string {
  const said = escapeSlack(oneLine(word, 40).replaceAll('`', "'"));
  if (guess !== undefined) return `I do not know \`${said}\`. Did you mean \`/heddle ${guess}\`?`;
  return `I do not know \`${said}\`. To ask me something, mention me with it.\n${help(place)}`;
}

// ------------------------------------------------------------------------------------------- costs

const count = (tokens: number): string => tokens.toLocaleString('en-US');

/** `$1.20`; what is more than nothing and less than a cent says so. */
export function dollars(usd: number): string {
  if (usd > 0 && usd < 0.01) return 'less than $0.01';
  return `$${usd.toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`;
}

/** Dollars and tokens in one line. */
export function usageLine({ input, output, cacheRead, cacheWritten, usd }: SessionUsage): string {
  const cached = cacheRead + cacheWritten;
  const cache = cached > 0 ? `, ${count(cached)} through the cache` : '';
  const cost = usd === undefined ? 'cost not known yet' : dollars(usd);
  return `${cost}; ${count(input)} tokens in, ${count(output)} out${cache}`;
}

/** What one session has used. */
export function costLine(gen: number, usage: SessionUsage | undefined): string {
  if (!usage)
    return '*Cost*: Claude Managed Agents did not say what this session has used. Please try again in a minute.';
  const others = gen > 1 ? ` It is session ${gen} of this thread; the earlier ones are not in it.` : '';
  return `*Cost of this session* so far: ${usageLine(usage)}. Dollars are at list prices.${others}`;
}

/** Below several costs. */
export function costTotal(usages: readonly (SessionUsage | undefined)[]): string {
  const known = usages.flatMap((usage) => usage?.usd ?? []);
  const missing = usages.length - known.length;
  const but =
    missing > 0 ? `, without ${missing === 1 ? 'one that is' : `${missing} that are`} not known` : '';
  return `Together ${dollars(known.reduce((sum, usd) => sum + usd, 0))}${but}. Dollars are at list prices.`;
}

// ------------------------------------------------------------------------------------------- agents

/** The agents that there are, and which one answers here. */
export function agentsText(
  agents: readonly KnownAgent[],
  settings: Pick<Settings, 'agent' | 'model'> & Partial<Pick<Settings, 'trial'>>,
): string {
  const { trial } = settings;
  const here = agentHere(agents, settings);
  const [wanted, pinned] = settings.agent.split('@');
  const lines = agents.map((agent) => {
    const isHere = agent === here;
    const version = isHere && pinned !== undefined && wanted === agent.id ? Number(pinned) : agent.version;
    const model = isHere && settings.model !== '' ? settings.model : agent.model;
    const facts = [
      model === undefined ? undefined : `model \`${code(model)}\``,
      agent.id === undefined
        ? 'not created yet'
        : version === undefined
          ? 'newest version'
          : `version ${version}`,
      isHere ? '*answers here*' : undefined,
    ];
    return `• *${escapeSlack(oneLine(agent.name, 60))}*: ${facts.filter((fact) => fact !== undefined).join(', ')}`;
  });
  if (!here && settings.agent !== '')
    lines.push(`• \`${code(settings.agent)}\`: set for this place, *answers here*`);
  if (trial !== undefined && trial.agent !== '' && trial.percent > 0)
    lines.push(`• On trial: \`${code(trial.agent)}\` in ${trial.percent} % of the threads of that agent`);
  return ['*Agents*', ...lines, 'What is set holds for new sessions; one that runs keeps its own.'].join(
    '\n',
  );
}

function code(text: string): string {
  return escapeSlack(oneLine(text, 80)).replaceAll('`', "'");
}
