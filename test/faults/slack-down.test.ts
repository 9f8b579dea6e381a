/** Slack is down for half an hour of virtual time: what is final waits, and then stands in its order, once. */
import { describe, expect, it } from 'vitest';
import { createSlackPort } from '../../src/adapters/slack/api.ts';
import { createLanes } from '../../src/adapters/slack/lanes.ts';
import { laneRoom } from '../../src/adapters/slack/limits.ts';
import { createMemoryStore } from '../../src/adapters/store/memory.ts';
import type { AgentEvent } from '../../src/core/agent-event.ts';
import { intend } from '../../src/core/shown.ts';
import type { ProcessInput } from '../../src/core/state.ts';
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts';
import { PortError } from '../../src/errors.ts';
import { createCadence } from '../../src/flow/cadence.ts';
import { createOutbox } from '../../src/flow/outbox.ts';
import { systemRandom } from '../../src/lib/random.ts';
import { markOf, says } from '../core/support/inputs.ts';
import { play, type Play } from '../core/support/play.ts';
import { quietLog } from '../support/quiet-log.ts';
import { virtualClock, type VirtualClock } from '../support/virtual-clock.ts';

interface Message {
  readonly ts: string;
  readonly metadata: unknown;
  shown: string;
}

type Down = 'up' | 'refuses' | 'swallows';

/** A Slack of one thread, which can be down in two ways: it says 503, or it takes calls and never answers. */
function slackOf(clock: VirtualClock) {
  const messages: Message[] = [];
  const the = { state: 'up' as Down, calls: 0 };
  const own = { user: 'UBOT', bot_id: 'BBOT' };
  async function apiCall(method: string, args: Record<string, unknown> = {}): Promise<unknown> {
    the.calls += 1;
    if (the.state === 'refuses') throw new PortError({ kind: 'unknown', code: 'http_503', status: 503 });
    if (the.state === 'swallows') {
      await new Promise<void>((resolve) => clock.setTimer(resolve, 4_000));
      throw new PortError({ kind: 'unknown', code: 'timeout' });
    }
    const ts =
      typeof args['ts'] === 'string'
        ? args['ts']
        : `1790000001.${String(messages.length + 1).padStart(6, '0')}`;
    const shown = JSON.stringify(args['blocks'] ?? '');
    switch (method) {
      case 'auth.test':
        return { ok: true, user_id: own.user, bot_id: own.bot_id };
      case 'chat.postMessage':
        messages.push({ ts, metadata: args['metadata'], shown });
        return { ok: true, ts, message: { ts, thread_ts: args['thread_ts'] } };
      case 'chat.update':
        for (const message of messages) if (message.ts === ts) message.shown = shown;
        return { ok: true, ts };
      case 'conversations.replies':
        return { ok: true, messages: messages.map((message) => ({ ...message, ...own })) };
      default:
        return { ok: true };
    }
  }
  return Object.assign(the, { messages, connect: () => ({ apiCall }) });
}

/** The real outbox, lanes and Slack port over this Slack, for the thread that is played. */
function showing(
  p: Play,
  clock: VirtualClock,
  connect: ReturnType<typeof slackOf>['connect'],
  signal: AbortSignal,
) {
  const store = createMemoryStore({ appId: 'A0APP', clock });
  const cadence = createCadence({ store, clock, room: laneRoom });
  const lanes = createLanes({ limiter: store, crowd: cadence, clock, log: quietLog });
  const slack = createSlackPort({ token: 'xoxb-0', lanes, log: quietLog, clock, connect });
  const give = (input: ProcessInput): void => {
    p.now = clock.now();
    p.give(input);
    outbox.touch();
  };
  const settings = DEFAULT_SETTINGS;
  const deps = {
    slack,
    store,
    cadence,
    settings,
    clock,
    random: systemRandom,
    log: quietLog,
    settleMs: 8_000,
  };
  const outbox = createOutbox(deps, {
    state: () => p.state,
    previews: () => [],
    behind: () => false,
    guard: () => undefined,
    intend: (slots) => {
      p.state = intend(p.state, slots, clock.now());
      return Promise.resolve();
    },
    input: give,
    shown: () => undefined,
    quiet: () => undefined,
    failed: (error) => {
      throw error as Error;
    },
    signal,
  });
  return { give, outbox, close: () => [lanes, cadence].forEach((each) => each.close()) };
}

const HALF_AN_HOUR = 30 * 60_000;
const isBusy = ({ shown }: Message): boolean => /heddle\.stop|hourglass/.test(shown);

describe.each(['refuses', 'swallows'] as const)('a Slack that %s everything for half an hour', (how) => {
  it('gets the final texts afterwards, in their order and once, and is not stormed (fault: slack-down)', async () => {
    const clock = virtualClock();
    const slack = slackOf(clock);
    const p = play().working();
    const ending = new AbortController();
    const { give, close } = showing(p, clock, slack.connect, ending.signal);
    const live = (...events: readonly AgentEvent[]): void => give({ kind: 'events', events, source: 'live' });
    live(p.ev.text('The first text.'));
    await clock.advance(10_000);
    expect(slack.messages.map(({ shown }) => shown.includes('The first text.'))).toEqual([true]);

    slack.state = how;
    slack.calls = 0;
    live(p.ev.text('The second text.'), p.ev.idle());
    p.give(says(2, 'and then?'));
    p.acknowledge();
    live(p.ev.running(), p.ev.taken(markOf(2)), p.ev.text('The third text.'), p.ev.idle());
    await clock.advance(HALF_AN_HOUR);
    expect(slack.messages).toHaveLength(1);
    expect(slack.calls).toBeGreaterThan(10);
    expect(slack.calls).toBeLessThan(400);

    slack.state = 'up';
    await clock.advance(60_000);
    const [first, second, ...more] = slack.messages;
    expect(more).toEqual([]);
    for (const words of ['The first text.', 'The second text.']) expect(first?.shown).toContain(words);
    expect(second?.shown).toContain('The third text.');
    expect(slack.messages.filter(isBusy)).toEqual([]);
    expect(p.state.turns).toEqual([]);
    ending.abort(new Error('over'));
    close();
  });
});
