import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countMasks, MASK, maskSecrets } from '../../src/render/secrets.ts';

// Put together from pieces, so that no scanner takes this file for a leak.
const J = (...pieces: string[]) => pieces.join('');
const BODY = 'MIIEowIBAAKCAQEAx7Zt9v0Q1nVh2mYl3ZkR8cN5pT4sW6uXyBzA1bC2dE3fG4h';
const BEGIN = J('-----BEGIN RSA PRIVATE', ' KEY-----');
const END = J('-----END RSA PRIVATE', ' KEY-----');

const SECRETS: Record<string, string> = {
  bot: J('xox', 'b-1234567890-abcdefghijKLMN'),
  user: J('xox', 'p-1234567890-1234-abcdef'),
  app: J('xap', 'p-1-A0123-456-abcdef'),
  legacy: J('xox', 'a-2-1234567890'),
  session: J('xox', 's-1234567890-aa'),
  refresh: J('xox', 'r-1234567890-aa'),
  rotated: J('xox', 'e-1-My0xLTEyMzQ1'),
  anthropic: J('sk-', 'ant-api03-AbCdEf_GhIj-KlMn'),
  aws: J('AKI', 'AIOSFODNN7EXAMPLE'),
  github: J('gh', 'p_16C7e42F292c6912E7710c838347Ae178B4a'),
  oauth: J('gh', 'o_16C7e42F292c6912E7710c838347Ae178B4a'),
  fine: J('github', '_pat_11ABCDEFG0abcdefghij_klmnopqrst'),
  jwt: J('eyJ', 'hbGciOiJIUzI1NiJ9.', 'eyJ', 'zdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9'),
};

describe('maskSecrets', () => {
  it.each(Object.entries(SECRETS))('masks a secret of kind %s wherever it stands', (_, secret) => {
    for (const [before, after] of [
      ['', ''],
      ['token=', ' and more'],
      ['`', '`'],
      ['("', '")'],
      ['a ', '\nnext'],
      ['SLACK_TOKEN=', ';'],
    ] as const) {
      expect(maskSecrets(before + secret + after)).toEqual({ text: before + MASK + after, masked: 1 });
    }
  });

  it.each([
    'a task-ant-farm-for-children stays',
    'xoxb- is the prefix of a bot token, `xoxb-…` too',
    'sk-ant-… is the prefix of a key',
    'eyJ is how a JWT begins',
    'AKIA1234 is too short, AKIAIOSFODNN7EXAMPLEX too long',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    'the ghp_ prefix',
  ])('leaves %j', (text) => {
    expect(maskSecrets(text)).toEqual({ text, masked: 0 });
  });

  it('masks a PEM key as one, and what stands around it stays', () => {
    for (const key of [
      `${BEGIN}\n${BODY}\n${BODY}\nAbC=\n${END}`,
      `${BEGIN}\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00FF\n\n${BODY}\n${END}`,
      `${BEGIN}\\n${BODY}\\nAbC=\\n${END}`,
      `${BEGIN} ${BODY} ${END}`,
      BEGIN.replace('RSA ', '') + `\n${BODY}\n` + END.replace('RSA ', ''),
    ]) {
      expect(maskSecrets(`before\n${key}\nafter words`)).toEqual({
        text: `before\n${MASK}\nafter words`,
        masked: 1,
      });
    }
  });

  it('masks a PEM key whose end has not come, up to what is no key', () => {
    expect(maskSecrets(`${BEGIN}\n${BODY}\nAbC`).text).toBe(MASK);
    expect(maskSecrets(`${BEGIN}\n${BODY}\n\nThat was the key.`).text).toBe(`${MASK}\n\nThat was the key.`);
  });

  it('never shows more than the first characters of a secret while it grows', () => {
    for (const secret of Object.values(SECRETS)) {
      for (let length = 1; length <= secret.length; length += 1) {
        const shown = maskSecrets(secret.slice(0, length)).text;
        if (shown.includes(MASK)) continue;
        // A JWT's header is public; it is the payload that counts.
        expect(
          secret.startsWith('eyJ') ? shown.replace(/^eyJ[^.]*\.?/, '').length : shown.length,
        ).toBeLessThan(28);
      }
    }
  });

  it('changes nothing the second time, and counts what it did', () => {
    const piece = fc.constantFrom(
      ...Object.values(SECRETS),
      'words',
      ' ',
      '\n',
      '-',
      '.',
      'eyJ',
      BEGIN,
      END,
      BODY,
      '_',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const once = maskSecrets(pieces.join(''));
        expect(countMasks(once.text)).toBe(once.masked);
        expect(maskSecrets(once.text)).toEqual({ text: once.text, masked: 0 });
      }),
    );
  });

  it.each([
    ['eyJ run', 'eyJ'.repeat(100_000)],
    ['eyJ dashes', 'eyJ-'.repeat(100_000)],
    ['eyJ dots', 'eyJaaaaaaaa.'.repeat(30_000)],
    ['begins', BEGIN.repeat(10_000)],
    ['begin and blanks', BEGIN + '\n'.repeat(300_000)],
    ['begin and short words', BEGIN + ' a'.repeat(150_000)],
    ['xoxb', 'xoxb-'.repeat(60_000)],
    ['dashes', '-'.repeat(300_000)],
  ])('is linear on %s', (_, text) => {
    const start = performance.now();
    maskSecrets(text);
    expect(performance.now() - start).toBeLessThan(1_000);
  });
});
