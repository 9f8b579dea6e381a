import { describe, expect, it } from 'vitest';
import type { Person, Role } from '../../src/core/event.ts';
import { mayStop, mayTalk, type Verdict } from '../../src/core/policy.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/core/settings.ts';

const shut = DEFAULT_SETTINGS;
const open: Settings = { ...shut, allow: { guests: true, outsiders: true, bots: true } };
const person = (role: Role): Person => ({ user: 'U1', name: 'Somebody', role });

type Row = readonly [Role, talk: Verdict, stop: Verdict];

describe('who may do what (I9: unknown people may do nothing)', () => {
  it.each<Row>([
    ['member', 'yes', 'yes'],
    ['admin', 'yes', 'yes'],
    ['guest', 'no', 'no'],
    ['outsider', 'no', 'no'],
    ['bot', 'no', 'no'],
    ['unknown', 'unverified', 'unverified'],
  ])('by default a %s: talks %s, stops %s', (role, talk, stop) => {
    expect([mayTalk(person(role), shut), mayStop(person(role), shut)]).toEqual([talk, stop]);
  });

  it.each<Row>([
    ['guest', 'yes', 'no'],
    ['outsider', 'yes', 'yes'],
    ['bot', 'yes', 'yes'],
    ['unknown', 'unverified', 'unverified'],
  ])('where all are let in, a %s: talks %s, stops %s', (role, talk, stop) => {
    expect([mayTalk(person(role), open), mayStop(person(role), open)]).toEqual([talk, stop]);
  });

  it('nobody at all may nothing', () => {
    expect([mayTalk(undefined, open), mayStop(undefined, open)]).toEqual(['unverified', 'unverified']);
  });
});
