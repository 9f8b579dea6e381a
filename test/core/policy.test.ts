import { describe, expect, it } from 'vitest';
import type { Person, Role } from '../../src/core/event.ts';
import { mayApprove, mayStop, mayTalk, type Verdict } from '../../src/core/policy.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src/core/settings.ts';

const shut = DEFAULT_SETTINGS;
const open: Settings = { ...shut, allow: { guests: true, outsiders: true, bots: true } };
const person = (role: Role): Person => ({ user: 'U1', name: 'Somebody', role });

type Row = readonly [Role, talk: Verdict, stop: Verdict, approve: Verdict];

describe('who may do what (I9: unknown people may do nothing)', () => {
  it.each<Row>([
    ['member', 'yes', 'yes', 'yes'],
    ['admin', 'yes', 'yes', 'yes'],
    ['guest', 'no', 'no', 'no'],
    ['outsider', 'no', 'no', 'no'],
    ['bot', 'no', 'no', 'no'],
    ['unknown', 'unverified', 'unverified', 'unverified'],
  ])('by default a %s: talks %s, stops %s, approves %s', (role, talk, stop, approve) => {
    expect([
      mayTalk(person(role), shut),
      mayStop(person(role), shut),
      mayApprove(person(role), shut),
    ]).toEqual([talk, stop, approve]);
  });

  it.each<Row>([
    ['guest', 'yes', 'no', 'no'],
    ['outsider', 'yes', 'yes', 'no'],
    ['bot', 'yes', 'yes', 'no'],
    ['unknown', 'unverified', 'unverified', 'unverified'],
  ])('where all are let in, a %s: talks %s, stops %s, approves %s', (role, talk, stop, approve) => {
    expect([
      mayTalk(person(role), open),
      mayStop(person(role), open),
      mayApprove(person(role), open),
    ]).toEqual([talk, stop, approve]);
  });

  it('nobody at all may nothing', () => {
    expect([mayTalk(undefined, open), mayStop(undefined, open), mayApprove(undefined, open)]).toEqual([
      'unverified',
      'unverified',
      'unverified',
    ]);
  });
});
