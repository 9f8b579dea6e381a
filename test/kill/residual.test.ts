import { describe, expect, it } from 'vitest';
import { explained, lateWrites } from './support/residual.ts';

const passage = (at: number, pid: number, what: string) => ({ at, pid, what });

describe('a process that was frozen between its last look and its write', () => {
  it('has written late, and nobody else', () => {
    const trace = [
      passage(100, 1, 'on write'),
      passage(101, 2, 'on write'),
      passage(102, 1, '!SIGSTOP'),
      passage(103, 2, 'wrote /api/chat.update'),
      passage(3_500, 1, 'wrote /api/chat.postMessage'),
      passage(3_501, 1, 'on write'),
      passage(3_502, 1, 'wrote /api/reactions.add'),
    ];
    expect(lateWrites(trace)).toEqual(['/api/chat.postMessage']);
  });

  it('explains what that one request can do, and nothing more', () => {
    const complaints = [
      'a message was posted twice',
      'sent 1.1 1.1 instead of 1.1',
      'the status is processing',
    ];
    expect(explained(complaints, ['/api/chat.postMessage'])).toEqual({
      residual: ['a message was posted twice'],
      left: ['sent 1.1 1.1 instead of 1.1', 'the status is processing'],
    });
    expect(explained(complaints, ['/v1/sessions/sesn_1/events?beta=true']).residual).toEqual([
      'sent 1.1 1.1 instead of 1.1',
    ]);
    expect(explained(complaints, [])).toEqual({ residual: [], left: complaints });
  });

  it('explains nothing where the look itself came late', () => {
    const late = [
      passage(100, 1, 'before slack.post'),
      passage(3_500, 1, 'on write'),
      passage(3_501, 1, 'wrote /api/chat.postMessage'),
    ];
    expect(lateWrites(late)).toEqual([]);
  });
});
