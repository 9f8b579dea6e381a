import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMarkdown, parseMrkdwn } from '../../../src/playground/page/client/markdown.ts';
import { richTextBlocks } from '../../../src/playground/page/client/rich-text.ts';
import type { Block, Inline } from '../../../src/playground/page/client/tree.ts';
import { safeHref } from '../../../src/playground/page/client/tree.ts';

/** A tree as one short line, so that a table of cases reads at a glance. */
function brief(blocks: readonly Block[]): string {
  return blocks.map(briefBlock).join(' ');
}

function briefBlock(block: Block): string {
  switch (block.type) {
    case 'paragraph':
      return `p(${inline(block.children)})`;
    case 'heading':
      return `h${block.level}(${inline(block.children)})`;
    case 'code':
      return `code:${block.language}(${block.text.replaceAll('\n', '⏎')})`;
    case 'quote':
      return `quote(${brief(block.children)})`;
    case 'list': {
      const sign = { true: 'x', false: 'o', null: '-' };
      const items = block.items.map((item) => `${sign[`${item.checked}`]}${brief(item.children)}`);
      return `${block.ordered ? `ol${block.start}` : 'ul'}(${items.join(' ')})`;
    }
    case 'table':
      return `table[${block.align.map((align) => align ?? '?').join()}](${[block.head, ...block.rows].map((row) => row.map(inline).join('|')).join(' / ')})`;
    case 'rule':
      return 'hr';
  }
}

function inline(nodes: readonly Inline[]): string {
  return nodes
    .map((node) => {
      if (node.type === 'text') return node.text;
      if (node.type === 'code') return `\`${node.text}\``;
      if (node.type === 'link') return `a[${node.href}](${inline(node.children)})`;
      if (node.type === 'image') return `img[${node.href}](${node.alt})`;
      if (node.type === 'break') return '⏎';
      if (node.type === 'emoji') return `:${node.name}:`;
      if (node.type === 'broadcast') return `!${node.range}`;
      if (node.type === 'date') return `date(${node.seconds})`;
      if ('id' in node) return `${node.type}=${node.id}`;
      return `${node.type[0]}(${inline(node.children)})`;
    })
    .join('');
}

describe('standard Markdown', () => {
  it.each([
    ['plain', 'p(plain)'],
    ['one\ntwo\n\nthree', 'p(one⏎two) p(three)'],
    ['# One\n### Three ##', 'h1(One) h3(Three)'],
    ['**b** *i* ***both*** ~~s~~ __b__ _i_', 'p(b(b) i(i) b(i(both)) s(s) b(b) i(i))'],
    ['snake_case_name and 2*3*4', 'p(snake_case_name and 2i(3)4)'],
    ['**open and *loose', 'p(**open and *loose)'],
    ['a ** b ** c', 'p(a ** b ** c)'],
    ['`a **b**` ``c ` d``', 'p(`a **b**` `c ` d`)'],
    ['an `open tick', 'p(an `open tick)'],
    ['\\*no\\* 1 \\< 2', 'p(*no* 1 < 2)'],
    ['&lt;b&gt; &amp;amp;', 'p(<b> &amp;)'],
    ['[t](https://a.b/c_(d)) [x](javascript:1)', 'p(a[https://a.b/c_(d)](t) x)'],
    ['![alt](https://e.vil/p.png)', 'p(img[https://e.vil/p.png](alt))'],
    ['see https://a.b/c?d=e_f_g.', 'p(see a[https://a.b/c?d=e_f_g](https://a.b/c?d=e_f_g).)'],
    [
      '<https://a.b|label> <@U1AB> <#C1AB|general> <!here> <nothing>',
      'p(a[https://a.b](label) user=U1AB channel=C1AB !here <nothing>)',
    ],
    [':tada: 10:30:45 :not an emoji:', 'p(:tada: 10:30:45 :not an emoji:)'],
    ['- a\n- b\n  - c\n\n- d', 'ul(-p(a) -p(b) ul(-p(c)) -p(d))'],
    ['3. a\n4. b', 'ol3(-p(a) -p(b))'],
    ['- [ ] todo\n- [x] done', 'ul(op(todo) xp(done))'],
    ['1. a\n\n   ```\n   x\n   ```\n2. b', 'ol1(-p(a) code:(x) -p(b))'],
    ['- a\n* * *\n- b', 'ul(-p(a)) hr ul(-p(b))'],
    ['> q\n> - x\n\nafter', 'quote(p(q) ul(-p(x))) p(after)'],
    ['&gt; escaped', 'quote(p(escaped))'],
    ['```ts\nlet a = 1;\n\n```\nafter', 'code:ts(let a = 1;⏎) p(after)'],
    ['````\n```\n````', 'code:(```)'],
    ['```py\nstill being wri', 'code:py(still being wri)'],
    ['| a | b |\n|:--|--:|\n| 1 | `x|y` |\n| 2 |', 'table[left,right](a|b / 1|`x|y` / 2|)'],
    ['text\n| a | b |\n|---|---|\n| 1 | 2 |', 'p(text) table[?,?](a|b / 1|2)'],
    ['a | b\nnot a table', 'p(a | b⏎not a table)'],
    ['---', 'hr'],
  ])('%j', (source, expected) => {
    expect(brief(parseMarkdown(source))).toBe(expected);
  });

  const marks = [
    'W',
    ' ',
    '\n',
    '**',
    '*',
    '_',
    '`',
    '> ',
    '- ',
    '1. ',
    '[',
    '](',
    ')',
    '<',
    '>',
    '&lt;',
    '\\',
    '#',
    ':',
    '~~',
    '\n\n',
  ];
  const words = (text: string): number => text.match(/W/g)?.length ?? 0;

  it('never loses a word, whatever is cut wherever', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...marks), { maxLength: 60 }), (pieces) => {
        const source = pieces.join('');
        expect(words(brief(parseMarkdown(source)))).toBe(words(source));
        expect(words(brief(parseMrkdwn(source)))).toBe(words(source));
      }),
      { numRuns: 500 },
    );
  });

  it('never throws', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...marks, '```', '| x |', '|--|', '![', '\u202e', '👩‍👩‍👧'), { maxLength: 60 }),
        (pieces) => {
          expect(() => brief(parseMarkdown(pieces.join('')))).not.toThrow();
        },
      ),
    );
  });

  it('hostile text takes no more than a moment', () => {
    const before = performance.now();
    for (const bad of ['*a ', '**', '[', '[a](', '`', '<', '_a', '> ', '- ', '|'])
      parseMarkdown(bad.repeat(4000));
    expect(performance.now() - before).toBeLessThan(3000);
  });
});

describe('Slack’s mrkdwn', () => {
  it.each([
    ['*b* _i_ ~s~ `c`', 'p(b(b) i(i) s(s) `c`)'],
    ['2*3*4 and a_b_c', 'p(2*3*4 and a_b_c)'],
    ['[t](https://a.b)', 'p([t](a[https://a.b](https://a.b)))'],
    ['before\n```\ncode *x*\n```\nafter', 'p(before) code:(code *x*) p(after)'],
    ['open ```fence', 'p(open ```fence)'],
    ['&gt; quoted\n&gt; more\nplain', 'quote(p(quoted⏎more)) p(plain)'],
    ['- no list here', 'p(- no list here)'],
    ['<!date^1700000000^{date}|then>', 'p(date(1700000000))'],
  ])('%j', (source, expected) => {
    expect(brief(parseMrkdwn(source))).toBe(expected);
  });
});

describe('rich_text blocks', () => {
  it('become the same tree', () => {
    const text = (words: string, style = {}): object => ({ type: 'text', text: words, style });
    const block = {
      type: 'rich_text',
      elements: [
        {
          type: 'rich_text_section',
          elements: [
            text('a', { bold: true }),
            { type: 'user', user_id: 'U1' },
            { type: 'link', url: 'javascript:x', text: 'l' },
          ],
        },
        { type: 'rich_text_preformatted', elements: [text('x\ny')] },
        {
          type: 'rich_text_list',
          style: 'ordered',
          elements: [{ type: 'rich_text_section', elements: [text('one')] }],
        },
        { type: 'rich_text_quote', elements: [text('q')] },
        { type: 'nonsense', elements: 7 },
      ],
    };
    expect(brief(richTextBlocks(block))).toBe('p(b(a)user=U1l) code:(x⏎y) ol1(-p(one)) quote(p(q)) p()');
  });
});

describe('addresses', () => {
  it.each([
    'javascript:alert(1)',
    ' JaVaScript:x',
    'data:text/html,x',
    '//host',
    'file:///etc/passwd',
    'vbscript:x',
  ])('%s leads nowhere', (href) => {
    expect(safeHref(href)).toBeNull();
  });
});
