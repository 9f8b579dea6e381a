/** The plain turns: friendly answers, counting, remembering, working towards an outcome. */
import type { Heard } from './message.ts';
import { request } from './scripts.ts';
import type { Op } from './types.ts';

/** How the agent calls the author. */
export function who(message: Heard): string {
  return message.name ?? 'friend';
}

/** What was asked, short enough to be repeated. */
export function quote(text: string): string {
  const line = text.replaceAll(/\s+/g, ' ').trim();
  const short = line.length > 160 ? `${line.slice(0, 157).replace(/[\uD800-\uDBFF]$/, '')}…` : line;
  return short === '' ? '“(no words)”.' : `“${short}”.`;
}

export function friendly(message: Heard): Op[] {
  const files = message.attachments.length > 0 ? ` I also see ${attachments(message)}.` : '';
  const text =
    `Hello ${who(message)}! You wrote: ${quote(message.text)}${files}\n\n` +
    'I am the scripted agent of the playground, so I do not think about it for long, but I write this answer the ' +
    'way a real one does: piece by piece, at a pace at which you can read along. ' +
    'Reply in this thread to go on, or write **help** to see everything I can show you.';
  return request({ op: 'think', ms: 500 }, text);
}

function attachments(message: Heard): string {
  return message.attachments.length === 1
    ? `one attachment (${message.attachments[0] ?? ''})`
    : `${message.attachments.length} attachments (${message.attachments.join(', ')})`;
}

/** Numbers in requests of about five seconds, so that replies are taken up while it counts. */
export function count(to: number): Op[] {
  const steps: Op[] = [];
  for (let first = 1; first <= to; first += 5) {
    const numbers = Array.from({ length: Math.min(5, to - first + 1) }, (_, i) => String(first + i));
    const end = first + 5 > to ? '\n\nThat is all of them.' : '';
    steps.push(...request({ op: 'say', text: `${numbers.join(', ')}${end}`, ms: numbers.length * 1000 }));
  }
  return steps;
}

/** One text that grows for `seconds`. */
export function slow(message: Heard, seconds: number): Op[] {
  const sentences = Array.from(
    { length: seconds },
    (_, i) => `Second ${i + 1} of ${seconds}: still at it, ${who(message)}.`,
  );
  return [
    ...request({ op: 'think', ms: 400 }, { op: 'say', text: sentences.join(' '), ms: seconds * 1000 }),
    ...request('And now I am done. You can stop me, steer me or end my process in the middle of this.'),
  ];
}

export function remember(message: Heard): Op[] {
  const context = message.context.map((line) => `- with this message: ${line}`);
  const earlier = message.earlier.map((text) => `- earlier in this session: ${quote(text)}`);
  const lines = [...earlier, ...context];
  const text =
    lines.length === 0
      ? 'I was told nothing before this message.'
      : `This is what I know from before, ${who(message)}:\n\n${lines.join('\n')}`;
  return request({ op: 'think', ms: 300 }, text);
}

export function outcomeTurn(description: string): Op[] {
  return [
    ...request(`I work towards this outcome: ${quote(description)} Here is a first version.`),
    { op: 'evaluate', phase: 'start', iteration: 0, ms: 300 },
    { op: 'evaluate', phase: 'ongoing', iteration: 0, ms: 600 },
    {
      op: 'evaluate',
      phase: 'end',
      iteration: 0,
      result: 'needs_revision',
      explanation: 'The first version lacks an example.',
      ms: 600,
    },
    ...request('I add the example that was missing.'),
    { op: 'evaluate', phase: 'start', iteration: 1, ms: 300 },
    {
      op: 'evaluate',
      phase: 'end',
      iteration: 1,
      result: 'satisfied',
      explanation: 'Every criterion is met.',
      ms: 600,
    },
  ];
}
