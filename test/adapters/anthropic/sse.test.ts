import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SseParser } from '../../../src/adapters/anthropic/sse.ts';

type Frame = readonly [event: string, data: string];

/** What comes out when the bytes arrive in chunks of these lengths; undefined where an event was too long. */
function parse(bytes: Buffer, lengths: readonly number[] = [], maxBytes = 1_000_000): Frame[] | undefined {
  const frames: Frame[] = [];
  const parser = new SseParser(maxBytes, (event, data) => frames.push([event, data]));
  let from = 0;
  for (const length of [...lengths, bytes.length]) {
    if (!parser.push(bytes.subarray(from, from + length))) return undefined;
    from = Math.min(bytes.length, from + length);
  }
  return frames;
}

const line = fc
  .string({ unit: fc.constantFrom('a', 'ß', '→', '👩', ' ', ':', '{', '"'), maxLength: 12 })
  .filter((text) => !text.startsWith(' '));
const event = fc.record({
  name: fc.constantFrom('agent.message', 'ping', 'error', ''),
  data: fc.array(line, { maxLength: 3 }),
  comment: fc.boolean(),
});
const ends = fc.constantFrom('\n', '\r\n', '\r');

describe('frames', () => {
  it('are the same however the bytes are cut, and whatever ends a line (E1)', () => {
    fc.assert(
      fc.property(
        fc.array(event, { maxLength: 6 }),
        ends,
        fc.array(fc.integer({ min: 0, max: 7 }), { maxLength: 80 }),
        (events, end, lengths) => {
          const text = events
            .flatMap(({ name, data, comment }) => [
              ...(comment ? [': still here'] : []),
              ...(name === '' ? [] : [`event: ${name}`]),
              ...data.map((value) => `data: ${value}`),
              '',
            ])
            .map((one) => `${one}${end}`)
            .join('');
          const wanted = events
            .filter(({ name, data }) => name !== '' || data.length > 0)
            .map(({ name, data }): Frame => [name, data.join('\n')]);
          expect(parse(Buffer.from(text), lengths)).toEqual(wanted);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('are cut byte by byte', () => {
    const bytes = Buffer.from('event: a\r\ndata: Grüße 👩\r\rdata:x\n\n');
    const one = Array.from(bytes, () => 1);
    expect(parse(bytes, one)).toEqual([
      ['a', 'Grüße 👩'],
      ['', 'x'],
    ]);
  });

  it('fields other than event and data are nothing, and neither is an event that is not finished', () => {
    expect(parse(Buffer.from('id: 7\nretry: 10\n\nevent\ndata\n\nevent: a\ndata: x\n'))).toEqual([['', '']]);
  });
});

describe('the cap (E3)', () => {
  it('counts one event with its framing, however it is cut', () => {
    const small = Buffer.from('data: 345678\n\n'.repeat(20));
    expect(parse(small, [5, 9, 1, 30], 14)).toHaveLength(20);
    const large = Buffer.from('data: 12\n\nevent: a\ndata: 3456\n\n');
    for (const lengths of [[], [1, 1], [12], Array.from(large, () => 1)])
      expect(parse(large, lengths, 15)).toBeUndefined();
  });

  it('a line without an end is not kept beyond it', () => {
    const parser = new SseParser(100_000, () => undefined);
    const chunk = Buffer.alloc(10_000, 'x');
    const taken = Array.from({ length: 12 }, () => parser.push(chunk));
    expect(taken.indexOf(false)).toBe(10);
  });
});
