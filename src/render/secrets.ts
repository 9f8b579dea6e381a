/**
 * Masks what looks like a secret in text that leaves for Slack. Pure.
 *
 * The forms are public: Slack's token prefixes (docs.slack.dev, "Tokens"), Anthropic's `sk-ant-`, AWS access key
 * ids (IAM identifiers, `AKIA` and `ASIA`), GitHub's token prefixes, RFC 7468 for PEM, RFC 7519 for JWT.
 *
 * Linear: a pattern may only begin where no letter or digit stands before it, and each scan consumes what it read.
 * A growing text masks a secret as soon as its first characters past the prefix are there, so that no edit of a
 * growing message shows more of it.
 */

/** What stands in place of a secret. It contains nothing Markdown or Slack would read as markup. */
export const MASK = '‹secret·masked›';

const TOKENS: readonly string[] = [
  // xoxb- bot, xoxp- user, xoxa- / xoxe- / xoxr- rotation, xoxs- session, xoxc- / xoxd- browser, xoxo- legacy
  'xox[abcdeoprs]-[A-Za-z0-9-]{10,}(?:%[0-9A-Fa-f]{2}[A-Za-z0-9%-]*)?',
  'xapp-[A-Za-z0-9-]{10,}',
  'sk-ant-[A-Za-z0-9_-]{10,}',
  'A[KS]IA[A-Z0-9]{16}(?![A-Za-z0-9])',
  'gh[opsur]_[A-Za-z0-9]{16,}',
  'github_pat_[A-Za-z0-9_]{16,}',
  // header.payload.signature of a JWT: both JSON objects begin with `{"`, which is `eyJ` in base64url
  '(?<![_-])eyJ[A-Za-z0-9_-]{8,1000}\\.eyJ[A-Za-z0-9_-]{4,}(?:\\.[A-Za-z0-9_-]*)?',
];

const TOKEN = new RegExp(`(?<![A-Za-z0-9])(?:${TOKENS.join('|')})`, 'g');
const PEM_BEGIN = /-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----/g;

/** One step through the body of a PEM key: blanks (also `\n` written as two characters, and quote marks) … */
const PEM_BLANK = /(?:[\s>]|\\[nr])+/y;
/** … the end … */
const PEM_END = /-----END (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----/y;
/** … a header of the old form … */
const PEM_HEADER = /(?:Proc-Type|DEK-Info|Version|Comment): [^\n\\]{0,200}/y;
/** … or a piece of base64: long, or alone on its line. */
const PEM_BASE64 = /=?[A-Za-z0-9+/]{20,}=*|=?[A-Za-z0-9+/]{1,20}=*(?=\s{0,100}(?:\n|\\[nr]|-----END |$))/y;

export interface Masked {
  readonly text: string;
  /** How many secrets were replaced by `MASK`. */
  readonly masked: number;
}

function match(pattern: RegExp, text: string, at: number): number {
  const sticky = new RegExp(pattern.source, 'y');
  sticky.lastIndex = at;
  return sticky.test(text) ? sticky.lastIndex : at;
}

/** Where the key that begins at `at` ends: after its END line, or where what follows is no key any more. */
function pemEnd(text: string, at: number): number {
  let end = at;
  for (;;) {
    const start = match(PEM_BLANK, text, end);
    const closed = match(PEM_END, text, start);
    if (closed > start) return closed;
    const header = match(PEM_HEADER, text, start);
    const next = header > start ? header : match(PEM_BASE64, text, start);
    if (next === start) return end;
    end = next;
  }
}

/** PEM keys first, so that no token found inside one is counted a second time. */
function maskPem(text: string): Masked {
  let out = '';
  let from = 0;
  let masked = 0;
  for (const begin of text.matchAll(PEM_BEGIN)) {
    if (begin.index < from) continue;
    out += text.slice(from, begin.index) + MASK;
    from = pemEnd(text, begin.index + begin[0].length);
    masked += 1;
  }
  return { text: out + text.slice(from), masked };
}

/** Replaces every span that looks like a credential by `MASK`. Applying it again changes nothing. */
export function maskSecrets(text: string): Masked {
  const pem = maskPem(text);
  let { masked } = pem;
  const clean = pem.text.replace(TOKEN, () => {
    masked += 1;
    return MASK;
  });
  return { text: clean, masked };
}

/** How many masks stand in the text. */
export function countMasks(text: string): number {
  return text.split(MASK).length - 1;
}
