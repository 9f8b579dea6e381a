/** Draws a plan from a seed. */
import { Chance } from './chance.ts';
import { FATES, type ServiceName, type Weather } from './network.ts';
import { FAIR, type Plan, type PlannedThread, type Timed } from './plan.ts';
import { MEMBERS } from './people.ts';

type Mood = 'fair' | 'rough' | 'stormy';

const STEPS = {
  text: 30,
  'text,text': 8,
  'tool,text': 14,
  'text,tool,text,tool,text': 8,
  'slow,text': 8,
  'text,slow,text': 6,
  'ask,text': 8,
  'text,ask,tool,text': 4,
  'asks,text': 2,
  'custom,text': 2,
  'hiccup,text': 3,
  'text,die': 3,
  die: 2,
  'text,end': 2,
  refuse: 2,
  'text,budget': 1,
  tool: 3,
  long: 2,
} as const;

function threadsOf(chance: Chance): readonly PlannedThread[] {
  const channels = chance.whole(1, 3);
  return Array.from({ length: chance.pick([1, 1, 2, 2, 3, 4, 6]) }, (_, at) => {
    const begun = chance.weighted({ mention: 6, people: 2, im: 2 });
    const channel = begun === 'im' ? `D${at + 1}` : `C${chance.whole(1, channels)}`;
    return { id: `t${at + 1}`, channel, begun };
  });
}

/** What people do in one thread. */
function talk(chance: Chance, thread: PlannedThread, until: number, numbers: { next: number }): Timed[] {
  const actions: Timed[] = [];
  const users = chance.yes(0.5) ? [chance.pick(MEMBERS)] : MEMBERS;
  let at = chance.between(0, until * 0.4);
  const say = (mentions: boolean): void => {
    numbers.next += 1;
    const stranger = chance.yes(0.03) ? chance.pick(['UGUEST', 'UOTHER']) : undefined;
    actions.push({
      at,
      do: 'say',
      thread: thread.id,
      user: stranger ?? chance.pick(users),
      n: numbers.next,
      mentions,
      urgent: chance.yes(0.08),
      script: chance.weighted(STEPS),
    });
  };
  const pause = (): void => {
    at += chance.yes(0.3) ? chance.between(50, 2_000) : chance.between(1_000, 30_000);
  };
  if (thread.begun === 'people') {
    for (let more = chance.whole(1, 3); more > 0; more -= 1) {
      say(false);
      pause();
    }
  }
  say(thread.begun !== 'im');
  for (let more = chance.whole(0, 6); more > 0; more -= 1) {
    pause();
    if (at > until) break;
    const user = chance.pick(MEMBERS);
    const what = chance.weighted({
      say: 60,
      stop: 12,
      decide: 12,
      close: 3,
      edit: 3,
      delete: 2,
      wipe: 2,
      outside: 2,
    });
    const { id } = thread;
    if (what === 'say') say(chance.yes(0.2));
    else if (what === 'stop') {
      const via = chance.pick(['word', 'mention', 'button', 'slack', 'reaction'] as const);
      actions.push({ at, do: 'stop', thread: id, user, via });
    } else if (what === 'decide')
      actions.push({ at, do: 'decide', thread: id, verdict: chance.pick(['approve', 'deny'] as const) });
    else if (what === 'close') actions.push({ at, do: 'close', thread: id, user });
    else if (what === 'edit' || what === 'delete') actions.push({ at, do: what, n: numbers.next });
    else if (what === 'wipe') actions.push({ at, do: 'wipe', thread: id });
    else actions.push({ at, do: 'outside', thread: id, how: chance.pick(['archived', 'deleted'] as const) });
  }
  return actions;
}

/** In some runs people change their mind all the time, mostly while their words still wait. */
function secondThoughts(chance: Chance, said: readonly Timed[]): Timed[] {
  if (!chance.yes(0.19)) return [];
  return said.flatMap((one): Timed[] => {
    if (one.do !== 'say' || chance.yes(0.5)) return [];
    const soon = chance.yes(0.7);
    const at = one.at + (soon ? chance.between(20, 1_500) : chance.between(1_500, 20_000));
    const how = chance.weighted({ edit: 3, delete: 2 });
    return [{ at, do: how, n: one.n, ...(how === 'edit' ? { roots: true } : {}) }];
  });
}

/** What befalls the machines, and the store. */
function trouble(chance: Chance, replicas: number, until: number, mood: Mood, harder: boolean): Timed[] {
  if (mood === 'fair') return [];
  const actions: Timed[] = [];
  for (let more = chance.whole(0, mood === 'rough' ? 3 : 8); more > 0; more -= 1) {
    const at = chance.between(500, until);
    const replica = chance.below(replicas);
    const what = chance.weighted({
      crash: 5,
      trap: 8,
      freeze: 4,
      drain: 3,
      failover: 1.5,
      down: 1,
      limit: 2,
      empty: harder ? 1.5 : 0,
      blackout: 1.2,
      revoke: harder ? 1 : 0,
    });
    const back = (): Timed => ({ at: at + chance.between(100, 40_000), do: 'start', replica });
    if (what === 'crash') actions.push({ at, do: 'crash', replica }, back());
    else if (what === 'drain')
      actions.push({ at, do: 'drain', replica, withinMs: chance.pick([500, 5_000, 25_000]) }, back());
    else if (what === 'freeze')
      actions.push({
        at,
        do: 'freeze',
        replica,
        ms: chance.pick([300, 4_000, 11_000, 14_000, 14_000, 25_000]),
      });
    else if (what === 'trap') {
      const does = chance.yes(0.7) ? ('crash' as const) : ('freeze' as const);
      const when = chance.pick(['before', 'after'] as const);
      const ms = chance.pick([2_000, 12_000, 20_000]);
      actions.push({ at, do: 'trap', replica, after: chance.whole(1, 40), does, when, ms }, back());
    } else if (what === 'failover')
      actions.push({ at, do: 'failover', lostMs: 300, downMs: chance.between(0, 4_000) });
    else if (what === 'down')
      actions.push({ at, do: 'failover', lostMs: 0, downMs: chance.between(500, 9_000) });
    else if (what === 'empty') actions.push({ at, do: 'empty', downMs: chance.between(0, 4_000) });
    else if (what === 'blackout') actions.push({ at, do: 'blackout', ms: chance.between(1_000, 90_000) });
    else if (what === 'revoke') actions.push({ at, do: 'revoke', ms: chance.between(1_000, 40_000) });
    else {
      const method = chance.pick([
        'chat.postMessage',
        'chat.update',
        'agents.sessions.setStatus',
        'conversations.replies',
        'chat.startStream',
        'chat.appendStream',
        'chat.stopStream',
        'users.info',
      ]);
      actions.push({ at, do: 'limit', method, seconds: chance.whole(1, 30) });
    }
  }
  return actions;
}

function weatherOf(chance: Chance, worst: number): Weather {
  return Object.fromEntries(FATES.map((fate) => [fate, chance.yes(0.5) ? chance.next() * worst : 0]));
}

function capsOf(chance: Chance): NonNullable<Plan['caps']> {
  return {
    messagesPerMinute: chance.whole(1, 4),
    maxRunning: { person: chance.whole(1, 2), workspace: chance.whole(1, 3) },
  };
}

/** `harder`: the store may lose everything, and the key may be refused. */
export function draw(seed: number | string, harder = false): Plan {
  const chance = new Chance(`plan ${seed}`);
  const mood = chance.weighted({ fair: 2, rough: 5, stormy: 3 });
  const replicas = chance.pick([1, 2, 2, 3, 3, 4]);
  const until = chance.between(20_000, 180_000);
  const threads = threadsOf(chance);
  const numbers = { next: 0 };
  const talks = threads.flatMap((thread) => talk(chance.fork(thread.id), thread, until, numbers));
  const actions = [
    ...talks,
    ...secondThoughts(chance.fork('delete'), talks),
    ...trouble(chance.fork('trouble'), replicas, until, mood, harder),
  ];
  const worst = mood === 'rough' ? 0.02 : 0.08;
  const weathers: Readonly<Record<ServiceName, Weather>> = {
    slack: weatherOf(chance, worst),
    agents: weatherOf(chance, worst),
    store: weatherOf(chance, worst / 4),
  };
  return {
    seed: String(seed),
    replicas,
    busyMode: chance.weighted({ steer: 6, interrupt: 2, queue: 2 }),
    idleTimeoutMs: chance.whole(20, 120) * 1_000,
    output: chance.weighted({ edit: 6, stream: 2, auto: 3 }),
    ...(chance.yes(0.07) ? { caps: capsOf(chance) } : {}),
    threads,
    actions: actions.sort((a, b) => a.at - b.at),
    until,
    ...FAIR,
    ...(mood === 'fair'
      ? {}
      : {
          weather: weathers,
          streams: {
            cut: chance.next() * worst,
            silent: chance.yes(0.3) ? chance.next() * worst * 0.3 : 0,
            doubled: chance.next() * 0.1,
            shed: chance.next() * 0.1,
          },
          lateness: chance.yes(0.3) ? chance.next() * 0.1 : 0,
          deliveries: {
            lost: chance.next() * 0.1,
            doubled: chance.next() * 0.2,
            late: chance.next() * 0.3,
            unheard: chance.yes(0.5) ? 1 : 0,
          },
          wakesLost: chance.yes(0.5) ? chance.next() * 0.3 : 0,
        }),
  };
}
