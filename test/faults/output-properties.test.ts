/** Whatever an agent writes: it is drawn in linear time, and its links do not say that they lead elsewhere. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { splitMarkdown } from '../../src/render/markdown.ts';
import { neutralise } from '../../src/render/safety.ts';
import { refusals, tokens } from '../render/slack-limits.ts';

/** What readers of Markdown have been made slow or wrong with, to be repeated. */
const ATOMS = [
  ['`', '` ', '```\n', '~~~', '*', '*a ', '_a', '**_', '~', '\\', '[', '[a](', '![[', '](', '(', '<', '<a '],
  ['<!--', '&', '&#x', '&amp;', '> ', '>', '- ', '1. ', '# ', '|', '|a', '|a|\n|-|\n', '[a]: b\n', '\n', ' '],
  [
    'http://',
    '[x](https://a.b/',
    '@a.',
    '-----BEGIN ',
    'eyJ',
    'sk-ant-',
    'xoxb-',
    'AKIA',
    '\u200d',
    '\u202e',
  ],
  ['a\u0301', '\u{1F1E6}', '\ud83d', '\0', '👨‍👩‍👧', '<!channel>', '<@U0ADA00001>', 'word '],
].flat();
const LENGTH = 24_000;
/** Two messages’ worth of text. On a machine that does much else besides; what is not linear takes minutes. */
const MOST_MS = 2_000;

const hostile = fc
  .tuple(fc.array(fc.constantFrom(...ATOMS), { minLength: 1, maxLength: 4 }), fc.constantFrom('', '\n', ' '))
  .map(([atoms, between]) => {
    const once = atoms.join(between) + between;
    return once.repeat(Math.ceil(LENGTH / once.length)).slice(0, LENGTH);
  });
const nested = fc
  .tuple(fc.constantFrom('- ', '> ', '1. ', '  - '), fc.integer({ min: 2, max: 400 }))
  .map(([mark, depth]) => {
    const lines = Array.from(
      { length: depth },
      (_, at) => `${mark.trim() === '>' ? mark.repeat(at) : ' '.repeat(at) + mark}x`,
    );
    return lines.join('\n').slice(0, LENGTH);
  });

describe('Markdown that is made to harm', () => {
  it('is drawn in linear time, in parts that Slack takes, and pings nobody (fault: markdown-hostile, pings)', () => {
    fc.assert(
      fc.property(fc.oneof(hostile, nested), (source) => {
        const began = performance.now();
        const parts = splitMarkdown(source, { limit: 11_000 });
        expect(performance.now() - began).toBeLessThan(MOST_MS);
        for (const { markdown, text } of parts) {
          expect(refusals({ text, blocks: [{ type: 'markdown', text: markdown }] })).toEqual([]);
          expect([...tokens(markdown), ...tokens(text)]).toEqual([]);
        }
        if (source.includes('word')) expect(parts.map(({ markdown }) => markdown).join('')).toContain('word');
      }),
      { numRuns: 40 },
    );
  }, 120_000);
});

describe('links that deceive', () => {
  const label = fc.stringMatching(/^[a-z]{1,8}$/);
  const host = fc
    .tuple(label, label, fc.constantFrom('com', 'org', 'example'))
    .map(([sub, name, top]) => `${sub}.${name}.${top}`);
  const path = fc.stringMatching(/^(?:\/[a-z0-9]{0,5}){0,3}$/);
  const dressed = fc.constantFrom(
    (text: string) => text,
    (text: string) => `**${text}**`,
    (text: string) => `_${text}_`,
    (text: string) => `\`${text}\``,
    (text: string) => `https://${text}`,
    (text: string) => `see ${text} for more`,
    (text: string) => text.replace('.', '\u200b.'),
    (text: string) => text.replace('.', '．'),
  );

  it('show the host that they lead to, however their text is dressed (fault: links-deceive)', () => {
    fc.assert(
      fc.property(host, host, path, dressed, (said, real, rest, dress) => {
        fc.pre(said !== real && !real.endsWith(`.${said}`));
        const shown = neutralise(`Look: [${dress(said)}](https://${real}${rest}) there.`);
        expect(shown).toContain(` (${real})`);
      }),
    );
  });

  it('and pictures that would carry data away become links that say where to (fault: links-deceive)', () => {
    fc.assert(
      fc.property(host, path, fc.stringMatching(/^[a-z ]{0,10}$/), (real, rest, alt) => {
        const url = `https://${real}${rest}?data=secret`;
        const shown = neutralise(`![${alt}](${url})`);
        expect(shown).not.toContain('![');
        expect(shown).toContain(real);
      }),
    );
  });
});
