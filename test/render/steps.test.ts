/** The plan of a working turn, its one line when it is over, and the form behind "Details". */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentEvent } from '../../src/core/agent-event.ts';
import type { Detail, DetailsRef } from '../../src/core/details.ts';
import type { Verbosity } from '../../src/core/settings.ts';
import type { Turn } from '../../src/core/turn.ts';
import { detailsForm, laterForm, noDetailsForm } from '../../src/render/details.ts';
import { turnMessage } from '../../src/render/message.ts';
import { footerLine, planLines, tally } from '../../src/render/steps.ts';
import { statusLine } from '../../src/render/words.ts';
import { THREAD } from '../core/support/inputs.ts';
import { play, type Play } from '../core/support/play.ts';
import { readable, refusals, tokens } from './slack-limits.ts';

const REF: DetailsRef = { thread: THREAD, gen: 1, first: 'sevt_1', last: 'sevt_9', page: 0 };

/** Tools that end so one after the other, the last one running. */
function worked(ends: readonly ('done' | 'failed')[], verbosity: Verbosity = 'normal'): Play {
  const p = play({ verbosity }).working();
  ends.forEach((end, at) => {
    const use = p.ev.tool(`tool${at + 1}`);
    p.live(use, p.ev.result(use.id, end === 'failed'));
  });
  p.live(p.ev.tool('last'));
  return p;
}

function planOf(p: Play): readonly string[] {
  if (!p.turn) throw new Error('no turn');
  return planLines(p.state, p.turn);
}

function content(p: Play): ReturnType<typeof turnMessage> {
  if (!p.turn) throw new Error('no turn');
  const part = { markdown: 'words', text: 'words', masked: 0 } as Parameters<typeof turnMessage>[0]['part'];
  return turnMessage({ state: p.state, turn: p.turn, part, first: true, last: true, carded: false });
}

describe('while it works', () => {
  it.each<[Verbosity, readonly string[]]>([
    ['quiet', []],
    ['normal', ['2 earlier steps, 1 failed', '✓ `tool3`', '✗ `tool4` failed', '▸ `last`']],
    ['verbose', ['✗ `tool1` failed', '✓ `tool2`', '✓ `tool3`', '✗ `tool4` failed', '▸ `last`']],
  ])('%s', (verbosity, lines) => {
    expect(planOf(worked(['failed', 'done', 'done', 'failed'], verbosity))).toEqual(lines);
  });

  it('a tool waits for leave, a question for an answer', () => {
    const leave = play().asking();
    expect(planOf(leave)).toEqual(['? `bash` waits for leave']);
    const p = play().working();
    const use = p.ev.tool('ask_user', { tool: 'custom', input: { question: 'Which?', choices: ['a', 'b'] } });
    p.live(use, p.ev.asks(use.id));
    expect(planOf(p)).toEqual(['? `ask_user` waits for an answer']);
    expect(statusLine(p.state)).toContain('answer its question');
    expect(statusLine(leave.state)).toContain('approve or deny');
  });

  it('verbose is capped, and counts the rest', () => {
    const lines = planOf(
      worked(
        Array.from({ length: 60 }, () => 'done' as const),
        'verbose',
      ),
    );
    expect(lines).toHaveLength(16);
    expect(lines[0]).toBe('46 earlier steps');
  });

  it('tells how long a step took, without the time somebody thought about it', () => {
    const p = play().working();
    const use = p.ev.tool('slow', { permission: 'ask' });
    const later = (event: AgentEvent, seconds: number): AgentEvent => ({
      ...event,
      at: new Date(Date.parse(use.at ?? '') + seconds * 1_000).toISOString(),
    });
    p.live(use, later(p.ev.confirmed(use.id), 600), later(p.ev.result(use.id), 612));
    expect(planOf(p)).toEqual(['✓ `slow` 12 s']);
  });

  it('names a subagent, and whose tool it is', () => {
    const p = play().working();
    const of = { sessionThreadId: 'sthr_1', agentName: 'Critic <!here>' };
    p.live({ type: 'session.thread_created', id: 'sevt_c', at: '2026-11-20T11:00:00Z', ...of });
    p.live({ ...p.ev.tool('read', { sessionThreadId: 'sthr_1' }), at: '2026-11-20T11:00:01Z' });
    expect(planOf(p)).toEqual(['▸ subagent Critic &lt;!here&gt;', '▸ `read` by Critic &lt;!here&gt;']);
  });

  it('shows names alone, made safe, and never what a tool was given', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ name: fc.string({ unit: 'grapheme', maxLength: 200 }), server: fc.string() }), {
          maxLength: 20,
        }),
        fc.constantFrom<Verbosity>('normal', 'verbose'),
        (tools, verbosity) => {
          const p = play({ verbosity }).working();
          for (const { name, server } of tools) {
            p.live(p.ev.tool(`${name}\u202e<!channel>`, { server, input: { command: 'INPUT' } }));
          }
          const lines = planOf(p);
          expect(tokens(lines.join('\n'))).toEqual([]);
          expect(lines.join('')).not.toContain('INPUT');
          expect(lines.every((line) => !/[\n\u202e]/.test(line))).toBe(true);
          expect(refusals(content(p))).toEqual([]);
        },
      ),
      { numRuns: 50 },
    );
  });
});

describe('when it is over', () => {
  const ended = (p: Play, over: Partial<Turn> = {}): Play => {
    p.live(p.ev.text('words'), p.ev.idle());
    const turns = p.state.turns.map((turn) => ({ ...turn, endedAt: turn.startedAt + 42_000, ...over }));
    p.state = { ...p.state, turns };
    return p;
  };
  const used = { inputTokens: 12_000, outputTokens: 345, listCostCents: 4 };

  it.each<[string, Play, string | undefined]>([
    [
      'steps, time, tokens, dollars',
      ended(worked(['done', 'failed']), { used }),
      '3 steps, 1 failed · 42 s · 12.3k tokens · $0.04',
    ],
    [
      'no steps',
      ended(play().working(), { used: { ...used, listCostCents: 0.4 } }),
      '42 s · 12.3k tokens · under $0.01',
    ],
    ['nothing known of what it cost', ended(worked([])), '1 step · 42 s'],
    ['nothing at all', ended(play().working()), undefined],
    ['quiet', ended(worked(['done'], 'quiet'), { used }), undefined],
  ])('%s', (_, p, line) => {
    expect(p.turn && footerLine(p.turn)).toBe(line);
    expect(refusals(content(p))).toEqual([]);
    expect(content(p).text).toBe('words');
  });

  it('has Details where there were steps, feedback below an answer, and nothing that looks busy', () => {
    const all = JSON.stringify(content(ended(worked(['done']))).blocks);
    expect(all).toContain('"heddle.details"');
    expect(all).toContain('"heddle.feedback"');
    expect(all).not.toMatch(/heddle\.stop|hourglass|▸/);
    expect(JSON.stringify(content(ended(play().working())).blocks)).not.toContain('heddle.details');
    expect(JSON.stringify(content(ended(worked(['done'], 'quiet'))).blocks)).not.toContain('heddle.');
  });
});

describe('the form', () => {
  const detail = (over: Partial<Detail> = {}): Detail => ({
    id: 'sevt_1',
    name: 'bash',
    input: { command: 'ls' },
    state: 'done',
    result: { text: 'README.md', chars: 9 },
    ...over,
  });
  const told = (details: readonly Detail[], page = 0): string =>
    readable({ text: 'x', blocks: detailsForm({ ...REF, page }, details).blocks });

  it('shows input and result of each step, and what is left out', () => {
    const words = told([
      detail(),
      detail({ name: 'cat', state: 'failed', result: { text: 'y'.repeat(8_000), chars: 20_000 } }),
    ]);
    expect(words).toContain('2 steps, 1 failed');
    expect(words).toContain('"command": "ls"');
    expect(words).toContain('README.md');
    expect(words).toContain('18,500 more characters are left out');
  });

  it('masks what looks like a secret, in inputs and results', () => {
    const secret = `sk-ant-api03-${'a1B2'.repeat(24)}`;
    const words = told([detail({ input: { key: secret }, result: { text: `is ${secret}`, chars: 120 } })]);
    expect(words).not.toContain('a1B2a1B2');
    expect(words.match(/looked like a secret was masked/g)).toHaveLength(2);
  });

  it('has pages, each of which leads to its neighbours', () => {
    const many = Array.from({ length: 12 }, (_, at) => detail({ name: `tool${at + 1}` }));
    expect(told(many)).toMatch(/12 steps · page 1 of 3[^]*tool5/);
    expect(told(many)).not.toContain('tool6');
    expect(told(many, 1)).toMatch(/Earlier steps\nLater steps$/);
    expect(told(many, 99)).toMatch(/page 3 of 3[^]*tool12[^]*Earlier steps$/);
    expect(told(many, 2)).not.toContain('Later');
  });

  it('is taken by Slack, whatever the tools were given', () => {
    const details = fc.array(
      fc.record({
        id: fc.constant('sevt_1'),
        name: fc.string({ unit: 'grapheme' }),
        server: fc.string(),
        input: fc.oneof(fc.jsonValue(), fc.string({ unit: 'grapheme', minLength: 3_000, maxLength: 4_000 })),
        state: fc.constantFrom('running', 'asking', 'done', 'failed', 'denied'),
        result: fc.record({ text: fc.string({ unit: 'grapheme', maxLength: 4_000 }), chars: fc.nat() }),
      }),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(details, fc.nat(3), (all, page) => {
        for (const form of [detailsForm({ ...REF, page }, all), laterForm(REF), noDetailsForm(REF)]) {
          expect(refusals({ text: 'x', blocks: form.blocks })).toEqual([]);
          expect(form.title.length).toBeLessThanOrEqual(24);
        }
      }),
      { numRuns: 30 },
    );
  });
});

it('tally', () => {
  expect(tally([{ state: 'done' }])).toBe('1 step');
  expect(tally([{ state: 'denied' }, { state: 'failed' }])).toBe('2 steps, 1 failed, 1 denied');
});
