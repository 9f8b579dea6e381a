/**
 * Records as earlier versions wrote them, in `test/fixtures/records`: never written anew. What a version changes in
 * the state must leave them readable; each new shape of the state adds a file.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { decodeState, encodeState } from '../../src/core/record.ts';
import type { Effect } from '../../src/core/state.ts';
import { picture } from '../../src/render/picture.ts';
import { answers, calls } from '../core/support/inputs.ts';
import { play, type Play } from '../core/support/play.ts';

const FOLDER = fileURLToPath(new URL('../fixtures/records/', import.meta.url));
const records = readdirSync(FOLDER).flatMap((file) => {
  const known = JSON.parse(readFileSync(`${FOLDER}${file}`, 'utf8')) as Record<string, unknown>;
  return Object.entries(known).map(([name, record]) => ({
    version: file.replace('.json', ''),
    name,
    record,
  }));
});

/** What a service does that answers every call at once, and every message with one text. */
function answer(p: Play, effect: Effect): readonly Effect[] {
  switch (effect.do) {
    case 'recall':
      return p.give({
        kind: 'recalled',
        before: '1790000000.009900',
        messages: 1,
        leftOut: 0,
        missing: false,
        text: 'earlier',
      });
    case 'create':
      return p.give({ kind: 'created', gen: effect.gen, session: `sesn_${effect.gen}` });
    case 'find':
      return p.give({ kind: 'found', gen: effect.gen, session: undefined });
    case 'send':
      return p.give({ kind: 'sent', marks: effect.marks, ids: effect.marks.map(({ ts }) => `sent_${ts}`) });
    case 'look':
      return p.give({ kind: 'looked', events: [] });
    case 'interrupt':
      return [...p.give({ kind: 'interrupted' }), ...p.live(p.ev.interrupt(), p.ev.idle())];
    case 'answer':
      return [
        ...p.give({ kind: 'answers-sent', ids: effect.ids }),
        ...p.live(p.ev.running(), p.ev.text('a last text'), p.ev.idle()),
      ];
    case 'check':
      return p.give({ kind: 'checked', status: 'idle' });
    case 'archive':
      return p.give({ kind: 'archived' });
    default:
      return [];
  }
}

/** Until nothing is left to do but to wait for people. */
function goOn(p: Play, first: readonly Effect[]): void {
  let effects = first;
  for (let round = 0; round < 50; round += 1) {
    effects = effects.flatMap((effect) => answer(p, effect));
    const sent = p.state.sends.filter(({ status }) => status === 'sent');
    const asks = p.state.asks.find(({ step }) => step.is === 'open');
    if (sent.length > 0 && p.is === 'working') {
      const taken = sent.map(({ mark }) => p.ev.taken(mark));
      effects = [...effects, ...p.live(p.ev.running(), ...taken, p.ev.text('an answer'), p.ev.idle())];
    } else if (asks && p.is === 'asking') effects = [...effects, ...p.give(answers(asks.token, 'allow'))];
    else if (p.is === 'working' && p.state.phase.is === 'working' && p.state.phase.run) {
      effects = [...effects, ...p.live(p.ev.text('a last text'), p.ev.idle())];
    }
    if (effects.length === 0) {
      if (p.state.sends.length === 0 && ['resting', 'closed', 'failed', 'none'].includes(p.is)) return;
      effects = p.wait(20_000);
    }
  }
  throw new Error(`does not come to rest: ${JSON.stringify(p.state)}`);
}

describe('records of earlier versions', () => {
  it('are there', () => {
    expect(records.length).toBeGreaterThanOrEqual(18);
  });

  it.each(records)(
    'of $version, $name: read, shown, taken over and brought to an end (fault: older-records)',
    ({ record }) => {
      const state = decodeState(JSON.stringify(record));
      if (!state) throw new Error('not read');
      expect(JSON.parse(encodeState(state) ?? 'null')).toEqual(record);
      const before = picture(state, { previews: [], holdBack: false });
      for (const { content } of before.messages) expect(content.text).not.toBe('');

      const p = play();
      p.state = state;
      p.now += 60_000;
      goOn(p, p.give({ kind: 'taken-over' }));
      expect(p.state.turns.filter(({ end }) => !end)).toEqual([]);
      p.settle();
      goOn(p, p.give(calls(9, 'and on')));
      expect(p.texts.at(-1)).toBe('an answer');
      expect(p.is).toBe('resting');
    },
  );
});
