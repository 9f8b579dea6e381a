/** What is seen of a file while it passes. */
import { describe, expect, it } from 'vitest';
import { passing, TooLarge } from '../../src/flow/passing.ts';

async function* stream(...chunks: readonly (string | Uint8Array)[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks)
    yield await Promise.resolve(typeof chunk === 'string' ? Buffer.from(chunk) : chunk);
}

async function all(bytes: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of bytes) chunks.push(chunk);
  return Buffer.concat(chunks);
}

describe('a file that passes', () => {
  it('is the same behind as in front, however it comes in pieces', async () => {
    const whole = Buffer.from(Array.from({ length: 200_000 }, (_, at) => at % 251));
    for (const piece of [1_000, 65_536, 199_999]) {
      const pieces = Array.from({ length: Math.ceil(whole.length / piece) }, (_, at) =>
        whole.subarray(at * piece, (at + 1) * piece),
      );
      const seen = await passing(stream(...pieces), 1_000_000);
      expect((await all(seen.bytes)).equals(whole)).toBe(true);
      expect(seen.size()).toBe(whole.length);
    }
  });

  it('is cut off at the first byte too many, and nothing more of it is read', async () => {
    let read = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        read += 100_000;
        yield await Promise.resolve(new Uint8Array(100_000));
      }
    }
    const seen = await passing(endless(), 250_000);
    await expect(all(seen.bytes)).rejects.toBeInstanceOf(TooLarge);
    expect(read).toBe(300_000);
    const fits = await passing(stream('x'.repeat(10)), 10);
    expect((await all(fits.bytes)).length).toBe(10);
  });

  it('may be empty', async () => {
    const seen = await passing(stream(), 10);
    expect(seen.head).toHaveLength(0);
    expect(await all(seen.bytes)).toHaveLength(0);
  });

  it('tells pages and encryption of a PDF, also where a piece ends in the middle of them', async () => {
    const page = '<</Type /Page /Parent 2 0 R>>';
    const text = `%PDF-1.7\n${'x'.repeat(70_000)}${page.repeat(3)}<</Type/Pages>>${page} trailer<</Encrypt 5 0 R>>${'y'.repeat(50)}`;
    for (const piece of [7, 1_000, 100_000]) {
      const pieces = text.match(new RegExp(`[^]{1,${piece}}`, 'g')) ?? [];
      const seen = await passing(stream(...pieces), 1_000_000);
      await all(seen.bytes);
      expect([piece, seen.type.type, seen.pages(), seen.encrypted()]).toEqual([
        piece,
        'application/pdf',
        4,
        true,
      ]);
    }
  });
});
