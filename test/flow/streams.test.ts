/** Streams of one thread: when what is appended, when they are ended, and that what is appended makes the whole. */
import { afterEach, describe, expect, it } from 'vitest';
import { streamPlay, type PlayOptions, type StreamPlay } from './support/stream-play.ts';

const WORD = 'warp ';

let play: StreamPlay | undefined;
afterEach(() => play?.stop());

function begin(options?: PlayOptions): StreamPlay {
  play = streamPlay(options);
  return play;
}

/** The agent writes a word each 200 ms for so long; the text so far. */
async function writing(on: StreamPlay, ms: number, before = ''): Promise<string> {
  let text = before;
  for (let at = 0; at < ms; at += 200) {
    text += WORD;
    await on.writes(text);
    await on.clock.advance(200);
  }
  return text;
}

const of = (on: StreamPlay, ...kinds: string[]) => on.calls.filter(({ call }) => kinds.includes(call));
const streamed = (on: StreamPlay): string =>
  of(on, 'start', 'append', 'stop')
    .map(({ text }) => text)
    .join('');

describe('growth', () => {
  it('begins with the first word and goes on each 1.1 seconds; together it is the whole text', async () => {
    const on = begin();
    const text = await writing(on, 10_000);
    await on.says(text + 'weft', { is: 'answered' });
    await on.clock.advance(1_000);
    const [first, ...more] = of(on, 'start', 'append');
    expect(first?.at).toBeLessThan(500);
    expect(more.length).toBeGreaterThan(7);
    const gaps = more.slice(1).map(({ at }, n) => at - (more[n]?.at ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1_100);
    expect(streamed(on)).toBe(text + 'weft');
    expect(of(on, 'stop')).toHaveLength(1);
    expect(of(on, 'update')).toEqual([]);
  });

  it('of a minute takes fewer calls than one a second', async () => {
    const on = begin();
    const text = await writing(on, 60_000);
    await on.says(text, { is: 'answered' });
    await on.clock.advance(1_000);
    // Besides these: the status when it begins and when it ends.
    expect(on.calls.length).toBeLessThanOrEqual(60);
  });

  it('stops where the preview was lost, and goes on where it comes again', async () => {
    const on = begin();
    const text = await writing(on, 3_000);
    await on.writes('');
    await on.clock.advance(4_000);
    const before = on.calls.length;
    await writing(on, 3_000, text);
    expect(of(on, 'stop', 'update')).toEqual([]);
    expect(on.calls.length).toBeGreaterThan(before);
  });
});

describe('the end of a stream', () => {
  it('comes before Slack’s own, and the rest comes by edits (fault: slack-stream-expired)', async () => {
    const on = begin();
    const text = await writing(on, 260_000);
    const [start] = of(on, 'start');
    const [stop] = of(on, 'stop');
    expect((stop?.at ?? 0) - (start?.at ?? 0)).toBeLessThan(240_000);
    expect((stop?.at ?? 0) - (start?.at ?? 0)).toBeGreaterThan(230_000);
    expect(of(on, 'update').length).toBeGreaterThan(3);
    await on.says(text, { is: 'answered' });
    await on.clock.advance(1_000);
    expect(of(on, 'update').at(-1)?.text).toBe(text);
    expect(of(on, 'start')).toHaveLength(1);
  });

  it('comes when nothing was written for a while', async () => {
    const on = begin();
    const text = await writing(on, 3_000);
    await on.says(text);
    await on.clock.advance(19_000);
    expect(of(on, 'stop')).toEqual([]);
    await on.clock.advance(4_000);
    expect(of(on, 'stop')).toHaveLength(1);
  });

  it('comes when the process goes', async () => {
    const on = begin();
    await writing(on, 3_000);
    on.outbox.finish();
    await on.clock.advance(300);
    expect(of(on, 'stop')).toHaveLength(1);
  });

  it('is bare where the whole text is another one than what was read, and one edit follows', async () => {
    const on = begin();
    await writing(on, 3_000);
    await on.says('Something else.', { is: 'answered' });
    await on.clock.advance(1_000);
    expect(of(on, 'stop').map(({ text }) => text)).toEqual(['']);
    expect(of(on, 'update').map(({ text }) => text)).toEqual(['Something else.']);
  });
});

describe('doubt', () => {
  it('about what was appended ends the stream; nothing is appended again (fault: slack-stream-unanswered)', async () => {
    const on = begin();
    on.fail('append', 'unknown', 'timeout');
    const text = await writing(on, 4_000);
    await on.says(text, { is: 'answered' });
    await on.clock.advance(5_000);
    expect(of(on, 'append')).toHaveLength(1);
    expect(of(on, 'stop').map((call) => call.text)).toEqual(['']);
    expect(of(on, 'update').at(-1)?.text).toBe(text);
  });

  it('about the beginning is looked up; what is not there is posted, and no stream is begun again', async () => {
    const on = begin();
    on.fail('start', 'unknown', 'timeout');
    const text = await writing(on, 4_000);
    expect(of(on, 'start')).toHaveLength(1);
    await on.says(text, { is: 'answered' });
    await on.clock.advance(10_000);
    expect(of(on, 'start')).toHaveLength(1);
    expect(
      of(on, 'post')
        .filter((call) => call.text !== '')
        .map((call) => call.text),
    ).toEqual([text]);
  });

  it('about a stream that another process began ends it, and edits go on', async () => {
    const slot = 't1.0.0';
    const posted = { intent: 0, gen: 0, ts: '1790000000.000200', stream: { is: 'open' } } as const;
    const on = begin({
      state: (state) => ({
        ...state,
        turns: state.turns.map((turn) => ({ ...turn, output: 'stream' as const })),
        posted: { [slot]: posted },
      }),
    });
    const text = await writing(on, 4_000);
    expect(of(on, 'start', 'append')).toEqual([]);
    expect(of(on, 'stop').map((call) => call.text)).toEqual(['']);
    await on.says(text, { is: 'answered' });
    await on.clock.advance(4_000);
    expect(of(on, 'update').at(-1)?.text).toBe(text);
  });
});

describe('the card beside a stream', () => {
  it('is taken away when the text stands; where that is refused, it no longer looks busy', async () => {
    const on = begin();
    on.fail('remove', 'gone', 'cant_delete_message');
    const text = await writing(on, 2_000);
    await on.says(text, { is: 'answered' });
    await on.clock.advance(2_000);
    expect(on.calls.map(({ call }) => call).slice(-3)).toEqual(['stop', 'remove', 'update']);
    expect(on.inputs.some(({ kind }) => kind === 'settled')).toBe(true);
  });
});

describe('the output form auto', () => {
  it('streams while there is a place among the streams of the minute', async () => {
    const on = begin({ output: 'auto', starts: 1 });
    await writing(on, 2_000);
    expect(of(on, 'start')).toHaveLength(1);
    expect(on.state().turns[0]?.output).toBe('stream');
  });

  it('edits where there is none', async () => {
    const on = begin({ output: 'auto', starts: 0 });
    await writing(on, 4_000);
    expect(of(on, 'start')).toEqual([]);
    expect(of(on, 'post', 'update').length).toBeGreaterThan(1);
    expect(on.state().turns[0]?.output).toBeUndefined();
  });
});
