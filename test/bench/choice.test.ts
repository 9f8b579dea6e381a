import { describe, expect, it } from 'vitest';
import { readChoice, SCENARIOS } from '../../src/bench/choice.ts';

describe('the command line', () => {
  it('is everything where nothing is named', () => {
    expect(readChoice([])).toEqual({ scenarios: SCENARIOS, json: false, quick: false });
  });

  it('takes scenarios and options in any order, and runs them in its own', () => {
    const choice = { scenarios: ['reply', 'start'], json: true, quick: true };
    expect(readChoice(['start', '--quick', 'reply', '--json', 'start'])).toEqual(choice);
  });

  it.each([['sprint'], ['--fast'], ['reply', '--json=1'], ['toString']])('does not guess: %s', (...args) => {
    expect(readChoice(args)).toContain('is not understood here');
  });
});
