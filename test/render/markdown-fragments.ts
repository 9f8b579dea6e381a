/** Pieces of Markdown and of attacks, put together at random by the properties. */
import fc from 'fast-check';

const J = (...pieces: string[]) => pieces.join('');

/** Slack's tokens, and what could turn into one. */
export const ATTACKS: readonly string[] = [
  '<!channel>',
  '<!here|here>',
  '<!everyone>',
  '<@U0123ABCD>',
  '<@W01|ada>',
  '<#C0123|general>',
  '<!subteam^S0123>',
  '<!date^1392734382^{date}|x>',
  '<http://evil.example|good.example>',
  '<https://evil.example>',
  '<mailto:a@b.example>',
  '&lt;!channel&gt;',
  '&amp;lt;@U1&amp;gt;',
  '&#60;!here&#62;',
  '<',
  '<<',
  '>',
  '!channel>',
  '<!',
  '&',
  '&lt',
  ';',
  '![x](https://evil.example/p.png)',
  '![](https://evil.example/p.png?data=1)',
  '![x][ref]',
  '[ref]: https://evil.example/p.png',
  '<img src="https://evil.example/p.png" alt="cat">',
  '[https://good.example](https://evil.example)',
  '[good.example](https://good.example@evil.example "title <!here>")',
  '[a](<https://evil.example/a b>)',
  '\\',
  '\\!',
  '!',
  '[',
  '](',
  ']:',
  ')',
  '|',
  '\u0000',
  '\ud83d',
  '\ude00',
  '\r',
  '\u2028',
  '\u202e',
  '\u200b',
  J('xox', 'b-1234567890-abcdefghij'),
  J('-----BEGIN PRIVATE', ' KEY-----'),
];

/** What answers are made of. */
export const PROSE: readonly string[] = [
  'The quick brown fox jumps over the lazy dog. ',
  'word ',
  'שלום עולם ',
  'これは長い日本語の文です。',
  '👩‍👩‍👧‍👦',
  '🇩🇪🇫🇷',
  'e\u0301',
  'नमस्ते ',
  '**bold** ',
  '`a < b && c` ',
  '[docs](https://docs.example.com/a?b=1&c=2) ',
  '1 < 2 > 0 ',
  '\n',
  '\n',
  '\n\n',
];

export const BLOCKS: readonly string[] = [
  '# Heading\n',
  '- item\n',
  '  - nested item\n',
  '      deeper\n',
  '1. first\n',
  '10) tenth\n',
  '> quote\n',
  '> ```js\n> a > b\n> ```\n',
  '> ',
  '```\n',
  '```ts\n',
  '~~~\n',
  '````md\n',
  '```',
  '  ```\n',
  '   ```py\n',
  '    ```\n',
  '- ```\n',
  '  code();\n',
  '\tcode\n',
  '| a | b |\n|---|:-:|\n| 1 | 2 |\n| 3 | 4 |\n',
  '| 5 | 6 |\n',
  '|---|\n',
  '---\n',
  '===\n',
  '* * *\n',
  '&gt; not a quote\n',
];

const pool = [...ATTACKS, ...PROSE, ...BLOCKS];

/** Short texts in which every fragment meets every other. */
export const dense = fc.array(fc.constantFrom(...pool), { maxLength: 40 }).map((pieces) => pieces.join(''));

/** Long texts that need several parts at a limit of 1,000. */
export const long = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...PROSE, ...BLOCKS) },
      { weight: 1, arbitrary: fc.constantFrom(...ATTACKS) },
      {
        weight: 2,
        arbitrary: fc
          .tuple(fc.constantFrom(...pool), fc.integer({ min: 2, max: 60 }))
          .map(([piece, times]) => piece.repeat(times)),
      },
      { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 30 }) },
    ),
    { minLength: 10, maxLength: 120 },
  )
  .map((pieces) => pieces.join(''));

/** What Slack would read as a control sequence: an unescaped `<`, or a `&` that is no entity. */
export const SLACK_TOKEN = /<|&(?!(?:amp|lt|gt);)/;
