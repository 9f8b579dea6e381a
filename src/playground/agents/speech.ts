/** How long steps take, and the previews of a text that is being written. */
import { after } from './clock.ts';
import { fill } from './effects.ts';
import type { Session } from './session.ts';
import type { Op } from './types.ts';

type Spoken = Extract<Op, { op: 'say' | 'think' }>;

/** Milliseconds a character: about the pace of somebody who reads along. */
const MS_PER_CHAR = 8;
const TICK_MS = 90;

/** How long a step takes at pace 1, ms. */
export function duration(op: Op): number {
  if (op.ms !== undefined) return op.ms;
  if (op.op === 'say') return textsOf(op).join('').length * MS_PER_CHAR;
  if (op.op === 'think') return 700;
  if (op.op === 'request') return 60;
  if (op.op === 'result') return 500;
  return op.op === 'use' ? 200 : 0;
}

function textsOf(op: Extract<Op, { op: 'say' }>): readonly string[] {
  return typeof op.text === 'string' ? [op.text] : op.text;
}

/**
 * Opens the preview of the step's event, streams it to who opted in, then calls `done`. What was shown is at any
 * time a prefix of the final text, block by block.
 */
export function startPreview(session: Session, op: Spoken, done: () => void): void {
  const type = op.op === 'say' ? 'agent.message' : 'agent.thinking';
  const id = session.position.openId ?? '';
  session.preview('event_start', { event: { type, id } }, type);
  const total = session.world.real(duration(op));
  const heard = op.op === 'say' && session.audience.some((subscriber) => subscriber.deltas.has(type));
  if (!heard) {
    session.cancel = after(total, done);
    return;
  }
  const texts = textsOf(op).map((text) => fill(session, text));
  const ticks = total === 0 ? 5 : Math.min(1000, Math.max(2, Math.round(total / TICK_MS)));
  streamPieces(
    session,
    { id, parts: shed(session, pieces(texts, ticks)), tickMs: total / ticks },
    0,
    total,
    done,
  );
}

interface Piece {
  readonly index: number;
  readonly text: string;
}

interface Preview {
  readonly id: string;
  readonly parts: readonly Piece[];
  readonly tickMs: number;
}

function streamPieces(
  session: Session,
  preview: Preview,
  next: number,
  leftMs: number,
  done: () => void,
): void {
  const { id, parts, tickMs } = preview;
  const piece = parts[next];
  if (!piece) {
    session.cancel = after(leftMs, done);
    return;
  }
  session.cancel = after(tickMs, () => {
    const delta = { type: 'content_delta', index: piece.index, content: { type: 'text', text: piece.text } };
    session.world.onText(session.id, piece.text);
    session.preview('event_delta', { event_id: id, delta }, 'agent.message');
    streamPieces(session, preview, next + 1, Math.max(0, leftMs - tickMs), done);
  });
}

function shed(session: Session, parts: readonly Piece[]): readonly Piece[] {
  const { shedDeltas } = session.world.settings;
  if (shedDeltas === 'all') return [];
  return shedDeltas === 'tail' ? parts.slice(0, Math.ceil(parts.length / 3)) : parts;
}

/** Cuts the blocks into about `count` pieces, never inside a character. */
function pieces(texts: readonly string[], count: number): Piece[] {
  const size = Math.max(1, Math.ceil(texts.join('').length / count));
  return texts.flatMap((text, index) => {
    const cut: Piece[] = [];
    for (let start = 0; start < text.length;) {
      let end = Math.min(text.length, start + size);
      if (isHighSurrogate(text.charCodeAt(end - 1))) end += 1;
      cut.push({ index, text: text.slice(start, end) });
      start = end;
    }
    return cut;
  });
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
