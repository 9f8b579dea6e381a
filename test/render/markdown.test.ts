import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rememberingSplit, splitMarkdown } from '../../src/render/markdown.ts';
import { MASK } from '../../src/render/secrets.ts';
import { long, SLACK_TOKEN } from './markdown-fragments.ts';

const LIMIT = 1_000;
const SENTENCE = 'The quick brown fox jumps over the lazy dog. ';

function split(source: string, limit = LIMIT): string[] {
  return splitMarkdown(source, { limit }).map(({ markdown }) => markdown);
}

function paragraph(name: string, length: number): string {
  return `${name}: ${SENTENCE.repeat(Math.ceil(length / SENTENCE.length))}`.slice(0, length).trimEnd();
}

describe('splitMarkdown: where it cuts', () => {
  it('gives nothing for nothing, and one part for what fits', () => {
    expect(splitMarkdown('', { limit: LIMIT })).toEqual([]);
    expect(splitMarkdown(' \n\n\t', { limit: LIMIT })).toEqual([]);
    expect(splitMarkdown('**hi** <@U1>', { limit: LIMIT })).toEqual([
      { markdown: '**hi** &lt;@U1&gt;', text: 'hi &lt;@U1&gt;', masked: 0 },
    ]);
  });

  it('before a heading rather than at a later paragraph', () => {
    const [one, two, three] = [paragraph('one', 600), paragraph('two', 200), paragraph('three', 400)];
    const [first, second] = split(`${one}\n\n## Two\n\n${two}\n\n${three}`);
    expect(first).toBe(`${one}\n\n`);
    expect(second).toBe(`## Two\n\n${two}\n\n${three}`);
  });

  it('at a paragraph, never between a heading and its text', () => {
    const [one, two, three] = [paragraph('one', 450), paragraph('two', 500), paragraph('three', 400)];
    expect(split(`${one}\n\n${two}\n\n${three}`)).toEqual([`${one}\n\n${two}\n\n`, three]);
    const [first] = split(
      `${paragraph('zero', 300)}\n\n${paragraph('one', 400)}\n\n### Title\n\n${paragraph('two', 600)}`,
    );
    expect(first).not.toContain('Title');
  });

  it('before a list item, and what it takes along keeps its structure', () => {
    const items = Array.from({ length: 12 }, (_, i) => `- ${paragraph(`item ${i}`, 120)}\n  - nested ${i}\n`);
    for (const part of split(items.join(''))) expect(part).toMatch(/^- item \d+/);
  });

  it('inside a nested list it moves what is left to the margin', () => {
    const nested = Array.from({ length: 12 }, (_, i) => `    - ${paragraph(`deep ${i}`, 120)}\n`);
    const [, second] = split(`- top\n  - middle\n${nested.join('')}  - back\n- end`);
    expect(second).toMatch(/^- deep/);
    const parts = split(`- top\n  - middle\n${nested.join('')}  - back\n- end`);
    expect(parts.at(-1)).toMatch(/\n- back\n- end$/);
  });

  it('at a word where a line is too long, never in a link or a code span', () => {
    const link = '[a link with words](https://a.example/some/path?x=1&y=2)';
    const code = '`code with several words in it`';
    for (const part of split(`${SENTENCE.repeat(4)}${link} and ${code} `.repeat(9))) {
      expect(part.split('`').length % 2).toBe(1);
      expect(part.match(/\[a link/g) ?? []).toHaveLength((part.match(/y=2\)/g) ?? []).length);
      expect(part).toMatch(/[ .]$/);
    }
  });

  it('keeps what follows a cut from reading as a list, heading or fence', () => {
    const parts = split(`${'x'.repeat(997)} 12. ${'y '.repeat(200)}`);
    expect(parts[1]).toMatch(/^\u200b12\. y/);
  });
});

describe('splitMarkdown: repairs', () => {
  const code = (lines: number) =>
    Array.from({ length: lines }, (_, i) => `const value${i} = a < b;\n`).join('');

  it.each([
    ['```ts', '```', '```'],
    ['~~~python', '~~~', '~~~'],
    ['````md', '````', '```'],
    ['> ```js', '> ```', '> x'],
  ])('closes and reopens a %s fence', (open, close, inner) => {
    const lines = code(100).replace(/^/gm, open.startsWith('>') ? '> ' : '');
    const parts = split(`${open}\n${inner}x\n${lines}${close}\nafter`);
    expect(parts.length).toBeGreaterThan(2);
    for (const part of parts) expect(part.startsWith(`${open}\n`)).toBe(true);
    for (const part of parts.slice(0, -1)) expect(part.endsWith(`\n${close}`)).toBe(true);
    expect(parts.at(-1)).toMatch(/\nafter$/);
  });

  it('cuts code at an empty line, and puts no empty fence anywhere', () => {
    const parts = split(`\`\`\`\n${code(20)}\n${code(30)}\`\`\``);
    expect(parts[0]).toMatch(/value19 = a &lt; b;\n\n```$/);
    for (const part of parts) expect(part).not.toMatch(/```\n\s*```/);
  });

  it('takes a fence in a list item out of its indent', () => {
    const parts = split(`1. Run:\n\n   \`\`\`sh\n${code(60).replace(/^(?=.)/gm, '   ')}   \`\`\`\n\n2. Done`);
    expect(parts[1]).toMatch(/^```sh\nconst value/);
    expect(parts.at(-1)).toMatch(/\n```\n\n2\. Done$/);
  });

  it('repeats the head of a table', () => {
    const rows = Array.from({ length: 80 }, (_, i) => `| row ${i} | ${'cell '.repeat(4)}|\n`).join('');
    const parts = split(`| name | value |\n|------|:-----:|\n${rows}\nafter`);
    for (const part of parts) expect(part).toMatch(/^\| name \| value \|\n\|------\|:-----:\|\n\| row/);
    expect(parts.join('').match(/\| row \d+ /g)).toHaveLength(80);
  });

  it.each([
    ['```js\nlet a', '```js\nlet a\n```'],
    ['```js\nlet a\n', '```js\nlet a\n```'],
    ['```js\nlet a\n``', '```js\nlet a\n```'],
    ['```', '```\n```'],
    ['- x\n  ~~~\n  a', '- x\n  ~~~\n  a\n  ~~~'],
    ['> ```\n> a', '> ```\n> a\n> ```'],
  ])('renders an unfinished fence closed: %j', (source, expected) => {
    expect(split(source)).toEqual([expected]);
  });
});

describe('splitMarkdown: parts', () => {
  it('counts the secrets of each part', () => {
    const token = ['sk-', 'ant-api03-abcdefghijkl'].join('');
    const parts = splitMarkdown(`${token}\n\n${paragraph('one', 980)}\n\n\`${token}\` ${token}`, {
      limit: LIMIT,
    });
    expect(parts.map(({ masked }) => masked)).toEqual([1, 2]);
    expect(parts[0]?.text).toContain(MASK);
  });

  it('keeps limits and safety in the Markdown and in the fallback, also at the real limit (fault: message-too-long)', () => {
    fc.assert(
      fc.property(long, fc.constantFrom(1_000, 3_000, 11_000), (source, limit) => {
        const parts = splitMarkdown(source.repeat(limit === 11_000 ? 4 : 1), { limit });
        for (const { markdown, text } of parts) {
          expect([markdown.length <= limit, text.length <= 3_900, text.length > 0]).toEqual([
            true,
            true,
            true,
          ]);
          expect(markdown).not.toMatch(SLACK_TOKEN);
          expect(text).not.toMatch(SLACK_TOKEN);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('keeps the first parts of an ordinary answer from the moment a new one begins', () => {
    const answer = Array.from(
      { length: 40 },
      (_, i) => `## Step ${i}\n\n${paragraph(`step ${i}`, 150)}\n\n- a\n- b\n`,
    ).join('\n');
    const whole = split(answer);
    for (let length = 0; length < answer.length; length += 41) {
      const parts = split(answer.slice(0, length));
      expect(parts.slice(0, -1)).toEqual(whole.slice(0, Math.max(0, parts.length - 1)));
    }
  });

  it.each([
    '`',
    '`a` ',
    '``` ',
    '```\n',
    '[',
    '](',
    '![',
    '[](',
    '](u "',
    '<',
    '<img ',
    '<https://a',
    '&',
    '> ',
    '- ',
    '- \n',
    '  - x\n',
    '|',
    '| a ',
    '|-|\n',
    '\\',
    '*',
    '_',
    '#',
    '\n',
    ' ',
    'https://a',
    '🇩🇪',
    '\u0301',
    'eyJ',
    '[a]: ',
    '\ud83d',
    '[a.b](https://c.d)',
  ])('is linear on %j', (fragment) => {
    // CPU time of this process: what else the machine does is not measured.
    const time = (length: number) => {
      const source = fragment.repeat(Math.ceil(length / fragment.length));
      const start = process.cpuUsage();
      splitMarkdown(source, { limit: 11_000 });
      const { user } = process.cpuUsage(start);
      return user / 1_000;
    };
    const short = Math.min(time(12_000), time(12_000), time(12_000));
    expect(short).toBeLessThan(150);
    // Ten times the text: quadratic would take a hundred times as long.
    expect(time(120_000)).toBeLessThan(Math.max(short, 15) * 35);
  });
});

describe('a split with a memory', () => {
  it('answers as without one, keeps the newest texts, and tells limits apart', () => {
    const split = rememberingSplit(2);
    const [text, limit] = ['All is well. '.repeat(400), 3_000];
    const parts = split(text, { limit });
    expect(parts).toEqual(splitMarkdown(text, { limit }));
    expect(split(text.repeat(1), { limit })).toBe(parts);
    expect(split(text, { limit: 2_000 })).toEqual(splitMarkdown(text, { limit: 2_000 }));
    split('another', { limit });
    expect(split(text, { limit })).not.toBe(parts);
    expect(split(text, { limit })).toEqual(parts);
  });
});
