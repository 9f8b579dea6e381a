import { expect, it } from 'vitest';
import { createMemoryStore } from '../../src/adapters/store/memory.ts';
import { feedbackSince, notesSince } from '../../src/ops/audit.ts';

it('reads every entry of a workspace once, over pages, also where one was written twice', async () => {
  const store = createMemoryStore({ appId: 'A1' });
  for (let n = 0; n < 1_500; n += 1) await store.audit.note('T1', `n${n}`, { what: 'stopped', by: `U${n}` });
  await store.audit.note('T1', 'n1499', { what: 'stopped', by: 'U1499' });
  await store.audit.note('T2', 'n', { what: 'stopped', by: 'U9' });
  const by: string[] = [];
  for await (const { entry } of notesSince(store, 'T1', 0)) by.push(entry.by);
  expect(by).toEqual(Array.from({ length: 1_500 }, (_, n) => `U${n}`));
});

it('gives what people wrote about answers once each', async () => {
  const store = createMemoryStore({ appId: 'A1' });
  const said = { by: 'U1', channel: 'C1', thread: '1.2', gen: 1, turn: 1, words: 'too long' };
  for (const nonce of ['n1', 'n1', 'n2']) await store.audit.say('T1', nonce, said);
  const all: string[] = [];
  for await (const note of feedbackSince(store, 'T1', 0)) all.push(note.nonce);
  expect(all).toEqual(['n1', 'n2']);
});
