/**
 * Whether Slack can be reached, for readiness in HTTP mode: there no connection tells. Asked at most every few
 * seconds, however often somebody looks.
 */
import { probeBotToken, type SlackProbeOptions } from './probe.ts';

const EVERY_MS = 5_000;

/** Why Slack cannot be reached, or undefined. A refusal is an answer. */
export function slackReach(options: SlackProbeOptions): () => Promise<string | undefined> {
  let asked: { readonly at: number; readonly answer: Promise<string | undefined> } | undefined;
  return () => {
    const now = options.clock.monotonic();
    if (asked === undefined || now - asked.at >= EVERY_MS) asked = { at: now, answer: ask(options) };
    return asked.answer;
  };
}

async function ask(options: SlackProbeOptions): Promise<string | undefined> {
  const answer = await probeBotToken(options);
  return answer.is === 'unreachable' ? answer.why : undefined;
}
