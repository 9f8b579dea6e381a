/** Settings that say what a session is given besides its agent: vaults, memory, repositories, and a version on trial. */
import { no, parseList, yes, type Parsed } from './setting-entry.ts';
import { define, inside, plain, PLACES, type SettingKey } from './setting-key.ts';
import { readMemoryStore, readRepository, readTrial } from './session-of.ts';

/** A list of which each entry is of a kind; they are kept as `spell` writes them. */
function listOf(most: number, spell: (text: string) => string | undefined, what: string) {
  return (raw: unknown): Parsed => {
    const list = parseList(raw === 'none' ? [] : raw, most);
    if (!list.ok || !Array.isArray(list.value)) return list;
    const spelled = list.value.map((each: string) => ({ each, as: spell(each) }));
    const wrong = spelled.find(({ as }) => as === undefined);
    if (wrong) return no(`“${wrong.each.slice(0, 60)}” is not ${what}.`);
    return yes([...new Set(spelled.flatMap(({ as }) => as ?? []))]);
  };
}

function vault(text: string): string | undefined {
  return /^vlt_[A-Za-z0-9_-]{1,100}$/.test(text) ? text : undefined;
}

function memoryStore(text: string): string | undefined {
  const store = readMemoryStore(text);
  return store && `${store.id}:${store.access}`;
}

function repository(text: string): string | undefined {
  const found = readRepository(text);
  return found && `${found.owner}/${found.name}${found.at === undefined ? '' : `@${found.at}`}`;
}

function parseTrial(raw: unknown): Parsed {
  const text = String(raw).trim();
  return text === '' || readTrial(text) ? yes(text) : no('Must be an agent with a version, such as coder@8.');
}

const OPERATED = { scopes: PLACES, who: 'admin', when: 'next' } as const;

export const SESSION_KEYS: readonly SettingKey[] = [
  define(
    {
      key: 'agent_trial.agent',
      title: 'Version on trial',
      help: 'Another version of the agent that answers here, such as coder@8, for a share of the threads. Empty: none.',
      entry: { is: 'text', most: 130 },
      parse: parseTrial,
      ...OPERATED,
    },
    inside('trial', 'agent'),
  ),
  define(
    {
      key: 'agent_trial.percent',
      title: 'Share of the trial, %',
      help: 'Of threads, always the same ones: all sessions of a thread are of one version.',
      entry: { is: 'number', least: 0, most: 100 },
      ...OPERATED,
    },
    inside('trial', 'percent'),
  ),
  define(
    {
      key: 'vaults',
      title: 'Vaults',
      help: 'Ids (vlt_…) of vaults at Anthropic whose credentials the agent may use; the first that matches counts.',
      entry: { is: 'list', most: 20 },
      empty: 'none',
      parse: listOf(20, vault, 'the id of a vault (vlt_…)'),
      ...OPERATED,
    },
    plain('vaults'),
  ),
  define(
    {
      key: 'memory_stores',
      title: 'Memory stores',
      help: 'Ids (memstore_…) of what the agent remembers over sessions; it only reads, unless :read_write stands behind.',
      entry: { is: 'list', most: 8 },
      empty: 'none',
      parse: listOf(
        8,
        memoryStore,
        'the id of a memory store (memstore_…), or one with :read_write behind it',
      ),
      ...OPERATED,
    },
    plain('memoryStores'),
  ),
  define(
    {
      key: 'repositories',
      title: 'Repositories',
      help: 'On GitHub, as owner/name or owner/name@branch. Private ones need a token, which heddle.yaml names.',
      entry: { is: 'list', most: 10 },
      empty: 'none',
      parse: listOf(10, repository, 'a repository such as owner/name or owner/name@branch'),
      ...OPERATED,
    },
    plain('repositories'),
  ),
];
