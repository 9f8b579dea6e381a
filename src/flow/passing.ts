/** Looks at a file's bytes while they pass: how many they are, what they are, and when they are too many. */
import { HEAD_BYTES, typeOf, type FileType } from '../core/file-type.ts';
import type { Bytes } from '../ports-files.ts';

/** A file was cut off on its way. */
export class TooLarge extends Error {
  constructor() {
    super('the file is larger than is taken');
    this.name = 'TooLarge';
  }
}

export interface Passing {
  /** Its first bytes: all of a small one. */
  readonly head: Uint8Array;
  readonly type: FileType;
  /** The whole file; reading throws {@link TooLarge} where it is more than `most`. */
  readonly bytes: Bytes;
  /** How many bytes have passed. */
  size(): number;
  /** Pages of a PDF, as far as they can be read in passing, and whether it is encrypted. */
  pages(): number;
  encrypted(): boolean;
}

/** Reads the head of a file, and gives the whole of it on. */
export async function passing(from: Bytes, most: number): Promise<Passing> {
  const chunks = from[Symbol.asyncIterator]();
  const first: Uint8Array[] = [];
  let held = 0;
  let isOver = false;
  while (held < HEAD_BYTES && !isOver) {
    const { done, value } = await chunks.next();
    if (done) isOver = true;
    else {
      first.push(value);
      held += value.length;
    }
  }
  const head = concat(first, held);
  const type = typeOf(head.subarray(0, HEAD_BYTES));
  const pdf = type.as === 'document' ? new PdfLook() : undefined;
  let size = 0;
  const look = (chunk: Uint8Array): Uint8Array => {
    size += chunk.length;
    if (size > most) throw new TooLarge();
    pdf?.see(chunk);
    return chunk;
  };
  async function* whole(): AsyncGenerator<Uint8Array> {
    try {
      if (head.length > 0) yield look(head);
      while (!isOver) {
        const { done, value } = await chunks.next();
        if (done) isOver = true;
        else yield look(value);
      }
    } finally {
      await chunks.return?.();
    }
  }
  return {
    head,
    type,
    bytes: whole(),
    size: () => size,
    pages: () => pdf?.pages ?? 0,
    encrypted: () => pdf?.encrypted ?? false,
  };
}

function concat(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Objects that a PDF names in the clear. Those inside compressed streams are not seen. */
class PdfLook {
  pages = 0;
  encrypted = false;
  private rest = '';

  see(chunk: Uint8Array): void {
    const text = this.rest + Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1');
    // What stands at the very end may go on in the next chunk.
    const end = Math.max(0, text.length - OVERLAP);
    for (const { index } of text.matchAll(/\/Type\s*\/Page(?![a-zA-Z])/g)) if (index < end) this.pages += 1;
    this.encrypted ||= /\/Encrypt\b/.test(text);
    this.rest = text.slice(end);
  }
}

const OVERLAP = 32;
