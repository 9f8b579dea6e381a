/** Files that the agent writes: when they are looked for, which are shared, and what is said of the others. */
import { describe, expect, it } from 'vitest';
import { OUTPUTS_A_TURN, type OutputFile } from '../../src/core/outputs.ts';
import type { Effect } from '../../src/core/state.ts';
import { says } from './support/inputs.ts';
import { play, type Play } from './support/play.ts';

const SESSION = 'sesn_1';

/** A turn in which a tool was used has ended. */
function ended(tool = 'write'): Play {
  const p = play().working();
  p.live(p.ev.tool(tool), p.ev.text('done'), p.ev.idle());
  expect(p.is).toBe('resting');
  return p;
}

/** One more turn that writes. */
function again(p: Play): void {
  p.give(says(2, 'again'));
  p.give({ kind: 'sent', marks: p.state.sends.map(({ mark }) => mark), ids: ['sevt_7'] });
  p.live(p.ev.running(), p.ev.tool('write'), p.ev.text('done'), p.ev.idle());
}

function file(p: Play, id: string, over: Partial<OutputFile> = {}): OutputFile {
  return { id, name: `${id}.txt`, size: 10, createdAt: new Date(p.now).toISOString(), ...over };
}

function listings(effects: readonly Effect[]): number {
  return effects.filter((effect) => effect.do === 'list-outputs').length;
}

function list(p: Play, ...files: readonly OutputFile[]): void {
  p.give({ kind: 'outputs', of: SESSION, files });
}

function noted(p: Play): readonly object[] {
  return p.state.notes.map(({ text }) => text);
}

describe('outputs are looked for', () => {
  it('three times after a turn that may have written some, within ten seconds', () => {
    const p = ended();
    const at: number[] = [];
    for (let ms = 0; ms < 30_000; ms += 500) {
      if (listings(p.wait(500)) === 0) continue;
      at.push(ms + 500);
      list(p);
    }
    expect(at).toEqual([1_500, 4_500, 10_000]);
    expect(p.state.armed.outputs).toBeUndefined();
  });

  it.each(['read', 'grep', 'web_search'])('not after %s alone', (tool) => {
    expect(listings(ended(tool).wait(20_000))).toBe(0);
  });

  it('a few times more where the answer never comes, and then no more', () => {
    expect(listings(ended().wait(600_000))).toBe(4);
  });
});

describe('what is found', () => {
  it('is shared once each, in the order in which it was written', () => {
    const p = ended();
    p.wait(1_500);
    const [a, b] = [file(p, 'a', { createdAt: new Date(p.now + 5).toISOString() }), file(p, 'b')];
    list(p, a, b);
    list(p, a, b);
    expect(noted(p)).toEqual([
      { is: 'output', file: 'b', name: 'b.txt', size: 10 },
      { is: 'output', file: 'a', name: 'a.txt', size: 10 },
    ]);
  });

  it('is shared anew where it was written anew, in a later turn', () => {
    const p = ended();
    p.wait(1_500);
    list(p, file(p, 'a'));
    again(p);
    p.wait(1_500);
    list(p, file(p, 'a2', { name: 'a.txt' }));
    expect(noted(p)).toHaveLength(2);
    expect(noted(p).at(-1)).toMatchObject({ file: 'a2', name: 'a.txt' });
  });

  it('is named where it is too large, empty, or too much', () => {
    const p = ended();
    p.wait(1_500);
    const many = Array.from({ length: OUTPUTS_A_TURN + 3 }, (_, at) => file(p, `f${at}`));
    list(p, file(p, 'big', { size: 200 * 2 ** 20 }), file(p, 'none', { size: 0 }), ...many);
    expect(noted(p).filter((text) => 'file' in text)).toHaveLength(OUTPUTS_A_TURN);
    expect(noted(p).at(-1)).toEqual({
      is: 'outputs-refused',
      refused: [
        { name: 'big.txt', why: 'too-large', mb: 100 },
        { name: 'none.txt', why: 'empty' },
      ],
      left: 3,
    });
  });

  it('of another session is left alone', () => {
    const p = ended();
    p.wait(1_500);
    p.give({ kind: 'outputs', of: 'sesn_other', files: [file(p, 'x')] });
    list(p, file(p, 'odd', { createdAt: '?' }));
    expect(noted(p)).toEqual([]);
  });

  it('from before a record that was made anew is left alone: it may have been shared', () => {
    const p = ended();
    const { outputs: _, ...rest } = p.state;
    p.state = rest;
    const before = file(p, 'before', { createdAt: new Date(p.now - 3_600_000).toISOString() });
    again(p);
    p.wait(1_500);
    list(p, before, file(p, 'new'));
    expect(noted(p)).toEqual([{ is: 'output', file: 'new', name: 'new.txt', size: 10 }]);
  });
});

describe('a file that cannot be shared', () => {
  function shared(): { p: Play; note: number } {
    const p = ended();
    p.wait(1_500);
    list(p, file(p, 'a'));
    const note = p.state.notes[0]?.no ?? 0;
    p.give({ kind: 'output-stored', note, share: 'F1' });
    p.give({ kind: 'intend', slots: [`n${note}`] });
    return { p, note };
  }

  it('is given to Slack anew where that has lost it, twice, and then it is said', () => {
    const { p, note } = shared();
    for (let tries = 1; tries <= 2; tries += 1) {
      p.give({ kind: 'output-refused', note, why: 'stale' });
      expect(noted(p)).toEqual([{ is: 'output', file: 'a', name: 'a.txt', size: 10, again: tries }]);
    }
    p.give({ kind: 'output-refused', note, why: 'stale' });
    expect(noted(p)).toEqual([
      { is: 'outputs-refused', refused: [{ name: 'a.txt', why: 'failed' }], left: 0 },
    ]);
    expect(p.state.posted[`n${note}`]).toBeUndefined();
  });

  it('because the app may not share any is said once, and none is tried any more', () => {
    const { p, note } = shared();
    p.give({ kind: 'output-refused', note, why: 'no-scope' });
    p.wait(3_000);
    list(p, file(p, 'b'));
    expect(noted(p)).toEqual([
      { is: 'outputs-refused', refused: [{ name: 'a.txt', why: 'no-scope' }], left: 0 },
    ]);
  });
});
