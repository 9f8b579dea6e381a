import { describe, expect, it } from 'vitest';
import { keywords, type Op } from '../../../src/playground/agents/index.ts';
import { readMessage, type Heard } from '../../../src/playground/agents/message.ts';
import { answer, pursue, steer } from '../../../src/playground/agents/script.ts';
import { scenes } from '../../../src/playground/agents/script-scenes.ts';
import { duration } from '../../../src/playground/agents/speech.ts';

function heard(text: string, extra: Partial<Heard> = {}): Heard {
  const message = readMessage([
    { type: 'text', text },
    {
      type: 'text',
      text: '<slack ts="1790000000.000100" channel="C1" user="U1" name="Ada &amp; Co" role="member"/>',
    },
  ]);
  return { ...message, agent: 'Bot', earlier: [], budget: null, ...extra };
}

function texts(ops: readonly Op[]): string {
  return ops.flatMap((op) => (op.op === 'say' ? op.text : [])).join('\n');
}

function total(ops: readonly Op[]): number {
  return ops.reduce((sum, op) => sum + duration(op), 0);
}

describe('files that a message says it brings', () => {
  it('are attachments, not words', () => {
    const lines = [
      '- "a.csv" (text/plain, 3 bytes) at /mnt/session/uploads/1.2/a.csv',
      '- "b.zip", not given to you',
    ];
    const message = readMessage([
      { type: 'text', text: 'help me' },
      { type: 'text', text: `Files attached to this message:\n${lines.join('\n')}` },
      { type: 'text', text: '<slack ts="2.0" channel="C" user="U1" name="Ada"/>' },
    ]);
    expect(message.text).toBe('help me');
    expect(message.attachments).toEqual(['/mnt/session/uploads/1.2/a.csv']);
  });
});

describe('reading a message', () => {
  it('leaves mark and context out of what was asked, and unescapes the name', () => {
    const message = readMessage([
      { type: 'text', text: '<context ts="1.0" user="U2" name="Bob">we had &lt;pizza&gt;</context>' },
      { type: 'text', text: 'what did Bob say?' },
      { type: 'image', source: {} },
      { type: 'text', text: '<slack ts="2.0" channel="C" user="U1" name="Ada"/>' },
    ]);
    expect(message).toEqual({
      text: 'what did Bob say?',
      name: 'Ada',
      context: ['Bob: we had <pizza>'],
      attachments: ['image'],
    });
  });

  it('takes a message without a mark as it is', () => {
    expect(readMessage([{ type: 'text', text: 'hi <slack> there' }])).toMatchObject({
      text: 'hi <slack> there',
      name: null,
    });
  });
});

describe('the scripted agent', () => {
  it('is a pure function of the message', () => {
    for (const { word } of keywords) expect(answer([heard(word)])).toEqual(answer([heard(word)]));
  });

  it('quotes what was asked and by whom, at a pace one can follow', () => {
    const ops = answer([heard('where is the loom?')]);
    expect(texts(ops)).toContain('Hello Ada & Co! You wrote: “where is the loom?”');
    expect(total(ops)).toBeGreaterThan(2000);
    expect(total(ops)).toBeLessThan(8000);
  });

  it('every turn ends, every call is awaited and closed', () => {
    for (const { word } of keywords) {
      const ops = answer([heard(word.replace('N', '12'))]);
      const last = ops.at(-1)?.op;
      expect(['idle', 'error', 'terminate'], word).toContain(last);
      for (const [index, op] of ops.entries()) {
        if (op.op !== 'use') continue;
        const after = ops.slice(index);
        expect(
          after.some((other) => other.op === 'await'),
          word,
        ).toBe(true);
        expect(
          after.some((other) => other.op === 'result' && other.key === op.key),
          word,
        ).toBe(true);
      }
    }
  });

  it('long is long, has a block of more than 10,000 characters, and closes its fences', () => {
    const text = texts(answer([heard('a long one please')]));
    expect(text.length).toBeGreaterThan(13_000);
    expect(text.length).toBeLessThan(16_000);
    const blocks = text.split('```');
    expect(blocks.length % 2).toBe(1);
    expect(Math.max(...blocks.filter((_, i) => i % 2 === 1).map((block) => block.length))).toBeGreaterThan(
      10_000,
    );
    expect(text).toContain('| Part | Material |');
    expect(text).toMatch(/[\u0600-\u06ff]/);
  });

  it('counts in requests of five seconds', () => {
    const ops = answer([heard('count to 12')]);
    expect(ops.filter((op) => op.op === 'request')).toHaveLength(3);
    expect(texts(ops)).toContain('11, 12');
    expect(total(ops.filter((op) => op.op === 'say'))).toBe(12_000);
  });

  it('slow grows for as long as asked', () => {
    const [first] = answer([heard('slow 7')]).filter((op) => op.op === 'say');
    expect(first && duration(first)).toBe(7000);
  });

  it('tries to notify everybody, and writes what looks like secrets, without holding any in its source', () => {
    const pings = texts(answer([heard('ping everyone')]));
    for (const bait of ['<!channel>', '<@U', '![', 'https://']) expect(pings).toContain(bait);
    const secrets = texts(answer([heard('tell me a secret')]));
    expect(secrets).toMatch(new RegExp(['xo', 'xb-\\d{12}-\\d{12}-\\w{24}'].join('')));
    expect(secrets).toMatch(new RegExp(['sk', '-ant-api03-\\w{90,}'].join('')));
  });

  it('remembers what came with the message and before it', () => {
    const ops = answer([heard('remember?', { context: ['Bob: pizza'], earlier: ['the first thing'] })]);
    expect(texts(ops)).toContain('Bob: pizza');
    expect(texts(ops)).toContain('the first thing');
  });

  it('help names every keyword', () => {
    const text = texts(answer([heard('help')]));
    for (const { word } of keywords) expect(text).toContain(`**${word}**`);
  });

  it('acknowledges what was steered in, and does what it asks', () => {
    const ops = steer(heard('and a table'));
    expect(texts(ops)).toContain('Understood, Ada & Co: “and a table”');
    expect(texts(ops)).toContain('| Part |');
    expect(ops.some((op) => op.op === 'idle' || op.op === 'terminate')).toBe(false);
    expect(steer(heard('terminate')).some((op) => op.op === 'terminate')).toBe(false);
  });

  it('without a budget there is none to use up', () => {
    expect(texts(answer([heard('budget')]))).toContain('no budget');
    expect(
      answer([heard('budget', { budget: '$5.00' })]).some((op) => op.op === 'end' && op.spend === 'rest'),
    ).toBe(true);
  });

  it.each(scenes.map(({ word }) => [word]))('“%s” leads to its own scene', (word) => {
    expect(scenes.find((scene) => scene.pattern.test(`${word.replace('N', '7')} please`))?.word).toBe(word);
  });

  it.each([
    ['ask', 1, 0],
    ['ask two', 2, 0],
    ['ask five', 5, 0],
    ['subagent asks', 1, 0],
    ['choose', 0, 3],
    ['choose eight', 0, 8],
    ['ask me', 0, 0],
  ])('“%s” waits for %i approvals and offers %i answers', (word, approvals, choices) => {
    const uses = answer([heard(word)]).flatMap((op) => (op.op === 'use' ? [op] : []));
    expect(uses.filter((use) => use.policy === 'ask')).toHaveLength(approvals);
    const questions = uses.filter((use) => use.name === 'ask_user');
    expect(questions).toHaveLength(approvals === 0 ? 1 : 0);
    expect(questions.flatMap(({ input }) => input['choices'] ?? [])).toHaveLength(choices);
  });

  it('asks for what is too long for a card, and for what looks like something else', () => {
    const inputs = (word: string): string[] =>
      answer([heard(word)]).flatMap((op) => (op.op === 'use' ? Object.values(op.input).map(String) : []));
    expect(Math.max(...inputs('ask long').map((input) => input.length))).toBeGreaterThan(8000);
    const tricky = inputs('ask tricky').join('');
    for (const sign of [0x1b, 0x202e, 0x200b, 0x07, 0x0d])
      expect(tricky).toContain(String.fromCodePoint(sign));
    expect(tricky).toMatch(/```.*<@U/s);
  });

  it('busy takes the time it says, with one failed step in seven', () => {
    expect(Math.abs(total(answer([heard('busy')])) - 120_000)).toBeLessThan(12_000);
    const results = answer([heard('busy 70')]).filter((op) => op.op === 'result');
    expect(results.map((op) => op.isError === true).filter(Boolean)).toHaveLength(2);
  });

  it('writes files of several kinds', () => {
    const names = answer([heard('the files please')]).flatMap((op) => (op.op === 'file' ? [op.name] : []));
    expect(names).toHaveLength(3);
    expect(names.some((name) => name.includes('../') && name.includes('<!channel>'))).toBe(true);
  });

  it('works towards an outcome in two rounds', () => {
    const results = pursue('a poem').flatMap((op) =>
      op.op === 'evaluate' && op.phase === 'end' ? [op.result] : [],
    );
    expect(results).toEqual(['needs_revision', 'satisfied']);
  });
});
