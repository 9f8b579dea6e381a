/** What a thread should show is a function of its state (I5), and of nothing else. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { BusyMode } from '../../src/core/settings.ts';
import type { ThreadState } from '../../src/core/state.ts';
import { picture, reactionsOf, statusOf, type Picture, type Wanted } from '../../src/render/picture.ts';
import { GRACE, markOf, says, stops, tsOf } from '../core/support/inputs.ts';
import { play, type Play } from '../core/support/play.ts';
import { Sim } from '../core/support/sim.ts';
import { readable, refusals } from './slack-limits.ts';

const NONE = { previews: [], holdBack: false } as const;
const shown = (state: ThreadState): Picture => picture(state, NONE);
const slots = (state: ThreadState): readonly string[] => shown(state).messages.map(({ slot }) => slot);
const busy = ({ content, file }: Wanted): boolean =>
  !file && /heddle\.stop|hourglass|Working…|Starting|Stopping|Waiting for/.test(JSON.stringify(content));

describe('the messages of a turn', () => {
  it('are one, with a sign of life at once, which becomes the answer', () => {
    const p = play().asked();
    expect(slots(p.state)).toEqual(['t1.0.0']);
    p.give({ kind: 'created', gen: 1, session: 'sesn_1' });
    p.acknowledge();
    p.live(p.ev.running(), p.ev.taken(markOf(1)), p.ev.text('one'), p.ev.text('two'), p.ev.idle());
    const [only, ...others] = shown(p.state).messages;
    expect(others).toEqual([]);
    expect(only).toMatchObject({ slot: 't1.0.0', standing: 'final', texted: true });
    expect(only && readable(only.content)).toBe('one\n\ntwo');
  });

  it('wait for the first text where Slack shows a status by itself', () => {
    const p = play().working();
    const held = (previews: readonly { id: string; text: string }[] = []): readonly Wanted[] =>
      picture(p.state, { previews, holdBack: true }).messages;
    expect(held()).toEqual([]);
    expect(held([{ id: 'm1', text: 'Hel' }])).toHaveLength(1);
    p.give({ kind: 'intend', slots: ['t1.0.0'] });
    expect(held()).toHaveLength(1);
  });

  it('do not wait when the turn is over, whatever Slack shows', () => {
    const p = play().working();
    p.live(p.ev.idle());
    expect(picture(p.state, { previews: [], holdBack: true }).messages).toHaveLength(1);
  });

  it('continue below a reply that was taken, once there is something to say', () => {
    const p = play().working();
    p.live(p.ev.text('one'));
    p.give(says(2, 'also'));
    p.acknowledge();
    p.live(p.ev.taken(markOf(2)));
    expect(slots(p.state)).toEqual(['t1.0.0']);
    p.live(p.ev.text('two'));
    expect(slots(p.state)).toEqual(['t1.0.0', 't1.1.0']);
    const [first, second] = shown(p.state).messages;
    expect(first && busy(first)).toBe(false);
    expect(second && busy(second)).toBe(true);
  });

  it('keep the growing text at the end of the running turn, and the whole text replaces it', () => {
    const p = play().working();
    p.live(p.ev.text('one'));
    const preview = { id: 'sevt_5', text: 'tw' };
    const words = (previews: readonly (typeof preview)[]): string =>
      picture(p.state, { previews, holdBack: false })
        .messages.map(({ content }) => readable(content))
        .join();
    expect(words([preview])).toContain('one\n\ntw');
    p.live({ type: 'agent.message', id: 'sevt_5', at: '2026-11-20T11:00:00Z', text: 'two' });
    expect(words([preview])).toContain('one\n\ntwo');
    expect(words([preview])).not.toMatch(/two[\s\S]*tw\b/);
    p.live(p.ev.idle());
    expect(words([{ id: 'other', text: 'ghost' }])).not.toContain('ghost');
  });

  it('that a text no longer reaches are taken away when the turn is over', () => {
    const p = play().asked();
    p.give({ kind: 'created', gen: 1, session: 'sesn_1' });
    p.acknowledge();
    p.live(p.ev.running(), p.ev.taken(markOf(1)));
    p.give({ kind: 'intend', slots: ['t1.0.0', 't1.0.1'] });
    const later = (): Wanted | undefined => shown(p.state).messages.find(({ slot }) => slot === 't1.0.1');
    expect(later()).toBeUndefined();
    p.live(p.ev.text('short'), p.ev.idle());
    expect(later()).toMatchObject({ now: 'over', standing: 'final' });
    expect(later() && busy(later() as Wanted)).toBe(false);
  });

  it('begin with what a new session remembers, on the first one only', () => {
    const p = play().closed();
    p.give(says(2, 'back'));
    p.give({
      kind: 'recalled',
      before: '1790000000.009900',
      messages: 2,
      leftOut: 0,
      missing: false,
      text: 'B',
    });
    p.give({ kind: 'created', gen: 2, session: 'sesn_2' });
    p.acknowledge();
    p.live(p.ev.running(), p.ev.text('x '.repeat(12_000)), p.ev.idle());
    const texts = shown(p.state).messages.map(({ content }) =>
      readable(content).includes('This is a new session'),
    );
    expect(texts.length).toBeGreaterThan(1);
    expect(texts).toEqual(texts.map((_, at) => at === 0));
  });

  it('are followed by the cards of their tools', () => {
    const p = play().asking();
    expect(slots(p.state)).toEqual(['t1.0.0', `q1.${p.ask().toolUseId}`]);
    expect(shown(p.state).messages[1]?.standing).toBe('question');
    p.live(p.ev.confirmed(p.ask().toolUseId));
    expect(shown(p.state).messages[1]?.standing).toBe('final');
  });

  it('show no card for a tool that is declined by itself', () => {
    const p = play().working();
    p.live(p.ev.tool('lookup', { tool: 'custom' }));
    expect(slots(p.state)).toEqual(['t1.0.0']);
  });
});

describe('a very long answer', () => {
  it('comes once more as a file, when it is whole, with its secrets masked', () => {
    const p = play().working();
    const secret = `sk-ant-api03-${'a1B2'.repeat(24)}`;
    p.live(p.ev.text(`${'word '.repeat(8_000)} ${secret}`));
    expect(shown(p.state).messages.some(({ file }) => file)).toBe(false);
    p.live(p.ev.idle());
    const files = shown(p.state).messages.flatMap(({ file }) => (file ? [file] : []));
    expect(files).toHaveLength(1);
    expect(files[0]).toHaveProperty('text', expect.not.stringContaining('a1B2a1B2'));
  });
});

describe('what stands and may be forgotten', () => {
  it('is every turn that has ended, and every note', () => {
    const p = play().working();
    expect(shown(p.state).turns).toEqual([]);
    p.live(p.ev.idle());
    expect(shown(p.state).turns.map(({ no }) => no)).toEqual([1]);
  });

  it('is not a stopped turn to which a message that was sent before the stop may still add', () => {
    const p = play().working();
    p.give(says(2, 'and this'));
    p.acknowledge();
    p.give(stops(), { kind: 'interrupted' });
    p.live(p.ev.interrupt(), p.ev.idle());
    expect(p.end).toMatchObject({ is: 'stopped' });
    expect(shown(p.state).turns).toEqual([]);
    p.live(p.ev.running(), p.ev.taken(markOf(2)), p.ev.text('too fast'), p.ev.interrupt(), p.ev.idle());
    expect(p.texts).toEqual(['too fast']);
    expect(shown(p.state).turns.map(({ no }) => no)).toEqual([1]);
  });
});

describe('reactions', () => {
  it('say which replies wait and which were taken', () => {
    const p = play().asking();
    p.give(says(2, 'by the way', GRACE));
    expect(reactionsOf(p.state)).toEqual({ [tsOf(2)]: 'hourglass_flowing_sand' });
    p.live(p.ev.confirmed(p.ask().toolUseId), p.ev.running());
    p.acknowledge();
    expect(reactionsOf(p.state)).toEqual({ [tsOf(2)]: 'eyes' });
    p.live(p.ev.text('x'), p.ev.taken(markOf(2, GRACE)));
    expect(reactionsOf(p.state)).toEqual({ [tsOf(2)]: 'eyes' });
  });

  it('leave the message that began the turn alone', () => {
    const p = play().resting();
    p.wait(p.settings.idleTimeoutMs);
    p.give(says(2, 'wait!'));
    expect(reactionsOf(p.state)).toEqual({});
  });

  it('say of nothing that it waits, once it is stopped', () => {
    const p = play().asking();
    p.give(says(2, 'by the way'), stops());
    expect(reactionsOf(p.state)).toEqual({});
  });
});

describe("Slack's session status", () => {
  it.each<[string, (p: Play) => unknown, string | undefined]>([
    ['nothing', () => undefined, undefined],
    ['starting', (p) => p.asked(), 'processing'],
    ['working', (p) => p.working(), 'processing'],
    ['asking', (p) => p.asking(), 'suspended'],
    ['resting', (p) => p.resting(), 'active'],
    ['closed', (p) => p.closed(), 'closed'],
  ])('of %s', (_, go, status) => {
    const p = play();
    go(p);
    expect(statusOf(p.state)).toBe(status);
  });
});

// ------------------------------------------------------------------------------------------- laws

/** Words that can be found again: letters and digits, in Markdown of all kinds around them. */
const texts = fc.array(
  fc.record({
    words: fc.integer({ min: 1, max: 400 }),
    dress: fc.constantFrom('', '# ', '- ', '> ', '```\n', '**', '`', '1. ', '<@U1> ', '~~~js\n', '    '),
    every: fc.integer({ min: 1, max: 60 }),
    split: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);

/** A turn with these texts, and the words that they are made of. */
function speaking(
  plan: typeof texts extends fc.Arbitrary<infer T> ? T : never,
  form: number,
): { p: Play; said: string[] } {
  const p = play().working();
  for (let times = 0; times < form; times += 1) p.give({ kind: 'plainer' });
  const said: string[] = [];
  plan.forEach(({ words, dress, every, split }, at) => {
    if (split) {
      p.give(says(at + 2, 'reply'));
      p.acknowledge();
      p.live(p.ev.taken(markOf(at + 2)));
    }
    const own = Array.from({ length: words }, (_, nth) => `w${at}x${nth}y`);
    said.push(...own);
    p.live(p.ev.text(dress + own.map((word, nth) => word + (nth % every === 0 ? '\n\n' : ' ')).join('')));
  });
  return { p, said };
}

describe('whatever the agent writes', () => {
  it('every word of it stands in the messages once and in order, in every form, running and ended', () => {
    fc.assert(
      fc.property(texts, fc.integer({ min: 0, max: 3 }), (plan, form) => {
        const { p, said } = speaking(plan, form);
        const read = (): readonly string[] =>
          shown(p.state).messages.flatMap(({ content }) => readable(content).match(/w\d+x\d+y/g) ?? []);
        expect(read()).toEqual(said);
        p.live(p.ev.idle());
        expect(read()).toEqual(said);
      }),
      { numRuns: 60 },
    );
  });

  it('is taken by Slack, in every form', () => {
    const wild = fc.array(
      fc.oneof(
        fc.string({ unit: 'grapheme', maxLength: 300 }),
        fc.string({ unit: 'binary', maxLength: 300 }),
        fc.constantFrom(
          '```',
          '|a|b|\n|-|-|\n|1|2|',
          '👩‍👩‍👧‍👦'.repeat(900),
          '&<>'.repeat(3_000),
          '# x',
          '<!channel>',
          '![p](http://x/y.png)',
          'x'.repeat(14_000),
        ),
      ),
      { maxLength: 8 },
    );
    fc.assert(
      fc.property(wild, fc.integer({ min: 0, max: 3 }), fc.boolean(), (given, form, ended) => {
        const { p } = speaking([], form);
        for (const text of given) p.live(p.ev.text(text));
        if (ended) p.live(p.ev.idle());
        for (const { content, file } of shown(p.state).messages)
          if (!file) expect(refusals(content)).toEqual([]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('whatever happens to a thread', () => {
  const choices = fc.array(fc.nat({ max: 1_000_000 }), { minLength: 20, maxLength: 150, size: 'max' });
  const modes = fc.constantFrom<BusyMode>('steer', 'interrupt', 'queue');

  function check(state: ThreadState): void {
    const before = JSON.stringify(state);
    const first = shown(state);
    if (JSON.stringify(shown(JSON.parse(before) as ThreadState)) !== JSON.stringify(first)) {
      expect(shown(state), 'another picture of the same state').toEqual(first);
    }
    if (JSON.stringify(state) !== before) throw new Error('the state was changed');
    const seen = new Set(first.messages.map(({ slot }) => slot));
    if (seen.size < first.messages.length) throw new Error(`a slot twice: ${slots(state).join()}`);
    const over = (slot: string): boolean => first.turns.some(({ no }) => slot.startsWith(`t${no}.`));
    for (const wanted of first.messages) {
      const wrong = refusals(wanted.content);
      if (wrong.length > 0) expect(wrong, wanted.slot).toEqual([]);
      if (over(wanted.slot) && busy(wanted)) expect(wanted, 'busy, though its turn is over').toBeUndefined();
    }
    const open = state.turns.some(({ end }) => !end);
    if (open && !first.messages.some(busy)) expect(first, 'a running turn without a sign').toBeUndefined();
  }

  it('its picture is a pure function of its state that Slack takes, and nothing that ended looks busy', () => {
    fc.assert(
      fc.property(modes, choices, (mode, given) => {
        const sim = new Sim(mode, given, check);
        sim.run();
        expect(shown(sim.play.state).messages.filter(busy)).toEqual([]);
        expect(Object.values(reactionsOf(sim.play.state))).not.toContain('hourglass_flowing_sand');
      }),
      { numRuns: 60 },
    );
  });
});
