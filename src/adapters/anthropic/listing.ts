/** Every session that this app made, read back from the service: there is no filter by metadata, so it is ours to look. */
import type Anthropic from '@anthropic-ai/sdk';
import type { BetaManagedAgentsSession } from '@anthropic-ai/sdk/resources/beta/sessions/sessions';
import { parseThreadKey } from '../../core/event.ts';
import type { AgentSessionStatus } from '../../ports.ts';
import type { KnownSession, SessionList } from '../../ports-recovery.ts';
import { eachItem, type Calls } from './calls.ts';

export interface ListingOptions {
  readonly client: Anthropic;
  readonly calls: Calls;
  readonly agentId: string;
  readonly appId: string;
}

const STATUSES: readonly AgentSessionStatus[] = ['idle', 'running', 'rescheduling', 'terminated'];

export function createListing({ client, calls, agentId, appId }: ListingOptions): SessionList {
  return {
    async sessions({ since, archived }) {
      const listing = eachItem<BetaManagedAgentsSession>((page) =>
        calls.read('listing sessions', (limits) =>
          client.beta.sessions.list(
            {
              agent_id: agentId,
              order: 'asc',
              limit: 100,
              ...(archived ? { include_archived: true } : {}),
              ...(since === undefined ? {} : { 'created_at[gte]': new Date(since).toISOString() }),
              ...(page ? { page } : {}),
            },
            limits,
          ),
        ),
      );
      const known: KnownSession[] = [];
      for await (const session of listing) {
        const ours = narrowSession(session, appId);
        if (ours) known.push(ours);
      }
      return known;
    },
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
