/** Lists of somebody's sessions: the newest few, and how many more there are. */
import { describe, expect, it } from 'vitest';
import { encodeState } from '../../src/core/record.ts';
import type { ThreadState } from '../../src/core/state.ts';
import { unknownWords } from '../../src/flow/commands.ts';
import { choices, sessionsContent } from '../../src/flow/tell.ts';
import { play } from '../core/support/play.ts';
import { readable } from '../render/slack-limits.ts';

const state = play().asking().state;
const states = (count: number): ThreadState[] =>
  Array.from({ length: count }, (_, at) => ({ ...state, title: `request ${at}` }));

describe('sessions', () => {
  const listed = async (count: number): Promise<string> => {
    const notes = states(count).map((one, at) => ({ thread: { ...one.thread, ts: String(at) }, at }));
    const store = {
      sessionsOf: async (_team: string, _user: string, most: number) => notes.slice(0, most),
      peek: async ({ ts }: { ts: string }) => encodeState({ ...state, title: `request ${ts}` }),
    };
    return readable(await sessionsContent({ store: store as never }, 'T', 'U'));
  };

  it('names all where they are few, each with a link that opens its thread', async () => {
    const text = await listed(10);
    const { channel, ts } = state.thread;
    const link = `https://slack.com/archives/${channel}/p${ts.replace('.', '')}`;
    expect(text).toContain(`${link}?thread_ts=${ts}&cid=${channel}|`);
    expect(text).toContain('request 9');
    expect(text).not.toContain('older');
  });

  it('names the ten newest and says how many more there are', async () => {
    const text = await listed(33);
    expect(text).toContain('request 9');
    expect(text).not.toContain('request 10');
    expect(text).toContain('…and 23 older threads.');
  });
});

describe('words that are no command', () => {
  it.each([
    ['frok', 'fork'],
    ['resum it', 'resume'],
    ['hanover', 'handover'],
    ['hand @Bob', 'hand over'],
    ['hnad over', 'hand over'],
  ])('%s is answered with %s', (text, guess) => {
    expect(readable(unknownWords(text, 'C1'))).toContain(`Did you mean \`/heddle ${guess}\`?`);
  });
});

describe('threads to choose from', () => {
  const open = (count: number) => states(count).map((one, at) => ({ state: one, at }));

  it('ten of them, and what to do about the others', () => {
    const shown = choices(open(12), 'stop');
    expect(shown.blocks.filter((block) => block['accessory'] !== undefined)).toHaveLength(10);
    expect(readable(shown)).toContain(
      '…and 2 older threads in this channel. Mention me with `stop` in the thread that you mean.',
    );
    expect(readable(choices(open(11), 'status'))).toContain('…and 1 older thread in this channel.');
    expect(readable(choices(open(10), 'status'))).not.toContain('older');
  });
});
