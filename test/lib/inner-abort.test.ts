import { getEventListeners } from 'node:events';
import { expect, it } from 'vitest';
import { InnerAbort } from '../../src/lib/inner-abort.ts';

it('follows the outer signal, with its reason', () => {
  const outer = new AbortController();
  const inner = new InnerAbort(outer.signal);
  const reason = new Error('all of it ends');
  outer.abort(reason);
  expect(inner.signal.reason).toBe(reason);
  expect(new InnerAbort(outer.signal).signal.reason).toBe(reason);
});

it('ends alone, and the outer signal knows nothing of it', () => {
  const outer = new AbortController();
  const inner = new InnerAbort(outer.signal);
  inner.abort(new Error('only this'));
  expect(inner.signal.aborted).toBe(true);
  expect(outer.signal.aborted).toBe(false);
});

it('once released follows no more, and leaves nothing at the outer signal', () => {
  const outer = new AbortController();
  const inner = new InnerAbort(outer.signal);
  expect(getEventListeners(outer.signal, 'abort')).toHaveLength(1);
  inner.release();
  expect(getEventListeners(outer.signal, 'abort')).toHaveLength(0);
  outer.abort();
  expect(inner.signal.aborted).toBe(false);
});
