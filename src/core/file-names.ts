/**
 * Names of files as they come from outside: anything can stand in them. Pure.
 *
 * N1  What is shown is one line without control, format or direction characters, and no path.
 * N2  What becomes part of a path in the sandbox holds only letters, digits, `.`, `-` and `_`, so that no shell reads
 *     anything else in it; it is never empty, hidden, or a name that means something to a system.
 */

/** Most bytes of a name in UTF-8: file systems allow 255, and a number may be added. */
const MOST_BYTES = 200;
/** An ending that is longer is no ending. */
const LONGEST_ENDING = 16;

/** Names of devices on Windows, with any ending (learn.microsoft.com, "Naming Files, Paths, and Namespaces"). */
const RESERVED = /^(?:con|prn|aux|nul|com\d|lpt\d|conin\$|conout\$)(?:\.|$)/i;

function bytesOf(text: string): number {
  let bytes = 0;
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}

/** As many whole characters as fit. */
function within(text: string, most: number): string {
  let [kept, bytes] = ['', 0];
  for (const character of text) {
    bytes += bytesOf(character);
    if (bytes > most) break;
    kept += character;
  }
  return kept;
}

function split(name: string): readonly [stem: string, ending: string] {
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 ? name.slice(dot) : '';
  return bytesOf(ending) > LONGEST_ENDING ? [name, ''] : [name.slice(0, name.length - ending.length), ending];
}

function shortened(name: string, most = MOST_BYTES): string {
  const [stem, ending] = split(name);
  return bytesOf(name) <= most ? name : within(stem, most - bytesOf(ending)) + ending;
}

/** The name as people and the agent read it (N1). */
export function shownName(name: string, fallback = 'file'): string {
  // What lies far behind the limit cannot show up: a 5 MB name costs no more than a short one.
  const last =
    name
      .slice(-4_096)
      .split(/[\\/]/)
      .findLast((part) => part.trim() !== '') ?? '';
  const line = last
    .replace(/[\p{Cf}\p{Cs}\p{Co}\p{Cn}]/gu, '')
    .replace(/[\s\p{Cc}\p{Z}]+/gu, ' ')
    .trim();
  return /^\.*$/.test(line) ? fallback : shortened(line);
}

/** The name as part of a path in the sandbox (N2). */
export function pathName(name: string): string {
  const plain = shownName(name)
    .normalize('NFC')
    .replace(/[^\p{L}\p{N}\p{M}._-]+/gu, '_')
    .replace(/^[.\-_]+|[.]+$/g, '');
  const named = RESERVED.test(plain) ? `_${plain}` : plain;
  return shortened(named) || 'file';
}

/** The same names, each once: what differs only in case is the same to some systems. */
export function eachOnce(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let no = 2; taken.has(unique.toLowerCase()); no += 1) {
      const [stem, ending] = split(name);
      unique = `${stem}-${no}${ending}`;
    }
    taken.add(unique.toLowerCase());
    return unique;
  });
}
