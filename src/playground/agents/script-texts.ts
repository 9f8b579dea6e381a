/** Texts that are hard to show well: long, tabular, full of code, trying to notify people. */

export function tableText(): string {
  return [
    'Here is a comparison:',
    '',
    '| Part | Material | Threads | Price |',
    '|:-----|:--------:|--------:|------:|',
    '| Heddle | steel | 400 | $12.50 |',
    '| Shuttle | maple | 1 | $34.00 |',
    '| Reed | brass | 800 | $58.25 |',
    '| Kettfaden 🧵 | خيط قطني | 1,200 | $7.00 |',
    '',
    'The reed is the dearest part by far.',
  ].join('\n');
}

export function codeText(): string {
  return [
    'A small function first:',
    '',
    '```ts',
    'export function weave(warp: string[], weft: string[]): string[] {',
    '  return warp.flatMap((thread, i) => [thread, weft[i % weft.length] ?? ""]);',
    '}',
    '```',
    '',
    'and how to run it:',
    '',
    '```sh',
    'node --input-type=module -e \'import { weave } from "./loom.js"; console.log(weave(["a"], ["b"]))\'',
    '```',
    '',
    'Inline code such as `a < b && c > d` must survive too, and so must ``code with ` a backtick``.',
  ].join('\n');
}

/** About 14,000 characters; one of the code blocks alone has more than 10,000. */
export function longText(): string {
  return [
    '# A long report about looms',
    '',
    'This answer is long on purpose: it has to be split into several messages without losing a character.',
    '',
    '## What is in it',
    '',
    '1. Headings, lists and links, such as [the history of weaving](https://en.wikipedia.org/wiki/Weaving)',
    '2. A table',
    '   - with a nested remark',
    '   - and another one',
    '3. Code, short and very long',
    '',
    '### Other scripts and signs',
    '',
    'Emoji with joiners: 👩‍💻 👨‍👩‍👧‍👦 🏳️‍🌈, flags 🇩🇪 🇯🇵, and :thread: in words.',
    '',
    'Right to left: هذا نص باللغة العربية داخل فقرة عادية, and in Hebrew: זהו משפט בעברית עם `קוד` באמצע.',
    '',
    'Characters that need care: a < b, b > c, R&D, *stars*, _underscores_, ~tildes~, and a literal &amp;.',
    '',
    '> A quotation that spans',
    '> two lines.',
    '',
    tableText(),
    '',
    '## A short block',
    '',
    '```json',
    '{ "warp": 400, "weft": 1, "ready": true }',
    '```',
    '',
    '## A very long block',
    '',
    '```ts',
    ...pattern(10_400),
    '```',
    '',
    '## Remarks',
    '',
    ...remarks(8),
    '',
    '---',
    '',
    'This is the end of the long report. If you can read this line, nothing was lost.',
  ].join('\n');
}

function pattern(characters: number): string[] {
  const lines: string[] = ['export const threads = ['];
  let length = 0;
  for (let row = 1; length < characters; row += 1) {
    const line = `  { row: ${row}, over: ${(row * 7) % 13}, under: ${(row * 5) % 11}, colour: "#${(row * 4099).toString(16).padStart(6, '0').slice(-6)}" },`;
    lines.push(line);
    length += line.length + 1;
  }
  return [...lines, '];'];
}

function remarks(count: number): string[] {
  return Array.from({ length: count }, (_, i) => {
    const n = i + 1;
    return `${n}. **Remark ${n}.** Every warp thread passes through the eye of its own heddle, and when the shaft is lifted the shed opens for the shuttle; that is the whole trick, and it has not changed for five thousand years.`;
  });
}

/** Everything that could notify, load or unfurl if it were passed on as it is. */
export function pings(): string {
  return [
    'Attention <!channel>, <!here> and <!everyone>! Also <@U00000001> and <!subteam^S00000001>, @channel, @here.',
    '',
    '![a remote picture](https://example.com/pixel.png?leak=1)',
    '',
    'And a link that would like to unfurl: https://example.com/very/interesting and <https://example.com/other|a label>.',
  ].join('\n');
}

/** A made-up token with the shape of a real one; put together here so that none stands in the source. */
export function token(kind: 'slack' | 'anthropic'): string {
  const digits = '123456789012';
  const letters = 'AbCdEfGhIjKlMnOpQrStUvWx';
  return kind === 'slack'
    ? [['xo', 'xb'].join(''), digits, digits, letters].join('-')
    : [['s', 'k'].join(''), 'ant', 'api03', `${letters}${letters}${letters}${letters}`].join('-');
}
