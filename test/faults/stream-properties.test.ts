/** Whatever a stream leaves out, repeats or invents: each whole text is shown once and in order, and nothing else stays. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { narrowFrame, narrowListed } from '../../src/adapters/anthropic/narrow.ts';
import type { AgentEvent, FeedItem, StopReason } from '../../src/core/agent-event.ts';
import { follow } from '../../src/flow/follower.ts';
import { deferred } from '../../src/lib/deferred.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { picture } from '../../src/render/picture.ts';
import { play, type Play } from '../core/support/play.ts';
import { readable } from '../render/slack-limits.ts';
import { quietLog } from '../support/quiet-log.ts';
import { virtualClock } from '../support/virtual-clock.ts';

const pieces = (id: number): readonly string[] => ['a ', 'b ', 'c'].map((part) => `w${id}${part}`);
const wholeText = (id: number): string => pieces(id).join('');
const idOf = (id: number): string => `sevt_text_${id}`;

function framesOf(id: number): readonly FeedItem[] {
  const eventId = idOf(id);
  const at = new Date(Date.parse('2026-11-20T11:00:00Z') + id).toISOString();
  return [
    { type: 'event_start', eventId, of: 'agent.message' },
    ...pieces(id).map((text): FeedItem => ({ type: 'event_delta', eventId, index: 0, text })),
    { type: 'agent.message', id: eventId, at, text: wholeText(id) },
  ];
}

const isPreview = ({ type }: FeedItem): boolean => type === 'event_start' || type === 'event_delta';

/** Frames of some texts: preview frames may be left out, come twice or late; the texts themselves come in order. */
const streams = (most: { readonly late: boolean }): fc.Arbitrary<readonly (readonly FeedItem[])[]> =>
  fc
    .record({
      texts: fc.integer({ min: 1, max: 4 }),
      left: fc.array(fc.nat(30), { maxLength: 8 }),
      again: fc.array(fc.tuple(fc.nat(30), fc.nat(30)), { maxLength: most.late ? 8 : 0 }),
      batch: fc.integer({ min: 1, max: 5 }),
    })
    .map(({ texts, left, again, batch }) => {
      const all = Array.from({ length: texts }, (_, id) => framesOf(id)).flat();
      const frames = all.filter((frame, at) => !(isPreview(frame) && left.includes(at)));
      for (const [from, by] of again) {
        const frame = frames[from % frames.length];
        if (frame && isPreview(frame)) frames.splice((from % frames.length) + 1 + by, 0, frame);
      }
      return Array.from({ length: Math.ceil(frames.length / batch) }, (_, at) =>
        frames.slice(at * batch, (at + 1) * batch),
      );
    });

/** What people read at the moment. */
function words(p: Play, previews: Parameters<typeof picture>[1]['previews']): string {
  return picture(p.state, { previews, holdBack: false })
    .messages.map(({ content }) => readable(content))
    .join('\n');
}

/** The whole texts stand once each and in their order. */
function expectWhole(shown: string, texts: readonly string[]): void {
  for (const text of texts) expect(shown.split(text).length - 1, `“${text}” in ${shown}`).toBe(1);
  const at = texts.map((text) => shown.indexOf(text));
  expect(at).toEqual([...at].sort((a, b) => a - b));
}

/** Plays the stream through the follower into the actor and looks at the picture after each batch. */
async function watch(batches: readonly (readonly FeedItem[])[]): Promise<Play> {
  const p = play().working();
  const whole: string[] = [];
  const over = deferred();
  const feed = {
    async *[Symbol.asyncIterator]() {
      try {
        for (const batch of batches) {
          yield batch;
          const previews = follower.previews();
          for (const { text } of previews) expect(text).toMatch(/^(?:w\d[abc] ?)+$/);
          expectWhole(words(p, previews), whole);
        }
        over.resolve();
      } catch (error) {
        over.reject(error);
      }
      await new Promise(() => undefined);
    },
    close: () => undefined,
  };
  const agent = { attach: () => Promise.resolve(feed), history: () => Promise.resolve([]) };
  const deps = {
    agent,
    clock: virtualClock(),
    random: systemRandom,
    log: quietLog,
    meter: { streamLost: (code: string) => over.reject(new Error(`the stream was lost: ${code}`)) },
    pace: () => Promise.resolve(),
  };
  const follower = follow(deps, 'sesn_1', false, {
    since: () => undefined,
    events: (events) => {
      p.live(...events);
      whole.push(...events.flatMap((event) => (event.type === 'agent.message' ? [event.text] : [])));
    },
    grown: () => undefined,
    writing: () => undefined,
    failed: (error) => over.reject(error),
  });
  await over.promise;
  p.live(p.ev.idle());
  const shown = words(p, follower.previews());
  follower.stop();
  expectWhole(shown, whole);
  expect(shown.match(/w\d[abc]/g)).toEqual(whole.join(' ').match(/w\d[abc]/g));
  return p;
}

describe('the growing text', () => {
  it('may lack pieces, or its beginning: what is whole is right (fault: delta-gaps)', async () => {
    await fc.assert(
      fc.asyncProperty(streams({ late: false }), (batches) => watch(batches).then(() => undefined)),
    );
  });

  it('may get pieces twice, and after the whole: what is whole is right (fault: delta-late)', async () => {
    await fc.assert(
      fc.asyncProperty(streams({ late: true }), (batches) => watch(batches).then(() => undefined)),
    );
  });

  it('of a text above a reply does not come back below it (fault: delta-late)', () => {
    const p = play().working();
    p.live({ type: 'agent.message', id: idOf(0), at: '2026-11-20T11:00:00Z', text: wholeText(0) });
    const split = {
      ...p.state,
      turns: p.state.turns.map((turn) => ({
        ...turn,
        segments: [...turn.segments, { after: '1790000000.000200', items: [] }],
      })),
    };
    const late = [{ id: idOf(0), text: wholeText(0) }];
    const shown = picture(split, { previews: late, holdBack: false }).messages.map(({ content }) =>
      readable(content),
    );
    expectWhole(shown.join('\n'), [wholeText(0)]);
  });
});

describe('what nobody here knows', () => {
  const names = fc.string({ minLength: 1 }).map((name) => `agent.${name}`);
  const known =
    /^agent\.(?:message|thinking|tool_use|mcp_tool_use|custom_tool_use|tool_result|mcp_tool_result)$/;

  it('is an event without a meaning, whatever it carries (fault: event-unknown)', () => {
    fc.assert(
      fc.property(names, fc.dictionary(fc.string(), fc.jsonValue()), (type, rest) => {
        fc.pre(!known.test(type));
        const raw = { ...rest, type, id: 'sevt_9', processed_at: '2026-11-20T11:00:00Z' };
        expect(narrowFrame(raw)?.type).toBe('other');
        expect(narrowListed(raw)?.type).toBe('other');
      }),
    );
  });

  it('changes nothing that is shown, and an unknown reason ends the turn (fault: event-unknown)', () => {
    const plan = fc.array(fc.constantFrom('text', 'tool', 'other', 'error'), { maxLength: 10 });
    fc.assert(
      fc.property(plan, fc.string(), (kinds, name) => {
        const run = (withOthers: boolean, reason: StopReason): Play => {
          const p = play().working();
          for (const [at, kind] of kinds.entries()) {
            const event: AgentEvent =
              kind === 'text'
                ? p.ev.text(`w${at}a`)
                : kind === 'tool'
                  ? p.ev.tool('bash')
                  : kind === 'error'
                    ? p.ev.error('model_overloaded_error')
                    : p.ev.other();
            if (kind !== 'other' || withOthers) p.live(event);
          }
          p.live(p.ev.idle(reason));
          return p;
        };
        const strange = run(true, { type: 'unknown', name });
        const plain = run(false, { type: 'end_turn' });
        expect(words(strange, [])).toBe(words(plain, []));
        expect(strange.is).toBe('resting');
      }),
    );
  });
});
