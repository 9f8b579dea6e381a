/**
 * Makes what a model wrote safe to show in Slack. Pure.
 *
 * Upholds **I8**: nothing the model writes can ping, broadcast, unfurl or load a remote picture.
 * - Every `<` and `&` leaves as an entity, and so does every `>` but the marks of a block quote. Slack's tokens
 *   (`<@U…>`, `<!channel>`, `<#C…>`, `<!date…>`, `<url|label>`) all begin with `<`, so none can arise, in no field
 *   and at no seam (docs.slack.dev, "Formatting message text"; a lone `>` is no token).
 * - A picture becomes its link; link definitions become visible lines, so that no `[text][1]` hides where it leads.
 * - A link whose text names a host other than its own shows the real one.
 * - What looks like a secret is masked.
 *
 * Where Slack's reading of the Markdown may differ from ours (code behind an indented fence, code spans over several
 * lines or with a pipe in them), code with remote links in it is treated like prose.
 *
 * Growing text: all but the last `LOOK_AHEAD` UTF-16 units of the result stay the same when text is appended.
 */
import { scanLines, type Line } from './markdown-lines.ts';
import { Inline } from './safety-inline.ts';
import { maskSecrets } from './secrets.ts';
import { escapeSlack } from './text.ts';

/** How far the reading of one place may depend on the text behind it, in UTF-16 units. */
export const LOOK_AHEAD = 3_072;

/**
 * Well-formed text with line feeds only: lone surrogates, NUL and other control characters become U+FFFD, all
 * kinds of line end become `\n`. Bidi controls and joiners stay: right-to-left text and emoji need them.
 */
export function cleanCharacters(text: string): string {
  return text
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(/[\p{Cs}\u0000-\u0008\u000b-\u001f\u007f-\u009f]/gu, '\ufffd');
}

/**
 * Characters that change what a line seems to say, written out as `⟨U+202E⟩`: bidi controls, zero-width characters
 * but the joiners inside emoji and words, soft hyphens, tags. For cards on which somebody decides.
 */
export function visibleBidi(text: string): string {
  return text.replace(/(?![\u200c\u200d])[\p{Cf}\u115f\u1160\u3164\uffa0\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return `⟨U+${code.toString(16).toUpperCase().padStart(4, '0')}⟩`;
  });
}

const FENCE_LIKE = /^(?:`{3}|~{3})/;
const REMOTE = /\][(:]\s*<?(?:[a-z][a-z0-9+.-]*:|\/\/)/i;

/** Whether other readers may not see the fence we see here, or see one where we see none. */
function unsure(line: Line, content: string): boolean {
  if (line.kind === 'open') return line.content > line.start;
  return line.fence === undefined && FENCE_LIKE.test(content);
}

export interface Neutralised {
  readonly markdown: string;
  readonly masked: number;
}

/** `neutralise`, with the number of secrets that were masked. */
export function neutralised(source: string): Neutralised {
  const { text, masked } = maskSecrets(cleanCharacters(source));
  const inline = new Inline(text);
  const out: string[] = [];
  let doubt = false;
  for (const line of scanLines(text)) {
    const content = text.slice(line.content, line.end);
    doubt ||= unsure(line, content);
    // Before the content stand only blanks, list markers and the `>` of quotes.
    out.push(text.slice(line.start, line.content));
    const code = line.fence !== undefined && !(doubt && REMOTE.test(content));
    out.push(code ? escapeSlack(content) : inline.line(line));
  }
  return { markdown: out.join(''), masked };
}

/** Markdown as a model wrote it, ready for Slack's `markdown` block. Call it once, on unescaped text. */
export function neutralise(markdown: string): string {
  return neutralised(markdown).markdown;
}
