/** Files of what people said before the agent was called: the newest go with the first message, the others are named. */
import { describe, expect, it } from 'vitest';
import { EARLIER_FILES, filesOf, withEarlierFiles, type EarlierFile } from '../../src/core/earlier-files.ts';
import type { FileFact } from '../../src/core/event.ts';
import { fileWords } from '../../src/core/files.ts';
import { calls, says, stops, tsOf, ADA } from './support/inputs.ts';
import { only, play, type Play } from './support/play.ts';

const file = (id: string, name = `${id}.txt`, size = 3): FileFact => ({
  id,
  name,
  mimetype: 'text/plain',
  size,
});
const earlier = (n: number, ...files: readonly FileFact[]): readonly EarlierFile[] =>
  files.map((one) => ({ ts: tsOf(n), file: one }));

const read = { kind: 'recalled', before: tsOf(5), messages: 1, leftOut: 0, missing: false } as const;

/** Called into a thread that holds these; the message has files of its own. */
function joined(files: readonly EarlierFile[], own: readonly FileFact[] = []): Play {
  const now = play();
  now.give(calls(5, 'look', ADA));
  const [send] = now.state.sends;
  if (send && own.length > 0) now.give(says(6, 'and this', ADA, { files: own }));
  now.give({ ...read, text: '<context>before</context>', files });
  return now;
}

const listed = (now: Play): readonly unknown[] =>
  now.state.sends.flatMap(({ files }) => files?.list.map(({ id, path, step }) => [id, path, step.is]) ?? []);

describe('files of a thread that is joined', () => {
  it('go with the first message, each under its own message', () => {
    const now = joined([...earlier(3, file('F2', 'a.txt')), ...earlier(2, file('F1', 'a.txt'))]);
    expect(listed(now)).toEqual([
      ['F2', `/${tsOf(3)}/a.txt`, 'wanted'],
      ['F1', `/${tsOf(2)}/a.txt`, 'wanted'],
    ]);
    expect(now.give({ kind: 'created', gen: 1, session: 'sesn_1' })).toEqual([]);
    const [kept, gone] = [
      { is: 'kept', file: 'file_1', as: 'image', type: 'image/png', size: 3 } as const,
      { is: 'refused', why: 'external' } as const,
    ];
    const sent = only(now.give({ kind: 'files', ts: tsOf(5), steps: { F2: kept, F1: gone } }), 'send');
    const [event] = sent.events;
    expect(event?.type === 'user.message' && event.files).toEqual([
      { as: 'image', file: 'file_1', name: 'a.txt' },
    ]);
    expect(JSON.stringify(event)).toContain('Files attached to earlier messages of this thread:');
    expect(now.state.notes.map(({ text }) => text)).toEqual([
      { is: 'files-refused', left: 0, refused: [{ name: 'a.txt', why: 'external', earlier: true }] },
    ]);
  });

  it('are named with the reason where there are more than are taken, and counted where there are many more', () => {
    const many = Array.from({ length: 40 }, (_, n) => file(`F${n}`));
    const now = joined(earlier(2, ...many));
    const steps = now.state.sends[0]?.files?.list.map(({ step }) => step.is) ?? [];
    expect(steps.filter((is) => is === 'wanted')).toHaveLength(EARLIER_FILES);
    expect(steps).toHaveLength(30);
    const words = fileWords(now.state.sends[0]?.files);
    expect(words).toContain('- "F10.txt", not given to you: left out, as only the newest');
    expect(words).toContain('- 10 more, not given to you');
    expect(words).not.toContain('attached to this message');
  });

  it('are left out where they are large altogether, and taken where a smaller one still fits', () => {
    const mb = 2 ** 20;
    const files = earlier(2, file('F1', 'a', 90 * mb), file('F2', 'b', 20 * mb), file('F3', 'c', 5 * mb));
    expect(listed(joined(files)).map((one) => (one as string[])[2])).toEqual(['wanted', 'refused', 'wanted']);
  });

  it('are taken once where the message carries the same one', () => {
    const now = play();
    now.give(says(5, 'look', ADA, { addressed: true, files: [file('F1', 'a.txt')] }));
    now.give({ ...read, text: 'x', files: earlier(2, file('F1', 'a.txt'), file('F2'), file('F2')) });
    expect(listed(now).map((one) => (one as string[])[0])).toEqual(['F1', 'F2']);
  });

  it('are not those of the message when it is stopped: its words say only what was attached to it', () => {
    const now = joined(earlier(2, file('F1')));
    now.give(stops());
    expect(now.kept.join()).toContain('look');
    expect(now.kept.join()).not.toContain('F1');
  });
});

it('only what is read carries files, the newest first', () => {
  const line = (ts: string, ...files: readonly FileFact[]) => ({ who: 'Ada', ts, text: 'x', files });
  const lines = [
    line('1.1', file('F1')),
    line('1.2', file('F2'), file('F3')),
    { who: 'Ada', ts: '1.3', text: 'x' },
  ];
  expect(filesOf(lines, 2).map(({ ts, file: { id } }) => [ts, id])).toEqual([
    ['1.2', 'F2'],
    ['1.2', 'F3'],
  ]);
});

it('a message without earlier files stays as it is', () => {
  const send = play().asked('hello').state.sends[0];
  if (!send) throw new Error('nothing waits');
  expect(withEarlierFiles(send, [])).toBe(send);
});
