import { describe, expect, it } from 'vitest';
import { randomToken, shortId } from '../../src/lib/random.ts';

describe('random', () => {
  it('tokens are URL-safe, of the length asked for, and differ', () => {
    expect(randomToken(24)).toMatch(/^[A-Za-z0-9_-]{32}$/);
    expect(new Set(Array.from({ length: 1000 }, () => randomToken())).size).toBe(1000);
  });

  it('short ids hold nothing that can be misread', () => {
    for (let i = 0; i < 200; i += 1) expect(shortId()).toMatch(/^[2-9a-hjkmnp-z]{8}$/);
  });
});
