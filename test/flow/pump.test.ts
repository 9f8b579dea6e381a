/** From the inbox to the actor: each input once, in order, with who sent it (I2). */
import { describe, expect, it } from 'vitest';
import type { Attributed, Person, ThreadInput } from '../../src/core/event.ts';
import { PortError } from '../../src/errors.ts';
import { pump, type Pump } from '../../src/flow/pump.ts';
import type { InboxItem } from '../../src/ports.ts';
import { deferred, type Deferred } from '../../src/lib/deferred.ts';
import { ADA, GRACE, THREAD, answers, says, stops, timer } from '../core/support/inputs.ts';
import { virtualClock, type VirtualClock } from '../support/virtual-clock.ts';

interface Rig {
  readonly pump: Pump;
  readonly clock: VirtualClock;
  readonly ending: AbortController;
  readonly passed: { readonly seq: string; readonly author: string | undefined }[];
  readonly asked: string[];
  readonly pending: Deferred<Person>[];
}

/** @param people answers who somebody is; without it the test answers itself */
function rig(people?: (user: string, tried: number) => Person | Error, groups: readonly string[] = []): Rig {
  const clock = virtualClock();
  const ending = new AbortController();
  const passed: Rig['passed'] = [];
  const asked: string[] = [];
  const pending: Deferred<Person>[] = [];
  const slack = {
    person: (_team: string, user: string): Promise<Person> => {
      asked.push(user);
      if (!people) {
        const answer = deferred<Person>();
        pending.push(answer);
        return answer.promise;
      }
      const answer = people(user, asked.filter((one) => one === user).length);
      return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
    },
    groupsOf: (_team: string, user: string, named: readonly string[]): Promise<readonly string[]> =>
      user === ADA.user
        ? Promise.resolve(named.slice(0, 1))
        : Promise.reject(new PortError({ kind: 'retry', code: 'ratelimited' })),
    isOpenTo: (_team: string, _channel: string, user: string): Promise<boolean> =>
      user === ADA.user
        ? Promise.resolve(true)
        : Promise.reject(new PortError({ kind: 'retry', code: 'ratelimited' })),
  };
  const deliver = ({ seq }: InboxItem, { author, other }: Attributed): void => {
    const member = author?.groups === undefined ? '' : ` in ${author.groups.join()}`;
    const named = other === undefined ? '' : ` names ${other.user} ${other.role} ${String(other.there)}`;
    passed.push({ seq, author: author && `${author.user} ${author.role}${member}${named}` });
  };
  return {
    pump: pump({ slack, clock, groups: () => groups }, THREAD, ending.signal, deliver),
    clock,
    ending,
    passed,
    asked,
    pending,
  };
}

const item = (seq: string, { input }: { readonly input: ThreadInput }): InboxItem => ({ seq, input, at: 0 });
const known = (user: string): Person => (user === ADA.user ? ADA : GRACE);

describe('whom an input names', () => {
  it.each([
    ['UADA', 'UGRACE member names UADA member true'],
    ['UGRACE', 'UGRACE member names UGRACE member undefined'],
  ])('%s is looked up, and whether they can read along', async (to, expected) => {
    const { pump: passing, passed } = rig(known);
    const input: ThreadInput = { kind: 'command', name: 'handover', user: 'UGRACE', to };
    passing.give([item('1', { input })]);
    await expect.poll(() => passed.map(({ author }) => author)).toEqual([expected]);
  });
});

describe('who answers a card', () => {
  it('comes with the groups that it names, or without where that is not found out', async () => {
    const { pump: way, passed, clock } = rig(known, ['S1', 'S2']);
    way.give([
      item('1', answers('t', 'allow')),
      item('2', answers('t', 'allow', GRACE)),
      item('3', says(1, 'a')),
    ]);
    await clock.settle();
    expect(passed.map(({ author }) => author)).toEqual(['UADA member in S1', 'UGRACE member', 'UADA member']);
  });
});

describe('the way from the inbox', () => {
  it('passes each input once and in order, with its author', async () => {
    const { pump: way, passed, clock } = rig(known);
    const items = [item('1', says(1, 'a')), item('2', stops(GRACE)), item('3', timer('idle', 5))];
    way.give(items);
    way.give(items);
    await clock.settle();
    expect(passed).toEqual([
      { seq: '1', author: 'UADA member' },
      { seq: '2', author: 'UGRACE member' },
      { seq: '3', author: undefined },
    ]);
    way.give(items);
    await clock.settle();
    expect(passed).toHaveLength(3);
    expect(way.idle()).toBe(true);
  });

  it('keeps the order, however long it takes to learn who somebody is', async () => {
    const { pump: way, passed, clock, pending } = rig();
    way.give([item('1', says(1, 'a')), item('2', timer('idle', 5))]);
    await clock.settle();
    expect(passed).toEqual([]);
    expect(way.idle()).toBe(false);
    pending[0]?.resolve(ADA);
    await clock.settle();
    expect(passed.map(({ seq }) => seq)).toEqual(['1', '2']);
  });

  it('asks again who somebody is, with pauses, and at last passes the input as from somebody unknown', async () => {
    const { pump: way, passed, clock, asked } = rig((user) => ({ user, name: user, role: 'unknown' }));
    way.give([item('1', says(1, 'a')), item('2', timer('idle', 5))]);
    await clock.settle();
    expect(asked).toHaveLength(1);
    await clock.advance(300);
    expect(asked).toHaveLength(2);
    await clock.advance(600);
    expect(asked).toHaveLength(3);
    expect(passed).toEqual([
      { seq: '1', author: 'UADA unknown' },
      { seq: '2', author: undefined },
    ]);
    expect(clock.timers).toBe(0);
  });

  it('goes on as soon as the answer is there', async () => {
    const {
      pump: way,
      passed,
      clock,
    } = rig((user, tried) => (tried < 2 ? { user, name: user, role: 'unknown' } : ADA));
    way.give([item('1', says(1, 'a'))]);
    await clock.advance(300);
    expect(passed).toEqual([{ seq: '1', author: 'UADA member' }]);
  });

  it('takes a failed question for an answer that is not known, never for an error of the input', async () => {
    const {
      pump: way,
      passed,
      clock,
    } = rig((user) => (user === ADA.user ? new PortError({ kind: 'retry', code: 'ratelimited' }) : GRACE));
    way.give([item('1', says(1, 'a')), item('2', says(2, 'b', GRACE))]);
    await clock.advance(1_000);
    expect(passed).toEqual([
      { seq: '1', author: 'UADA unknown' },
      { seq: '2', author: 'UGRACE member' },
    ]);
  });

  it('passes nothing once the thread is not held any more, and leaves no wait behind', async () => {
    const { pump: way, passed, clock, ending } = rig((user) => ({ user, name: user, role: 'unknown' }));
    way.give([item('1', says(1, 'a')), item('2', timer('idle', 5))]);
    await clock.settle();
    ending.abort(new Error('given up'));
    await clock.advance(10_000);
    way.give([item('3', timer('idle', 6))]);
    await clock.settle();
    expect(passed).toEqual([]);
    expect(clock.timers).toBe(0);
    expect(way.idle()).toBe(true);
  });
});
