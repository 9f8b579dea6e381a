/**
 * Every session that this app made, read back from the service: there is no filter by metadata, so it is ours to look.
 *
 * Which agents settings name cannot be known where those are lost with the store: what was made since a moment is
 * looked for among the sessions of all agents. What is older, and still open, is looked for among those of the agents
 * that the files name: others may have left any number of sessions in the same workspace at Anthropic.
 */
import type Anthropic from '@anthropic-ai/sdk';
import type { BetaManagedAgentsSession } from '@anthropic-ai/sdk/resources/beta/sessions/sessions';
import { parseThreadKey } from '../../core/event.ts';
import type { AgentSessionStatus, Log } from '../../ports.ts';
import type { KnownSession, SessionList } from '../../ports-recovery.ts';
import { eachItem, type Calls } from './calls.ts';

export interface ListingOptions {
  readonly client: Anthropic;
  readonly calls: Calls;
  /** Ids of the agents that the files name. */
  readonly agentIds: readonly string[];
  readonly appId: string;
  readonly log: Log;
}

const STATUSES: readonly AgentSessionStatus[] = ['idle', 'running', 'rescheduling', 'terminated'];

/** Sessions of all agents that are looked through, the newest ones: half a minute of the organization's reads. */
const LOOKED_THROUGH = 50_000;

type Query = Parameters<SessionList['sessions']>[0];

export function createListing({ client, calls, agentIds, appId, log }: ListingOptions): SessionList {
  async function ofAgents(agents: readonly (string | undefined)[], query: Query): Promise<KnownSession[]> {
    const { since, archived, pace } = query;
    const known: KnownSession[] = [];
    let looked = 0;
    for (const agent of agents) {
      const listing = eachItem<BetaManagedAgentsSession>(async (page) => {
        await pace?.();
        return calls.read('listing sessions', (limits) =>
          client.beta.sessions.list(
            {
              ...(agent === undefined ? {} : { agent_id: agent }),
              order: 'desc',
              limit: 100,
              ...(archived ? { include_archived: true } : {}),
              ...(since === undefined ? {} : { 'created_at[gte]': new Date(since).toISOString() }),
              ...(page ? { page } : {}),
            },
            limits,
          ),
        );
      });
      for await (const session of listing) {
        const ours = narrowSession(session, appId);
        if (ours) known.push(ours);
        looked += 1;
        if (agent !== undefined || looked < LOOKED_THROUGH) continue;
        log.warn({ looked }, 'more sessions than are looked through: the oldest ones are left out');
        break;
      }
    }
    return known.sort((a, b) => a.createdAt - b.createdAt);
  }

  return {
    sessions: (query) => ofAgents(query.since === undefined ? [...new Set(agentIds)] : [undefined], query),
  };
}

/** Undefined where the session was not made by this app, or does not say for which thread. */
function narrowSession(session: BetaManagedAgentsSession, appId: string): KnownSession | undefined {
  const { id, metadata, title, status } = session;
  const thread = metadata?.['app'] === appId ? parseThreadKey(metadata['thread'] ?? '') : undefined;
  const gen = Number(metadata?.['gen']);
  if (!thread || !Number.isSafeInteger(gen) || gen < 1 || typeof id !== 'string') return undefined;
  const createdAt = moment(session.created_at) ?? 0;
  return {
    id,
    thread,
    gen,
    title: title ?? '',
    // A status of which this version knows nothing is taken as running: that is looked at again.
    status: STATUSES.find((known) => known === status) ?? 'running',
    createdAt,
    updatedAt: Math.max(createdAt, moment(session.updated_at) ?? 0),
    archivedAt: moment(session.archived_at),
  };
}

function moment(at: string | null | undefined): number | undefined {
  const ms = typeof at === 'string' ? Date.parse(at) : Number.NaN;
  return Number.isNaN(ms) ? undefined : ms;
}
