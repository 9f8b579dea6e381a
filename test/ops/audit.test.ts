import { expect, it } from 'vitest';
import { createMemoryStore } from '../../src/adapters/store/memory.ts';
import { notesSince } from '../../src/ops/audit.ts';

it('reads every entry of a workspace once, over pages, also where one was written twice', async () => {
  const store = createMemoryStore({ appId: 'A1' });
  for (let n = 0; n < 1_500; n += 1) await store.audit.note('T1', `n${n}`, { what: 'stopped', by: `U${n}` });
  await store.audit.note('T1', 'n1499', { what: 'stopped', by: 'U1499' });
  await store.audit.note('T2', 'n', { what: 'stopped', by: 'U9' });
  const by: string[] = [];
  for await (const { entry } of notesSince(store, 'T1', 0)) by.push(entry.by);
  expect(by).toEqual(Array.from({ length: 1_500 }, (_, n) => `U${n}`));
});
