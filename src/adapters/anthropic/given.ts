/**
 * What a new session is given besides its agent: vaults, memory stores and repositories, as the service takes them
 * (`SessionCreateParams`); and which of them it was where the service will not make the session.
 */
import type Anthropic from '@anthropic-ai/sdk';
import type { SessionCreateParams } from '@anthropic-ai/sdk/resources/beta/sessions/sessions';
import { readMemoryStore, readRepository, type SessionOf } from '../../core/session-of.ts';
import { PortError } from '../../errors.ts';
import type { Log } from '../../ports.ts';
import type { Calls, RequestLimits } from './calls.ts';
import { agentOf, type Choices } from './chosen.ts';

type Given = Pick<SessionCreateParams, 'vault_ids' | 'resources'>;
type Resource = NonNullable<Given['resources']>[number];

/** A token is given with its own repositories only; each session clones once, so it need not live long. */
export function givenOf({ githubTokens = {} }: Choices, of: SessionOf | undefined): Given {
  const { vaults = [], memoryStores = [], repositories = [] } = of ?? {};
  const resources = [
    ...memoryStores.flatMap(memoryStore),
    ...repositories.flatMap((text) => repository(text, githubTokens)),
  ];
  return {
    ...(vaults.length > 0 ? { vault_ids: [...vaults] } : {}),
    ...(resources.length > 0 ? { resources } : {}),
  };
}

function memoryStore(text: string): readonly Resource[] {
  const store = readMemoryStore(text);
  return store ? [{ type: 'memory_store', memory_store_id: store.id, access: store.access }] : [];
}

function repository(text: string, tokens: Readonly<Record<string, string>>): readonly Resource[] {
  const found = readRepository(text);
  if (!found) return [];
  const { owner, name, at } = found;
  const token = tokenFor(owner, name, tokens);
  const checkout =
    at === undefined
      ? undefined
      : /^[0-9a-f]{40}$/.test(at)
        ? ({ type: 'commit', sha: at } as const)
        : ({ type: 'branch', name: at } as const);
  return [
    {
      type: 'github_repository',
      url: `https://github.com/${owner}/${name}`,
      ...(token === undefined ? {} : { authorization_token: token }),
      ...(checkout ? { checkout } : {}),
    },
  ];
}

/** GitHub's names are the same in any case. */
function tokenFor(owner: string, name: string, tokens: Readonly<Record<string, string>>): string | undefined {
  const wanted = [`${owner}/${name}`.toLowerCase(), owner.toLowerCase()];
  const known = Object.entries(tokens).map(([of, token]) => [of.toLowerCase(), token] as const);
  return wanted.flatMap((of) => known.find(([each]) => each === of)?.[1] ?? [])[0];
}

// ---------------------------------------------------------------------------------------------- what was refused

export interface Looking extends Choices {
  readonly client: Anthropic;
  readonly calls: Calls;
}

/** What cannot be used, and the code of a failure because of it. */
export interface Missing {
  readonly code: string;
  readonly id: string;
}

/**
 * The same failure, saying which setting it comes from where that can be found out: the service's own words do not
 * always name it. A setting of one place is no reason to hold everything else back, so that it is `refused`.
 */
export async function explained(
  reach: Looking & { readonly log: Log },
  of: SessionOf | undefined,
  error: unknown,
): Promise<unknown> {
  const status = error instanceof PortError ? (error.status ?? 0) : 0;
  if (!(error instanceof PortError) || ![400, 404, 409, 422].includes(status) || !of) return error;
  const [found] = (await missingOf(reach, of)).missing;
  const code =
    found?.code ?? (of.repositories && /repositor|github/i.test(error.message) ? NOT_MOUNTED : undefined);
  if (code === undefined) return error;
  reach.log.warn({ code, id: found?.id }, 'no session: a setting names what cannot be used');
  return new PortError({ kind: 'refused', code, message: error.message, cause: error, status });
}

const NOT_MOUNTED = 'repository_unusable';

/** What of it is not there or archived, of how many that were looked at; what could not be asked about is neither. */
export async function missingOf(
  reach: Looking,
  of: SessionOf,
): Promise<{ readonly count: number; readonly missing: readonly Missing[] }> {
  const looks = looksAt(reach, of);
  const found = await Promise.all(looks.map(missing));
  return { count: looks.length, missing: found.filter((each) => each !== undefined) };
}

interface Look extends Missing {
  readonly read: () => Promise<{ readonly archived_at?: string | null } | undefined>;
}

function looksAt(reach: Looking, of: SessionOf): readonly Look[] {
  const { vaults = [], memoryStores = [], trial } = of;
  const { beta } = reach.client;
  const look = (
    code: string,
    id: string,
    ask: (limits: RequestLimits) => ReturnType<Look['read']>,
  ): Look => ({
    code,
    id,
    read: () => reach.calls.read(`looking at ${id}`, ask),
  });
  const { id, version } = agentOf(reach, of);
  return [
    ...vaults.map((each) => look('vault_unusable', each, (limits) => beta.vaults.retrieve(each, {}, limits))),
    ...memoryStores
      .flatMap((text) => readMemoryStore(text)?.id ?? [])
      .map((each) =>
        look('memory_store_unusable', each, (limits) => beta.memoryStores.retrieve(each, {}, limits)),
      ),
    ...(trial !== undefined && version !== undefined
      ? [look('trial_unusable', trial, (limits) => beta.agents.retrieve(id, { version }, limits))]
      : []),
  ];
}

/** Undefined where it is there, and where that could not be found out. */
async function missing({ code, id, read }: Look): Promise<Missing | undefined> {
  try {
    const found = await read();
    return found?.archived_at ? { code, id } : undefined;
  } catch (error) {
    return error instanceof PortError && error.kind === 'gone' ? { code, id } : undefined;
  }
}
