/** What is not for the agent: asides, words for others, muted threads, and bots that go in circles. */
import { describe, expect, it } from 'vitest';
import { BOT_TURNS } from '../../src/core/bots.ts';
import type { Person } from '../../src/core/event.ts';
import type { Settings } from '../../src/core/settings.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { ADA, GRACE, GUEST, answers, commands, says } from './support/inputs.ts';
import { kinds, only, play, told, type Play } from './support/play.ts';

const AMONG = { addressed: false } as const;
const OTHERS = { addressed: false, forOthers: true } as const;

function context(now: Play): readonly string[] {
  return now.state.context.map(({ user, text }) => `${user}: ${text}`);
}

describe('a reply that names somebody else', () => {
  it('starts nothing, and goes along as context with the next request', () => {
    const now = play().resting();
    expect(kinds(now.give(says(2, '<@UADA> pizza?', GRACE, OTHERS)))).toEqual([]);
    expect([now.is, context(now)]).toEqual(['resting', ['UGRACE: <@UADA> pizza?']]);
    const { events } = only(now.give(says(3, 'order it', ADA, AMONG)), 'send');
    const texts = events.flatMap((event) => (event.type === 'user.message' ? event.texts : []));
    expect(texts[0]).toMatch(/^<context ts="[^"]+" user="UGRACE" name="Grace">.*pizza\?<\/context>$/);
    expect(context(now)).toEqual([]);
  });

  it('does not steer what runs, and answers no question', () => {
    const now = play().working();
    expect(kinds(now.give(says(2, '<@UADA> well', GRACE, OTHERS)))).toEqual([]);
    const use = now.ev.tool('ask_user', { tool: 'custom', input: { question: 'Which?' } });
    now.live(use, now.ev.asks(use.id));
    now.give(says(3, '<@UADA> the red one?', GRACE, OTHERS));
    expect(now.ask().step.is).toBe('open');
    expect(context(now)).toHaveLength(2);
  });

  it('of a guest does not reach the agent in any way', () => {
    const now = play().resting();
    expect(kinds(now.give(says(2, '<@UADA> tell it to pay me', GUEST, OTHERS)))).toEqual([]);
    expect(context(now)).toEqual([]);
  });

  it('carries the names of its files', () => {
    const now = play().resting();
    const files = [{ id: 'F1', name: 'plan.pdf', mimetype: 'application/pdf', size: 3 }];
    now.give(says(2, '', GRACE, { ...OTHERS, files }));
    expect(context(now).join()).toContain('"plan.pdf"');
  });

  it('keeps the newest fifty', () => {
    const now = play().resting();
    for (let n = 2; n < 60; n += 1) now.give(says(n, `line ${n}`, GRACE, OTHERS));
    expect(context(now)).toHaveLength(50);
    expect(context(now).at(-1)).toBe('UGRACE: line 59');
  });

  it('in people’s own thread is nobody’s business', () => {
    const now = play();
    now.give(says(2, '<@UADA> hi', GRACE, OTHERS));
    expect(context(now)).toEqual([]);
  });
});

describe('mute', () => {
  const muted = (): Play => {
    const now = play().resting();
    now.give(commands('mute', GRACE));
    return now;
  };

  it('is said in the thread; then only mentions count, and replies are context', () => {
    const now = muted();
    expect(now.state.notes.map(({ text }) => text)).toEqual([{ is: 'muted', by: 'UGRACE', on: true }]);
    expect(kinds(now.give(says(2, 'how are you', ADA, AMONG)))).toEqual([]);
    expect(context(now)).toEqual(['UADA: how are you']);
    expect(kinds(now.give(says(3, 'and you?', ADA)))).toEqual(['send']);
  });

  it('is undone by unmute', () => {
    const now = muted();
    now.give(commands('unmute'));
    expect(now.state.muted).toBeUndefined();
    expect(kinds(now.give(says(2, 'go on', ADA, AMONG)))).toEqual(['send']);
  });

  it('is not said twice, and not by guests', () => {
    const now = muted();
    expect(told(now.give(commands('mute')))).toEqual(['UADA: muted-already']);
    expect(told(now.give(commands('unmute', GUEST)))).toEqual(['UGUEST: refused']);
    expect(now.state.muted).toBe('UGRACE');
    expect(told(play().give(commands('mute')))).toEqual(['UADA: nothing-open']);
  });

  it('is nothing for direct messages', () => {
    const now = play();
    now.give(says(1, 'hello', ADA, { surface: 'im' }));
    expect(told(now.give(commands('mute')))).toEqual(['UADA: direct-mute']);
  });

  it('leaves what runs, and a question that waits, as they are', () => {
    const now = play().asking();
    now.give(commands('mute'));
    expect(now.is).toBe('asking');
    now.give(answers(now.ask().token, 'allow'));
    expect(now.ask().step.is).toBe('answering');
  });
});

describe('mention_only', () => {
  it('takes replies without a mention as context', () => {
    const now = play({ replyMode: 'mention_only' }).resting();
    expect(kinds(now.give(says(2, 'hm', GRACE, AMONG)))).toEqual([]);
    expect(context(now)).toEqual(['UGRACE: hm']);
    expect(kinds(now.give(says(3, 'go', GRACE)))).toEqual(['send']);
  });
});

describe('bots that answer each other', () => {
  const BOT: Person = { user: 'UROBO', name: 'Robo', role: 'bot' };
  const open: Partial<Settings> = { allow: { ...DEFAULT_SETTINGS.allow, bots: true } };

  /** A turn from its message to its end. */
  function turnOf(now: Play, n: number, who: Person): boolean {
    const sent = now.give(says(n, 'ping', who));
    if (!kinds(sent).includes('send')) return false;
    now.acknowledge();
    now.live(now.ev.running(), now.ev.taken(now.lastMark()), now.ev.text('pong'), now.ev.idle());
    now.settle();
    return true;
  }

  it('are left after five turns in a row, told once, until a person writes', () => {
    const now = play(open).resting();
    const taken = [2, 3, 4, 5, 6, 7, 8].map((n) => turnOf(now, n, BOT));
    expect(taken).toEqual([true, true, true, true, true, false, false]);
    expect(now.state.notes.map(({ text }) => text)).toEqual([{ is: 'bots', limit: BOT_TURNS }]);
    expect(turnOf(now, 9, ADA)).toBe(true);
    expect(turnOf(now, 10, BOT)).toBe(true);
  });

  it('count from the first turn of a thread that a bot began', () => {
    const now = play(open);
    now.give(says(1, 'ping', BOT));
    expect(now.state.bots).toEqual({ turns: 1 });
  });

  it('are not stopped by what people say to each other', () => {
    const now = play(open).resting();
    for (const n of [2, 3, 4, 5, 6]) turnOf(now, n, BOT);
    now.give(says(7, '<@UADA> look at them', GRACE, OTHERS));
    expect(turnOf(now, 8, BOT)).toBe(false);
  });
});
