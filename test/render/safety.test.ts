import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cleanCharacters,
  LOOK_AHEAD,
  neutralise,
  neutralised,
  visibleBidi,
} from '../../src/render/safety.ts';
import { MASK } from '../../src/render/secrets.ts';
import { unescapeSlack } from '../../src/render/text.ts';
import { dense, long, SLACK_TOKEN } from './markdown-fragments.ts';

describe('neutralise: tokens (I8)', () => {
  it.each([
    ['<!channel> <!here|here> <!everyone>', '&lt;!channel&gt; &lt;!here|here&gt; &lt;!everyone&gt;'],
    ['<@U012AB3CD> <#C1|x> <!subteam^S1>', '&lt;@U012AB3CD&gt; &lt;#C1|x&gt; &lt;!subteam^S1&gt;'],
    ['<!date^1^{date}|now>', '&lt;!date^1^{date}|now&gt;'],
    ['&lt;!channel&gt; stays what it was', '&amp;lt;!channel&amp;gt; stays what it was'],
    ['`<!here>` in code', '`&lt;!here&gt;` in code'],
    ['```\nif (a < b && c > d) <!here>\n```', '```\nif (a &lt; b &amp;&amp; c &gt; d) &lt;!here&gt;\n```'],
    ['```<!here>\nx\n```', '```&lt;!here&gt;\nx\n```'],
    ['[<!here>](https://a.example "<@U1>")', '[&lt;!here&gt;](https://a.example "&lt;@U1&gt;")'],
    ['a <\n!here>', 'a &lt;\n!here&gt;'],
    ['| <@U1> |\n|---|\n| <!here> |', '| &lt;@U1&gt; |\n|---|\n| &lt;!here&gt; |'],
  ])('%j', (source, expected) => {
    expect(neutralise(source)).toBe(expected);
  });

  it('leaves no token for any input (fault: pings)', () => {
    const source = fc.oneof(dense, fc.string({ unit: 'binary' }));
    fc.assert(
      fc.property(source, (text) => {
        expect(neutralise(text)).not.toMatch(SLACK_TOKEN);
      }),
      { numRuns: 500 },
    );
  });
});

describe('neutralise: what Markdown needs stays', () => {
  it.each([
    ['> quote\n> > deeper\n\n- > in a list', '> quote\n> > deeper\n\n- > in a list'],
    ['a > b\n1 => 2', 'a &gt; b\n1 =&gt; 2'],
    [
      '# Title\n\n- [x] done\n* **b** _i_ ~~s~~ `c`\n\n---',
      '# Title\n\n- [x] done\n* **b** _i_ ~~s~~ `c`\n\n---',
    ],
    ['شكرا \u202bRTL\u202c 👩‍👩‍👧‍👦', 'شكرا \u202bRTL\u202c 👩‍👩‍👧‍👦'],
    ['`vec![1](x)` and ```a![b](c)```', '`vec![1](x)` and ```a![b](c)```'],
    [
      '```md\n![a](https://b.example/c.png)\n[a]: https://b.example\n```',
      '```md\n![a](https://b.example/c.png)\n[a]: https://b.example\n```',
    ],
    [
      '- item\n\n  ```rust\n  let a = vec![1](2);\n  ```',
      '- item\n\n  ```rust\n  let a = vec![1](2);\n  ```',
    ],
    ['vec![1, 2] and Wow!', 'vec![1, 2] and Wow!'],
    [
      '[a](/relative) [b](#anchor) [c](mailto:a@b.example)',
      '[a](/relative) [b](#anchor) [c](mailto:a@b.example)',
    ],
    ['[wiki](https://en.wikipedia.org/wiki/A_(b))', '[wiki](https://en.wikipedia.org/wiki/A_(b))'],
  ])('%j', (source, expected) => {
    expect(neutralise(source)).toBe(expected);
  });
});

describe('neutralise: pictures become links', () => {
  it.each([
    ['![cat](https://a.example/c.png)', '[cat](https://a.example/c.png)'],
    ['![cat](https://a.example/c.png "title")', '[cat](https://a.example/c.png "title")'],
    ['![](https://a.example/c.png)', '[a.example](https://a.example/c.png)'],
    ['!![cat](https://a.example/c.png)', '! [cat](https://a.example/c.png)'],
    ['\\![cat](https://a.example/c.png)', '\\! [cat](https://a.example/c.png)'],
    ['![cat][1]\n\n[1]: https://a.example/c.png', '[cat][1]\n\n[1] : https://a.example/c.png'],
    ['![1]\n\n[1]:https://a.example/c.png', '![1]\n\n[1] :https://a.example/c.png'],
    ['![a\nb](https://a.example/c.png)', '! [a\nb](https://a.example/c.png)'],
    ['<img src="https://a.example/c.png" alt="cat">', '[cat](https://a.example/c.png)'],
    ["<IMG alt='' src=https://a.example/c.png />", '[a.example](https://a.example/c.png)'],
    ['!<img src="https://a.example/c.png" alt="cat">', '! [cat](https://a.example/c.png)'],
    ['<img src="javascript:x">', '&lt;img src="javascript:x"&gt;'],
    ['`\n`![x](https://a.example)`', '`\n`[x](https://a.example)`'],
    ['| ` | `![x](https://a.example)` |', '| ` | `[x](https://a.example)` |'],
  ])('%j', (source, expected) => {
    expect(neutralise(source)).toBe(expected);
  });
});

describe('neutralise: links show where they lead', () => {
  it.each([
    ['<https://a.example/b?c=1&d=2>', 'https://a.example/b?c=1&amp;d=2'],
    ['<https://a.example>b', 'https://a.example b'],
    ['<mailto:a@b.example>', 'a@b.example'],
    ['<https://a.example|here>', '[here](https://a.example)'],
    ['<https://evil.example|bank.example>', '[bank.example](https://evil.example) (evil.example)'],
    ['[bank.example](https://evil.example/x)', '[bank.example](https://evil.example/x) (evil.example)'],
    [
      '[https://bank.example](https://bank.example@evil.example)',
      '[https://bank.example](https://bank.example@evil.example) (evil.example)',
    ],
    [
      '[b\u200bank.example](https://evil.example)',
      '[b\u200bank.example](https://evil.example) (evil.example)',
    ],
    ['[**bank**.example](https://evil.example)', '[**bank**.example](https://evil.example) (evil.example)'],
    ['[`bank.example`](https://evil.example)', '[`bank.example`](https://evil.example) (evil.example)'],
    ['[bank．example](//evil.example)', '[bank．example](//evil.example) (evil.example)'],
    ['[bank.example](https://bаnk.example)', '[bank.example](https://bаnk.example) (xn--bnk-6cd.example)'],
    [
      '[bank.example](https://bank.example.evil.example)',
      '[bank.example](https://bank.example.evil.example) (bank.example.evil.example)',
    ],
    ['[bank.example](javascript:alert)', '[bank.example](javascript:alert) (javascript:)'],
    ['[bank.example](https://docs.bank.example/x)', '[bank.example](https://docs.bank.example/x)'],
    ['[www.bank.example](https://bank.example)', '[www.bank.example](https://bank.example)'],
    ['[main.ts](https://git.example/main.ts)', '[main.ts](https://git.example/main.ts)'],
    ['[see here](https://evil.example)', '[see here](https://evil.example)'],
    ['[bank.example\n](https://evil.example)', '[bank.example\n](https://evil.example) (evil.example)'],
    ['[bank.example](\nhttps://evil.example)', '[bank.example] (\nhttps://evil.example)'],
    ['[x](<https://a.example/b (c)>)', '[x](https://a.example/b%20%28c%29)'],
    [
      ']([bank.example](https://evil.example "t"))',
      '] ([bank.example](https://evil.example "t") (evil.example))',
    ],
  ])('%j', (source, expected) => {
    expect(neutralise(source)).toBe(expected);
  });
});

describe('neutralise: secrets, characters, growth', () => {
  it('masks secrets also in code and counts them', () => {
    const token = ['xox', 'b-1234567890-abcdef'].join('');
    expect(neutralised(`\`${token}\`\n\n\`\`\`\n${token}\n\`\`\``)).toEqual({
      markdown: `\`${MASK}\`\n\n\`\`\`\n${MASK}\n\`\`\``,
      masked: 2,
    });
  });

  it('replaces what is no text and unifies line ends', () => {
    expect(cleanCharacters('a\u0000b\ud83dc\ude00d\u0007')).toBe('a\ufffdb\ufffdc\ufffdd\ufffd');
    expect(cleanCharacters('a\r\nb\rc\u2028d\te')).toBe('a\nb\nc\nd\te');
    expect(cleanCharacters('😀 \u202e\u200d')).toBe('😀 \u202e\u200d');
  });

  it('writes out invisible characters for cards', () => {
    expect(visibleBidi('rm \u202e/pmt/\u2066x\u2069\u200b\u00ad')).toBe(
      'rm ⟨U+202E⟩/pmt/⟨U+2066⟩x⟨U+2069⟩⟨U+200B⟩⟨U+00AD⟩',
    );
    expect(visibleBidi('👩‍👩‍👧‍👦 नमस्ते שלום')).toBe('👩‍👩‍👧‍👦 नमस्ते שלום');
  });

  it('changes nothing in plain words but the entities', () => {
    const word = fc.constantFrom('word', ' ', '\n', '<', '>', '&', '.', '# ', '- ', '**b**', '😀');
    fc.assert(
      fc.property(
        fc.array(word).map((words) => words.join('')),
        (source) => {
          expect(unescapeSlack(neutralise(source))).toBe(source);
        },
      ),
    );
  });

  it('keeps all but the last of its result when text is appended', () => {
    fc.assert(
      fc.property(long, long, (a, b) => {
        const before = neutralise(a + a + a);
        const kept = before.slice(0, Math.max(0, before.length - LOOK_AHEAD));
        expect(neutralise(a + a + a + b).startsWith(kept)).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
