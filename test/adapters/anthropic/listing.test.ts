/** Every session that this app made, whichever agent it is of. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { AgentPortOptions } from '../../../src/adapters/anthropic/sessions.ts';
import { portOn, session } from './port.ts';
import { json, startWire } from './wire.ts';
import type { Wire } from './wire.ts';

let wire: Wire;

beforeEach(async () => {
  wire = await startWire();
});

afterEach(() => wire.close());

const portTo = (more: Partial<AgentPortOptions> = {}) => portOn(wire, more);
const page = (data: readonly object[], next_page: string | null = null) =>
  json({ data, has_more: next_page !== null, next_page });
const made = (id: string, minute: number, metadata: object = session().metadata) =>
  session({
    id,
    metadata,
    created_at: `2026-11-20T10:${minute}:00Z`,
    updated_at: `2026-11-20T10:${minute}:00Z`,
  });
const asked = (): readonly URLSearchParams[] => wire.asked.map(({ query }) => query);

describe('sessions', () => {
  const agents = [
    { name: 'weaver', id: 'agent_1', isDefault: true },
    { name: 'reviewer', id: 'agent_2', isDefault: false },
    { name: 'planned', isDefault: false },
  ];

  it('that are open: those of every agent that a file names, however old', async () => {
    wire.answer(page([made('sesn_2', 20)]), page([made('sesn_1', 10), made('sesn_0', 15, { app: 'A2' })]));
    const found = await portTo({ agents }).sessions({ archived: false });
    expect(found.map(({ id }) => id)).toEqual(['sesn_1', 'sesn_2']);
    expect(asked().map((query) => [query.get('agent_id'), query.get('include_archived')])).toEqual([
      ['agent_1', null],
      ['agent_2', null],
    ]);
  });

  it('since a moment: those of all agents, also of such as only a setting named; each page waits its turn', async () => {
    wire.answer(page([made('sesn_2', 20)], 'p2'), page([made('sesn_1', 10)]));
    let waits = 0;
    const since = Date.parse('2026-11-01T00:00:00Z');
    const pace = async (): Promise<void> => {
      waits += 1;
      expect(wire.asked).toHaveLength(waits - 1);
    };
    const found = await portTo({ agents }).sessions({ archived: true, since, pace });
    expect(found.map(({ id }) => id)).toEqual(['sesn_1', 'sesn_2']);
    expect(asked().map((query) => query.get('agent_id'))).toEqual([null, null]);
    expect(asked()[0]?.get('created_at[gte]')).toBe('2026-11-01T00:00:00.000Z');
    expect(asked()[0]?.get('include_archived')).toBe('true');
    expect(waits).toBe(2);
  });
});
