/**
 * The moments at which a process may die between two durable facts, named, so that a test can have it die there.
 *
 * Each passes over a channel of Node's own diagnostics (nodejs.org/api/diagnostics_channel.html). Nothing in the
 * product listens: without a listener a point is one comparison, and nothing in the environment or the settings
 * can turn it on. The entry of the test build listens (test/kill/bot.js) and ends, freezes or stops its process
 * right there.
 */
import { channel } from 'node:diagnostics_channel';

/** What is done to the world outside this process: it may die before it, or after it and before it knows. */
export const ACTS = [
  'store.admit',
  'acknowledge',
  'acquire',
  'renew',
  'sweep',
  'commit',
  'release',
  'hand-over',
  'store.note',
  'agent.create',
  'agent.send',
  'agent.interrupt',
  'agent.answer',
  'agent.raise',
  'archive',
  'recall',
  'agent.find',
  'agent.look',
  'agent.check',
  'slack.post',
  'slack.update',
  'slack.start-stream',
  'slack.append',
  'slack.stop-stream',
  'slack.status',
  'slack.react',
  'slack.unreact',
  'slack.ephemeral',
  'slack.share',
  'slack.remove',
  'slack.find',
  'lost.list',
  'lost.rebuild',
  'lost.save',
  'catch-up',
  'store.fill',
  'store.caught-up',
] as const;

/** What happens to this process. */
export const MOMENTS = ['new thread', 'takeover', 'attach', 'listing', 'event', 'preview', 'write'] as const;

export type Act = (typeof ACTS)[number];
export type Failpoint = `before ${Act}` | `after ${Act}` | `on ${(typeof MOMENTS)[number]}`;

/** All of them. */
export const FAILPOINTS: readonly Failpoint[] = [
  ...ACTS.flatMap((act) => [`before ${act}`, `after ${act}`] as const),
  ...MOMENTS.map((moment) => `on ${moment}` as const),
];

/** Name of the channel. A message is the name of the point that was reached. */
export const FAILPOINT_CHANNEL = 'heddle:failpoint';

const reached = channel(FAILPOINT_CHANNEL);

/** A listener is called here and now: what comes after this line may never happen. */
export function failpoint(name: Failpoint): void {
  if (reached.hasSubscribers) reached.publish(name);
}

/** Runs the work between the two points of an act. There is no point after work that failed. */
export function around<T>(act: Act, work: () => Promise<T>): Promise<T> {
  return reached.hasSubscribers ? watched(act, work) : work();
}

async function watched<T>(act: Act, work: () => Promise<T>): Promise<T> {
  failpoint(`before ${act}`);
  const result = await work();
  failpoint(`after ${act}`);
  return result;
}
