/**
 * What a file is, by its first bytes: names and stated types are anybody's to choose. Pure.
 * Formats: the PNG, GIF89a, JPEG (ITU T.81), WebP (RFC 9649) and PDF (ISO 32000) specifications.
 */

export interface FileType {
  /** What the model can be shown as it is; everything else is for the agent's tools. */
  readonly as: 'image' | 'document' | 'other';
  /** MIME type. */
  readonly type: string;
  /** Pixels; absent where the head does not say. */
  readonly width?: number;
  readonly height?: number;
}

/** As many bytes from a file's beginning are enough to tell. */
export const HEAD_BYTES = 64 * 1024;

const PDF_WITHIN = 1024;

export function typeOf(head: Uint8Array): FileType {
  return picture(head) ?? known(head) ?? (isText(head) ? textType(head) : other('application/octet-stream'));
}

function other(type: string): FileType {
  return { as: 'other', type };
}

function begins(head: Uint8Array, signature: readonly number[] | string, at = 0): boolean {
  if (typeof signature === 'string') return latin(head.subarray(at, at + signature.length)) === signature;
  return signature.every((byte, index) => head[at + index] === byte);
}

function known(head: Uint8Array): FileType | undefined {
  if (latin(head.subarray(0, PDF_WITHIN)).includes('%PDF-'))
    return { as: 'document', type: 'application/pdf' };
  if (begins(head, 'PK\x03\x04') || begins(head, 'PK\x05\x06')) return other('application/zip');
  if (begins(head, [0x1f, 0x8b])) return other('application/gzip');
  return undefined;
}

/** One character a byte. */
function latin(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return text;
}

function picture(head: Uint8Array): FileType | undefined {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  if (begins(head, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]))
    return image('png', pngSize(view, head));
  if (begins(head, 'GIF87a') || begins(head, 'GIF89a'))
    return image('gif', head.length < 10 ? undefined : [view.getUint16(6, true), view.getUint16(8, true)]);
  if (begins(head, [0xff, 0xd8, 0xff])) return image('jpeg', jpegSize(view));
  if (begins(head, 'RIFF') && begins(head, 'WEBP', 8)) return image('webp', webpSize(view, head));
  return undefined;
}

type Size = readonly [width: number, height: number];

function image(kind: string, size: Size | undefined): FileType {
  const type = `image/${kind}`;
  return size ? { as: 'image', type, width: size[0], height: size[1] } : { as: 'image', type };
}

function pngSize(view: DataView, head: Uint8Array): Size | undefined {
  if (head.length < 24 || !begins(head, 'IHDR', 12)) return undefined;
  return [view.getUint32(16), view.getUint32(20)];
}

/** Segments are walked to the frame header, whose marker is SOF0 to SOF15 without DHT, JPG and DAC. */
function jpegSize(view: DataView): Size | undefined {
  let at = 2;
  while (at + 9 <= view.byteLength && view.getUint8(at) === 0xff) {
    const marker = view.getUint8(at + 1);
    if (marker === 0xff) at += 1;
    else if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker))
      return [view.getUint16(at + 7), view.getUint16(at + 5)];
    else at += 2 + view.getUint16(at + 2);
  }
  return undefined;
}

function webpSize(view: DataView, head: Uint8Array): Size | undefined {
  if (head.length < 30) return undefined;
  const byte = (at: number): number => view.getUint8(at);
  const uint24 = (at: number): number => byte(at) | (byte(at + 1) << 8) | (byte(at + 2) << 16);
  if (begins(head, 'VP8X', 12)) return [uint24(24) + 1, uint24(27) + 1];
  if (begins(head, 'VP8L', 12)) {
    const bits = view.getUint32(21, true);
    return [(bits & 0x3fff) + 1, ((bits >> 14) & 0x3fff) + 1];
  }
  if (begins(head, 'VP8 ', 12)) return [view.getUint16(26, true) & 0x3fff, view.getUint16(28, true) & 0x3fff];
  return undefined;
}

/** UTF-8 without a NUL; a character may be cut at the end of the head. */
function isText(head: Uint8Array): boolean {
  if (head.length === 0 || head.includes(0)) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function textType(head: Uint8Array): FileType {
  const start = latin(head.subarray(0, 512)).replace(/^\u00ef\u00bb\u00bf/, '');
  return other(
    /^\s*(?:<!--[\s\S]*?-->\s*)?<(?:!doctype html|html)\b/i.test(start) ? 'text/html' : 'text/plain',
  );
}
