import { describe, expect, it } from 'vitest';
import { PortError } from '../../src/errors.ts';
import {
  anthropicFindings,
  appTokenFinding,
  clockFinding,
  driftFindings,
  nodeFinding,
  redisFindings,
  settingsFindings,
  slackFindings,
} from '../../src/ops/doctor-findings.ts';
import type { Finding } from '../../src/ops/doctor-findings.ts';

/** Whatever is not well has a cure. */
function said(findings: Finding | undefined | readonly Finding[]): readonly [string, string][] {
  const all = findings === undefined ? [] : 'check' in findings ? [findings] : findings;
  for (const finding of all) if (finding.state !== 'ok') expect(finding.cure).toBeTruthy();
  return all.map(({ state, says }) => [state, says]);
}

const failed = (status: number, kind: 'fatal' | 'retry' = 'fatal') =>
  new PortError({ kind, code: 'c', message: 'its words', status });

describe('Node.js', () => {
  it.each([
    ['20.19.0', 'ok'],
    ['24.1.0', 'ok'],
    ['20.18.3', 'problem'],
    ['18.20.0', 'problem'],
  ])('%s is %s', (version, state) => {
    expect(nodeFinding(version).state).toBe(state);
  });
});

describe('settings', () => {
  it('a sentence is a finding, its second half the cure', () => {
    const [first, second] = settingsFindings(['PORT is no port; use 1 to 65535.'], ['An odd thing.']);
    expect(first).toEqual({
      check: 'settings',
      state: 'problem',
      says: 'PORT is no port',
      cure: 'use 1 to 65535',
    });
    expect(second?.state).toBe('warning');
    expect(said(settingsFindings([], []))).toEqual([['ok', 'every setting is well formed']]);
  });
});

describe('Slack', () => {
  const manifest = { bot: ['chat:write', 'users:read', 'mpim:read'], optional: ['mpim:read'] };
  const answer = (scopes: readonly string[] | undefined, fields: object = {}) =>
    ({
      is: 'ok',
      fields: { user: 'heddle', team: 'Acme', team_id: 'T1', bot_id: 'B1', ...fields },
      scopes,
      aheadMs: 0,
    }) as const;

  it.each([
    [['chat:write', 'users:read', 'mpim:read'], 'ok', /every scope/],
    [['chat:write', 'users:read'], 'ok', /left out: mpim:read/],
    [['chat:write'], 'problem', /lacks users:read$/],
    [['chat:write', 'users:read', 'admin'], 'warning', /more than it needs: admin/],
    [undefined, 'warning', /did not say/],
  ] as const)('scopes %j', (scopes, state, words) => {
    const [who, finding] = slackFindings(answer(scopes), manifest);
    expect(who?.says).toBe('the bot token is heddle in Acme (T1)');
    expect(finding).toMatchObject({ state, says: expect.stringMatching(words) as string });
    said([finding as Finding]);
  });

  it('no manifest, no comparison', () => {
    expect(said(slackFindings(answer(['chat:write']), undefined))[1]?.[0]).toBe('warning');
  });

  it("a person's token is no bot token", () => {
    expect(said(slackFindings(answer([], { bot_id: undefined }), manifest))[0]?.[0]).toBe('problem');
  });

  it.each([
    'invalid_auth',
    'token_revoked',
    'token_expired',
    'account_inactive',
    'ratelimited',
    'something_new',
  ])('refused with %s', (code) => {
    expect(said(slackFindings({ is: 'refused', code }, manifest))).toEqual([
      ['problem', `Slack refuses SLACK_BOT_TOKEN: ${code}`],
    ]);
  });

  it('the app token', () => {
    expect(appTokenFinding(answer([])).state).toBe('ok');
    expect(said(appTokenFinding({ is: 'refused', code: 'missing_scope' }))[0]?.[1]).toContain(
      'connections:write',
    );
    expect(said(appTokenFinding({ is: 'refused', code: 'invalid_auth' }))[0]?.[0]).toBe('problem');
    expect(said(appTokenFinding({ is: 'unreachable', why: 'ECONNREFUSED' }))[0]?.[1]).toContain(
      'ECONNREFUSED',
    );
  });
});

describe('Redis', () => {
  const there = {
    is: 'there',
    version: '7.4.1',
    policy: 'noeviction',
    persistence: 'aof',
    kind: 'server',
    role: 'master',
  } as const;
  it.each([
    [undefined, ['ok']],
    [there, ['ok', 'ok', 'ok']],
    [{ ...there, persistence: 'snapshots' }, ['ok', 'ok', 'warning']],
    [{ ...there, persistence: 'none' }, ['ok', 'ok', 'warning']],
    [{ ...there, persistence: 'unknown', policy: undefined }, ['ok', 'warning', 'warning']],
    [{ ...there, policy: 'allkeys-lru' }, ['ok', 'problem', 'ok']],
    [{ ...there, role: 'slave' }, ['problem', 'ok', 'ok']],
    [{ ...there, kind: 'sentinel' }, ['ok', 'ok', 'ok']],
    [{ ...there, kind: 'cluster', role: 'slave' }, ['ok', 'ok', 'ok']],
    [{ is: 'refused', why: 'Redis refuses the login (WRONGPASS); check REDIS_URL.' }, ['problem']],
    [{ is: 'unreachable', why: 'ECONNREFUSED' }, ['problem']],
  ] as const)('%j', (facts, states) => {
    expect(said(redisFindings(facts)).map(([state]) => state)).toEqual(states);
  });
});

describe('Managed Agents', () => {
  const there = { is: 'there', name: 'Helper', archived: false, version: 7 } as const;
  const place = { is: 'there', name: 'work', archived: false, version: undefined } as const;
  const ids = { agent: { id: 'agent_1', version: 7 }, environment: { id: 'env_1' } };
  const facts = { key: undefined, agent: there, pinned: there, environment: place, aheadMs: 0 } as const;

  it.each([
    [facts, ids, ['ok', 'ok', 'ok']],
    [{ ...facts, agent: { ...there, version: 9 } }, ids, ['ok', 'ok', 'ok']],
    [{ ...facts, agent: { is: 'absent' } }, ids, ['ok', 'problem', 'ok']],
    [{ ...facts, agent: { ...there, archived: true } }, ids, ['ok', 'problem', 'ok']],
    [{ ...facts, pinned: { is: 'absent' } }, ids, ['ok', 'problem', 'ok']],
    [{ ...facts, pinned: undefined }, { ...ids, agent: { id: 'agent_1' } }, ['ok', 'warning', 'ok']],
    [{ ...facts, environment: { is: 'absent' } }, ids, ['ok', 'ok', 'problem']],
    [{ ...facts, environment: { ...place, archived: true } }, ids, ['ok', 'ok', 'problem']],
    [{ ...facts, environment: { is: 'failed', error: failed(500, 'retry') } }, ids, ['ok', 'ok', 'problem']],
    [{ ...facts, key: failed(401) }, ids, ['problem']],
    [{ ...facts, key: failed(403) }, ids, ['problem']],
    [{ ...facts, key: failed(402) }, ids, ['problem']],
    [{ ...facts, key: failed(503, 'retry') }, ids, ['problem']],
  ] as const)('case %#', (known, wanted, states) => {
    expect(said(anthropicFindings(known, wanted)).map(([state]) => state)).toEqual(states);
  });
});

describe('the clock', () => {
  it.each([
    [[undefined, undefined], undefined],
    [[900, -400], 'ok'],
    [[undefined, 31_000], 'warning'],
    [[0, -600_000], 'problem'],
  ] as const)('%j', (ahead, state) => {
    const finding = clockFinding(ahead);
    expect(finding?.state).toBe(state);
    said(finding);
  });
});

describe('drift', () => {
  const entry = { kind: 'agent', name: 'default', hash: 'a', pinnedHash: 'a' } as const;
  it('is named entry by entry', () => {
    expect(driftFindings([])).toEqual([]);
    expect(said(driftFindings([entry])).map(([state]) => state)).toEqual(['ok']);
    const drifted = said(
      driftFindings([entry, { ...entry, hash: 'b' }, { ...entry, name: 'new', pinnedHash: undefined }]),
    );
    expect(drifted).toEqual([
      ['warning', 'agent "default" has changed in heddle.yaml since it was set up'],
      ['warning', 'agent "new" has never been set up'],
    ]);
  });
});
