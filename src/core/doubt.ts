/**
 * Doubt about a call: its effect may still come while its request may be alive. What a look finds is believed at once;
 * what it does not find only where it was asked for after that.
 */
import { answersUnderWay } from './asks.ts';
import type { StepContext } from './context.ts';
import type { ThreadState } from './state.ts';

/** When each call whose outcome is not known was made. */
export function doubtsOf(state: ThreadState): readonly number[] {
  const { phase } = state;
  const times = state.sends.filter((send) => send.status === 'doubt').map((send) => send.at);
  if (phase.is === 'starting' && phase.step === 'doubt') times.push(phase.at);
  if ((phase.is === 'working' || phase.is === 'asking') && phase.stop?.step === 'doubt')
    times.push(phase.stop.at);
  for (const { step } of answersUnderWay(state)) {
    if (step.is === 'answering' || step.is === 'declining') times.push(step.at);
  }
  return times;
}

/**
 * After a look. What is left was looked for too early; where the answer took so long that the next look would know,
 * that one comes at once.
 */
export function lookSoon(
  state: ThreadState,
  { now, settleMs }: Pick<StepContext, 'now' | 'settleMs'>,
): ThreadState {
  return doubtsOf(state).some((since) => now - since >= settleMs) ? { ...state, lookAgain: now } : state;
}
