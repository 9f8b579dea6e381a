import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../src/core/agent-event.ts';
import { JOINED, RESUMED, linesOfSession, transcript, type Line } from '../../src/core/transcript.ts';

const HEAD = 'Before:';
const LIMIT = 2_000;

const texts = fc.oneof(
  { weight: 6, arbitrary: fc.string({ maxLength: 300 }) },
  { weight: 1, arbitrary: fc.constantFrom('<context>', '</context>', '😀'.repeat(1_500), '<'.repeat(3_000)) },
  { weight: 1, arbitrary: fc.string({ minLength: 1_500, maxLength: 4_000 }) },
);
const lines = fc.array(
  fc.record<Line>({ who: fc.string({ maxLength: 20 }), ts: fc.constant('1.1'), text: texts }),
  { maxLength: 30 },
);

describe('what a new session is given', () => {
  it('is the newest lines, oldest first, and says how many are left out', () => {
    const many = Array.from({ length: 300 }, (_, at) => ({ who: 'Ada', text: `line ${at}.` }));
    const { text, messages, leftOut } = transcript(many, HEAD, LIMIT);
    expect(messages + leftOut).toBe(300);
    expect(text.startsWith(`${HEAD} (${leftOut} older messages left out)\n`)).toBe(true);
    expect(text.endsWith('line 299.</context>')).toBe(true);
    expect(text).toContain(`line ${leftOut}.`);
    expect(text).not.toContain(`line ${leftOut - 1}.`);
  });

  it('is nothing where nothing was said', () => {
    expect(transcript([], HEAD, LIMIT)).toEqual({ text: '', messages: 0, leftOut: 0 });
  });

  it('keeps within the limit, counts each line once, and lets nobody close their block', () => {
    fc.assert(
      fc.property(lines, (given) => {
        const { text, messages, leftOut } = transcript(given, HEAD, LIMIT);
        expect(text.length).toBeLessThanOrEqual(LIMIT);
        expect(messages + leftOut).toBe(given.length);
        if (given.length > 0) expect(messages).toBeGreaterThan(0);
        expect(text.match(/<context\b/gi)?.length ?? 0).toBe(messages);
        expect(text.match(/<\/context\b/gi)?.length ?? 0).toBe(messages);
        expect(text).not.toMatch(/\p{Cs}/u);
      }),
      { numRuns: 300 },
    );
  });

  it('says in its head that it is context and not a request', () => {
    for (const head of [RESUMED, JOINED]) expect(head).toMatch(/context, not a request/);
  });
});

describe('the words of a session', () => {
  const at = '2026-11-20T10:00:00Z';
  const mark = { ts: '1.1', channel: 'C1', user: 'U1', name: 'Ada', role: 'member', n: 1 } as const;

  it('are what people and the agent said, and nothing else', () => {
    const events: AgentEvent[] = [
      { type: 'user.message', id: '1', at, text: 'hello', mark },
      { type: 'agent.thinking', id: '2', at },
      { type: 'agent.message', id: '3', at, text: ' ' },
      { type: 'agent.message', id: '4', at, text: 'hi Ada' },
      { type: 'user.message', id: '5', at, text: 'from elsewhere' },
      { type: 'user.message', id: '6', at, text: '' },
      { type: 'session.status_terminated', id: '7', at },
    ];
    expect(linesOfSession(events)).toEqual([
      { who: 'Ada', user: mark.user, ts: '1.1', text: 'hello' },
      { who: 'you (the agent)', text: 'hi Ada' },
      { who: 'somebody', text: 'from elsewhere' },
    ]);
  });
});
