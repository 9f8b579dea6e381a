/** What a file is, by its bytes alone. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { typeOf } from '../../src/core/file-type.ts';
import { placeFor, type Passed } from '../../src/core/files.ts';

const ascii = (text: string): number[] => [...Buffer.from(text, 'latin1')];
const head = (...parts: readonly (string | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'string' ? ascii(part) : part)));

const PNG = [0x89, ...ascii('PNG\r\n'), 0x1a, 0x0a];
const JPEG = head([0xff, 0xd8, 0xff, 0xe0, 0, 4, 9, 9, 0xff, 0xc0, 0, 17, 8, 0x01, 0x2c, 0x02, 0x58], 'rest');

describe('what a file is', () => {
  it.each<[string, Uint8Array, object]>([
    [
      'PNG',
      head(PNG, [0, 0, 0, 13], 'IHDR', [0, 0, 2, 0, 0, 0, 1, 0]),
      { type: 'image/png', width: 512, height: 256 },
    ],
    ['GIF', head('GIF89a', [10, 0, 20, 0]), { type: 'image/gif', width: 10, height: 20 }],
    ['JPEG', JPEG, { type: 'image/jpeg', width: 600, height: 300 }],
    [
      'WebP',
      head('RIFF', [0, 0, 0, 0], 'WEBPVP8X', [10, 0, 0, 0, 0, 0, 0, 0, 99, 0, 0, 49, 0, 0]),
      { type: 'image/webp', width: 100, height: 50 },
    ],
    ['PDF', head('\n%PDF-1.7\n'), { as: 'document', type: 'application/pdf' }],
    ['ZIP', head('PK\x03\x04'), { as: 'other', type: 'application/zip' }],
    ['text', new TextEncoder().encode('Grüße,\n'), { as: 'other', type: 'text/plain' }],
    [
      'HTML',
      head('\ufeff'.length ? [0xef, 0xbb, 0xbf] : [], '  <!DOCTYPE HTML><title>'),
      { type: 'text/html' },
    ],
    ['SVG', head('<svg xmlns="http://www.w3.org/2000/svg"/>'), { as: 'other', type: 'text/plain' }],
    ['bytes', head([0, 1, 2, 255]), { as: 'other', type: 'application/octet-stream' }],
    ['a PNG that ends at once', head(PNG), { as: 'image', type: 'image/png' }],
    ['a JPEG without a frame', head([0xff, 0xd8, 0xff, 0xda, 0, 2]), { as: 'image', type: 'image/jpeg' }],
  ])('%s', (_, bytes, type) => {
    expect(typeOf(bytes)).toMatchObject(type);
  });

  it('is told of any bytes, also of those that only begin like something', () => {
    const magic = fc.constantFrom<readonly number[]>(
      [],
      PNG,
      ascii('GIF89a'),
      [0xff, 0xd8, 0xff],
      ascii('RIFF....WEBPVP8X'),
      ascii('RIFF....WEBPVP8L'),
    );
    fc.assert(
      fc.property(magic, fc.uint8Array({ maxLength: 300 }), (start, rest) => {
        const type = typeOf(Uint8Array.from([...start, ...rest]));
        expect(['image', 'document', 'other']).toContain(type.as);
        expect(type.type).toMatch(/^[a-z]+\/[a-z-]+$/);
      }),
    );
  });

  it('takes a character that is cut at the end of the head for text', () => {
    expect(typeOf(new TextEncoder().encode('ä').subarray(0, 1)).type).toBe('text/plain');
  });
});

describe('how the session gets it', () => {
  const image: Passed = {
    size: 1_000,
    type: { as: 'image', type: 'image/png', width: 100, height: 100 },
    pages: 0,
    encrypted: false,
  };
  const pdf: Passed = { ...image, type: { as: 'document', type: 'application/pdf' }, pages: 3 };

  it.each<[string, Passed, string]>([
    ['a picture', image, 'image'],
    ['one of more bytes than the model takes', { ...image, size: 3_932_161 }, 'mounted'],
    ['one of more pixels', { ...image, type: { ...image.type, width: 8_001 } }, 'mounted'],
    ['one without a size', { ...image, type: { as: 'image', type: 'image/png' } }, 'mounted'],
    ['one without any width', { ...image, type: { ...image.type, width: 0 } }, 'mounted'],
    ['a document', pdf, 'document'],
    ['one with too many pages', { ...pdf, pages: 101 }, 'mounted'],
    ['one that is encrypted', { ...pdf, encrypted: true }, 'mounted'],
    ['one that is too large', { ...pdf, size: 21 * 2 ** 20 }, 'mounted'],
    ['anything else', { ...image, type: { as: 'other', type: 'text/plain' } }, 'mounted'],
  ])('%s', (_, passed, place) => {
    expect(placeFor(passed)).toBe(place);
  });
});
