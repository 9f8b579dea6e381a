/**
 * The bytes of an event stream, cut into frames ("Server-sent events", WHATWG HTML 9.2).
 *
 * E1  A character or a line end may be cut anywhere: only whole lines are decoded, and a line ends with LF, CR or
 *     both.
 * E2  Each byte is looked at once, however small the chunks and however long the event.
 * E3  An event may be so long and no longer; what is above is not kept.
 *
 * Of the fields, `event` and `data` count; there are no ids and no replay in this API.
 */
const LF = 10;
const CR = 13;
const COLON = 58;
const SPACE = 32;

/** One frame: its type, empty where it names none, and its data lines joined. */
export type OnFrame = (event: string, data: string) => void;

/** @param maxBytes of one event, its framing included */
export class SseParser {
  readonly #onFrame: OnFrame;
  readonly #maxBytes: number;
  /** Of the event that is not finished yet. */
  #bytes = 0;
  #event = '';
  #data: string | undefined;
  /** The line that is not finished yet. */
  #open: Buffer[] | undefined;
  /** The last chunk ended with CR: an LF at the start of the next one belongs to it. */
  #isAfterCr = false;

  constructor(maxBytes: number, onFrame: OnFrame) {
    this.#maxBytes = maxBytes;
    this.#onFrame = onFrame;
  }

  /** Takes what has arrived. False where an event is too long (E3); the parser is of no more use then. */
  push(chunk: Buffer): boolean {
    let from = this.#isAfterCr && chunk[0] === LF ? 1 : 0;
    if (chunk.length > 0) this.#isAfterCr = false;
    let lf = indexOf(chunk, LF, from);
    let cr = indexOf(chunk, CR, from);
    while (lf < chunk.length || cr < chunk.length) {
      const end = Math.min(lf, cr);
      if (!this.#line(chunk.subarray(from, end))) return false;
      from = end + 1;
      if (end === cr) {
        if (from === chunk.length) this.#isAfterCr = true;
        else if (chunk[from] === LF) from += 1;
        cr = indexOf(chunk, CR, from);
      }
      if (lf < from) lf = indexOf(chunk, LF, from);
    }
    if (from >= chunk.length) return true;
    const rest = from === 0 ? chunk : chunk.subarray(from);
    // Copied: a piece of a chunk would keep the whole chunk alive.
    (this.#open ??= []).push(from === 0 ? rest : Buffer.from(rest));
    this.#bytes += rest.length;
    return this.#bytes <= this.#maxBytes;
  }

  #line(end: Buffer): boolean {
    this.#bytes += end.length + 1;
    if (this.#bytes > this.#maxBytes) return false;
    const line = this.#open ? Buffer.concat([...this.#open, end]) : end;
    this.#open = undefined;
    if (line.length === 0) this.#dispatch();
    else this.#field(line);
    return true;
  }

  #field(line: Buffer): void {
    const colon = line.indexOf(COLON);
    const name = colon < 0 ? line.toString() : line.toString('utf8', 0, colon);
    if (name !== 'event' && name !== 'data') return;
    const from = colon < 0 ? line.length : line[colon + 1] === SPACE ? colon + 2 : colon + 1;
    const value = line.toString('utf8', from);
    if (name === 'event') this.#event = value;
    else this.#data = this.#data === undefined ? value : `${this.#data}\n${value}`;
  }

  #dispatch(): void {
    const [event, data] = [this.#event, this.#data];
    this.#bytes = 0;
    this.#event = '';
    this.#data = undefined;
    if (event !== '' || data !== undefined) this.#onFrame(event, data ?? '');
  }
}

/** Past the end where there is none. */
function indexOf(chunk: Buffer, byte: number, from: number): number {
  const at = chunk.indexOf(byte, from);
  return at < 0 ? chunk.length : at;
}
