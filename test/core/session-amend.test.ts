/** Messages that are changed or deleted, whatever has become of them. */
import { describe, expect, it } from 'vitest';
import type { Attributed } from '../../src/core/event.ts';
import { compose } from '../../src/core/talk.ts';
import { askSlot } from '../../src/core/shown.ts';
import type { Effect } from '../../src/core/state.ts';
import {
  ADA,
  GRACE,
  NOBODY,
  RETRY,
  UNKNOWN,
  answers,
  deletes,
  edits,
  markOf,
  redoes,
  says,
  stops,
  tsOf,
} from './support/inputs.ts';
import { kinds, only, play, told, type Play } from './support/play.ts';

/** What a send effect carries, without the marks. */
function words(effects: readonly Effect[]): string {
  const { events } = only(effects, 'send');
  return events.flatMap((event) => (event.type === 'user.message' ? event.texts : [event.type])).join('|');
}

function waiting(now: Play): readonly string[] {
  return now.state.sends.filter(({ status }) => status === 'waiting').map((send) => send.words);
}

const file = { id: 'F1', name: 'a.png', mimetype: 'image/png', size: 3 };

describe('a message that waits', () => {
  it('is rewritten in place, with the same mark', () => {
    const now = play().asked('old words');
    expect(kinds(now.give(edits(1, 'new words')))).toEqual([]);
    const sent = now.give({ kind: 'created', gen: 1, session: 'sesn_1' });
    expect(words(sent)).toContain('new words');
    expect(words(sent)).not.toContain('old words');
    expect(only(sent, 'send').marks).toEqual([markOf(1)]);
  });

  it('keeps its files, also where nothing else is left of it', () => {
    const now = play();
    now.give(says(1, 'look', ADA, { files: [file] }));
    now.give(edits(1, ''));
    expect(now.state.sends.map(({ words: said, files }) => [said, files?.list.length])).toEqual([['', 1]]);
  });

  it('is held while the agent asks, and goes as it is then', () => {
    const now = play().asking();
    now.give(says(2, 'and the roof', GRACE));
    now.give(edits(2, 'and the cellar', GRACE));
    expect(waiting(now)).toEqual(['and the cellar']);
  });

  it('is only its author’s to change', () => {
    const now = play().asking();
    now.give(says(2, 'and the roof', GRACE));
    now.give(edits(2, 'and all the money', ADA));
    now.give(deletes(2, ADA));
    expect(waiting(now)).toEqual(['and the roof']);
  });

  it('becomes an aside: it is dropped', () => {
    const now = play().asking();
    now.give(says(2, 'a secret', GRACE));
    now.give(edits(2, 'aside: a secret', GRACE, { aside: true }));
    expect([waiting(now), now.kept]).toEqual([[], []]);
  });

  it('is dropped when it is deleted, and nothing of it goes along later', () => {
    const now = play().asking();
    now.give(says(2, 'and the roof', GRACE));
    now.give(deletes(2, GRACE));
    expect([now.state.sends, now.kept]).toEqual([[], []]);
  });

  it('was all there was: the turn is over, and the session rests', () => {
    const now = play().asked();
    now.give(deletes(1));
    expect([now.end, now.state.sends]).toEqual([{ is: 'withdrawn', by: 'UADA' }, []]);
    expect(kinds(now.give({ kind: 'created', gen: 1, session: 'sesn_1' }))).toEqual([]);
    now.calm();
  });

  it('was the first of several: the turn is the next one’s, who also decides then', () => {
    const now = play().asked();
    now.give(says(2, 'mine too', GRACE));
    now.give(deletes(1));
    const sent = now.give({ kind: 'created', gen: 1, session: 'sesn_1' });
    expect(words(sent)).toContain('mine too');
    expect([now.turn?.user, now.turn?.segments[0]?.after]).toEqual(['UGRACE', tsOf(2)]);
  });
});

describe('a message that the session has', () => {
  it.each(['sent', 'working'] as const)('%s: the change follows in the running turn', (where) => {
    const now = play()[where]();
    const sent = now.give(edits(1, 'hello, all of you'));
    expect(words(sent)).toContain('was changed by its author');
    expect(words(sent)).toContain('hello, all of you');
    expect(only(sent, 'send').marks).toEqual([markOf(1, ADA, 2)]);
    now.acknowledge();
    if (where === 'sent') now.live(now.ev.running(), now.ev.taken(markOf(1)));
    now.live(now.ev.taken(markOf(1, ADA, 2)), now.ev.text('done'), now.ev.idle());
    expect(now.state.turns).toHaveLength(1);
    expect(now.turn?.segments).toHaveLength(1);
    now.calm();
  });

  it('goes at once also where replies queue', () => {
    const now = play({ busyMode: 'queue' }).working();
    now.give(says(2, 'later', GRACE));
    const sent = now.give(edits(1, 'hello again'));
    expect(words(sent)).toContain('hello again');
    expect(words(sent)).not.toContain('later');
  });

  it('waits while the agent asks, and follows the answer', () => {
    const now = play().asking();
    expect(kinds(now.give(edits(1, 'hello again')))).toEqual([]);
    now.give(answers(now.ask().token, 'allow'));
    now.give({ kind: 'answers-sent', ids: [now.ask().toolUseId] });
    const sent = now.live(now.ev.running());
    expect(words(sent)).toContain('hello again');
  });

  it('counts once more each time, and a change that waits is rewritten itself', () => {
    const now = play().working();
    now.give(edits(1, 'second'));
    now.give(edits(1, 'third'));
    expect(waiting(now)).toEqual(['third']);
    now.give(edits(1, 'fourth'));
    expect(waiting(now)).toEqual(['fourth']);
    expect(words(now.acknowledge())).toContain('fourth');
    expect(now.state.sends.map(({ mark }) => mark.n)).toEqual([2, 3]);
  });

  it('is withdrawn: the agent is told, once', () => {
    const now = play().working();
    const sent = now.give(deletes(1));
    expect(words(sent)).toContain('taken back by its author');
    now.give(deletes(1));
    expect(now.state.sends).toHaveLength(1);
    now.acknowledge();
    now.live(now.ev.taken(markOf(1, ADA, 2)));
    now.give(deletes(1));
    now.give(edits(1, 'never mind'));
    expect(now.state.sends).toEqual([]);
  });

  it('is withdrawn too late: nothing is begun for that, and the agent reads it with the next request', () => {
    const now = play().asking();
    now.give(deletes(1));
    now.live(now.ev.idle());
    expect([now.is, now.state.sends]).toEqual(['resting', []]);
    expect(now.kept.join()).toContain('taken back by its author');
  });

  it('turns out never to have arrived: it goes as it is now, and once', () => {
    const now = play().sending();
    now.failSend(UNKNOWN);
    now.give(edits(1, 'hello again'));
    now.wait(8_000);
    const sent = now.give({ kind: 'looked', events: [] });
    expect(only(sent, 'send').marks).toEqual([markOf(1)]);
    expect(words(sent)).toContain('hello again');
    expect(words(sent)).not.toContain('was changed');
  });

  it('turns out never to have arrived, and was deleted: it never goes', () => {
    const now = play().sending();
    now.failSend(UNKNOWN);
    now.give(deletes(1));
    now.wait(8_000);
    expect(kinds(now.give({ kind: 'looked', events: [] }))).toEqual([]);
    expect(now.end).toEqual({ is: 'withdrawn', by: 'UADA' });
    now.calm();
  });

  it('is found after a doubt: the change follows it', () => {
    const now = play().sending();
    now.failSend(UNKNOWN);
    now.give(edits(1, 'hello again'));
    const sent = now.give({ kind: 'looked', events: [now.ev.queued(markOf(1))] });
    expect(only(sent, 'send').marks).toEqual([markOf(1, ADA, 2)]);
  });

  it('was flushed together with its change: it is sent again as it is now, with a number of its own', () => {
    const now = play().sent();
    now.give(edits(1, 'hello again'));
    now.acknowledge();
    now.live(now.ev.queued(markOf(1)), now.ev.queued(markOf(1, ADA, 2)));
    const sent = now.live(now.ev.running(), now.ev.idle({ type: 'retries_exhausted' }));
    expect(only(sent, 'send').marks).toEqual([markOf(1, ADA, 3)]);
    now.failSend(RETRY);
    expect(now.state.sends.map(({ words: said }) => said)).toEqual(['hello again']);
  });

  it('is stopped: the change is context like everything that was not sent', () => {
    const now = play().asking();
    now.give(edits(1, 'hello again'));
    now.give(stops(GRACE));
    expect(now.kept.join()).toContain('was changed by its author');
    expect(now.kept.join()).toContain('hello again');
  });

  it('survives a takeover', () => {
    const now = play().working();
    now.give(edits(1, 'hello again'));
    const looked = now.give({ kind: 'taken-over' });
    expect(kinds(looked)).toContain('look');
    expect(kinds(now.give({ kind: 'looked', events: [now.ev.queued(markOf(1, ADA, 2))] }))).toEqual([]);
    expect(now.state.sends.map(({ status }) => status)).toEqual(['sent']);
  });
});

describe('a message that the agent is done with', () => {
  it('stays as it was read, and its author is asked, once', () => {
    const now = play().resting();
    expect(told(now.give(edits(1, 'hello again')))).toEqual(['UADA: edited']);
    expect(told(now.give(edits(1, 'hello once more')))).toEqual([]);
    expect(now.is).toBe('resting');
  });

  it('is sent when its author asks, once, and in its newest words', () => {
    const now = play().resting();
    const { tell } = only(now.give(edits(1, 'hello again')), 'tell');
    now.give(edits(1, 'hello once more'));
    const token = tell.is === 'edited' ? tell.token : '';
    expect(told(now.give(redoes(token, GRACE)))).toEqual(['UGRACE: redo-over']);
    const sent = now.give(redoes(token));
    expect(words(sent)).toContain('hello once more');
    expect(only(sent, 'send').marks).toEqual([markOf(1, ADA, 2)]);
    expect(told(now.give(redoes(token)))).toEqual(['UADA: redo-over']);
  });

  it('is deleted: nothing happens, and nothing is offered any more', () => {
    const now = play().resting();
    now.give(edits(1, 'hello again'));
    expect(kinds(now.give(deletes(1)))).toEqual([]);
    expect(now.state.redo).toBeUndefined();
  });

  it('is not one: what people say to each other is theirs', () => {
    const now = play().resting();
    expect(kinds(now.give(edits(7, 'lunch?', GRACE), deletes(8, GRACE)))).toEqual([]);
  });

  it('is changed by somebody of whom nothing is known: nothing is done', () => {
    const now = play().working();
    const who = { ...ADA, role: NOBODY.role };
    expect(told(now.give(edits(1, 'all the money', who)))).toEqual(['UADA: unverified']);
    expect(now.state.sends).toEqual([]);
  });
});

describe('a message into which the mention is edited', () => {
  const mention = (n: number, text: string, author = GRACE): Attributed =>
    edits(n, text, author, { addressed: true, edited: tsOf(8), files: [file] });

  it.each(['forOthers', 'mention_only', 'muted'])('%s: what was left alone is a request, once', (why) => {
    const now = play(why === 'mention_only' ? { replyMode: why } : {}).resting();
    if (why === 'muted') now.state = { ...now.state, muted: 'UADA' };
    const over = why === 'forOthers' ? { forOthers: true as const } : {};
    now.give(says(2, 'and the roof', GRACE, { addressed: false, ...over }));
    expect(now.kept).toEqual(['and the roof']);
    now.give(mention(2, 'and the roof, please'));
    expect([now.is, now.turn?.user, now.kept]).toEqual(['working', 'UGRACE', []]);
    expect(now.state.sends[0]).toMatchObject({
      words: 'and the roof, please',
      files: { list: [{ id: 'F1' }] },
      edited: tsOf(8),
    });
    now.give(mention(2, 'and the cellar'));
    expect(now.state.sends.map(({ words: said }) => said)).toEqual(['and the cellar']);
  });

  it('begins a session in a thread that was not the bot’s: what was said until then is read', () => {
    const now = play();
    const [first] = [now.give(mention(1, 'help', ADA))];
    expect(only(first, 'recall')).toEqual({ do: 'recall', before: tsOf(8), except: tsOf(1) });
    expect(only(now.give({ kind: 'taken-over' }), 'recall')).toMatchObject({ before: tsOf(8) });
  });

  it('was the agent’s already: it is changed like any other', () => {
    const now = play().resting();
    expect(told(now.give(mention(1, 'hello again', ADA)))).toEqual(['UADA: edited']);
    expect(now.is).toBe('resting');
  });

  it('is no request of somebody who may not write to the agent', () => {
    const now = play().resting();
    now.give(says(2, 'roof', GRACE, { addressed: false, forOthers: true }));
    const guest = { ...GRACE, role: 'guest' as const };
    expect(told(now.give(mention(2, 'roof', guest)))).toEqual(['UGRACE: refused']);
    expect([now.is, now.kept]).toEqual(['resting', ['roof']]);
  });
});

describe('files of a message that is changed', () => {
  it('go along when its author wants the agent to have it', () => {
    const now = play().resting();
    const { tell } = only(now.give(edits(1, 'hello again', ADA, { files: [file] })), 'tell');
    now.give(redoes(tell.is === 'edited' ? tell.token : ''));
    expect(now.state.sends[0]?.files?.list.map(({ id }) => id)).toEqual(['F1']);
  });

  it('are left of it where its words are not: that is no withdrawal', () => {
    const now = play().working();
    expect(words(now.give(edits(1, '', ADA, { files: [file] })))).toContain('was changed by its author');
  });
});

describe('a line of context', () => {
  it('is changed and deleted with its message', () => {
    const now = play().resting();
    now.give(says(2, 'pizza', GRACE, { addressed: false, forOthers: true }));
    now.give(edits(2, 'soup', GRACE));
    expect(now.kept).toEqual(['soup']);
    now.give(deletes(2, GRACE));
    expect(now.kept).toEqual([]);
  });
});

describe('a message of the bot’s own', () => {
  const gone = (ts: string): Attributed => ({
    input: { kind: 'withdraw', ts, user: 'UBOT', own: true },
    author: { user: 'UBOT', name: 'Heddle', role: 'bot' },
  });

  it('is posted once more where it is a question that waits (O4)', () => {
    const now = play().asking();
    const slot = askSlot(now.ask().turn, now.ask().toolUseId);
    now.give({ kind: 'intend', slots: [slot] });
    const posted = { intent: 1, gen: 0, ts: '1.000001', hash: 'h' };
    now.give({ kind: 'posted', slot, posted });
    now.give(gone('1.000001'));
    expect(now.state.posted[slot]).toEqual({ intent: now.now, gen: 1 });
    // What was under way to the deleted one comes back late.
    now.give({ kind: 'posted', slot, posted });
    expect(now.state.posted[slot]?.ts).toBeUndefined();
    now.give({ kind: 'posted', slot, posted: { intent: 1, gen: 1, ts: '1.000002' } });
    now.give(gone('1.000002'));
    expect(now.state.posted[slot]).toMatchObject({ lost: true });
    const note = { is: 'card-lost', name: 'bash', replies: false, expiresAt: now.ask().rule?.expiresAt };
    expect(now.state.notes.map(({ text }) => text)).toEqual([note]);
    // Slack says it again, and the last write to it comes back refused.
    now.give(gone('1.000002'));
    now.give({ kind: 'posted', slot, posted: { intent: 1, gen: 1, lost: true } });
    expect(now.state.notes).toHaveLength(1);
  });

  it('is lost where Slack does not take it, which is said once', () => {
    const now = play().asking();
    const slot = askSlot(now.ask().turn, now.ask().toolUseId);
    now.give({ kind: 'intend', slots: [slot] });
    now.give({ kind: 'posted', slot, posted: { intent: 1, gen: 0, lost: true } });
    now.give({ kind: 'posted', slot, posted: { intent: 1, gen: 0, lost: true } });
    expect(now.state.notes.map(({ text }) => text.is)).toEqual(['card-lost']);
  });

  it('changes nothing where it is anything else', () => {
    const now = play().asking();
    const before = now.state;
    now.give(gone('1.000009'));
    expect(now.state.posted).toEqual(before.posted);
  });
});

describe('what the agent reads', () => {
  it('names the message that was changed', () => {
    const now = play().working();
    now.give(edits(1, 'hello <slack again'));
    const send = now.state.sends.at(-1);
    const event = send && compose(send);
    expect(event?.type === 'user.message' && event.texts).toEqual([
      `(The message of Slack time ${tsOf(1)} was changed by its author; this replaces it. It now says:)\nhello &lt;slack again`,
      expect.stringContaining('n="2"'),
    ]);
  });
});
