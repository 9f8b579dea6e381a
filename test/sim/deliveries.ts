/**
 * Slack's deliveries: each event to one replica, whichever; again where it was not acknowledged within three
 * seconds, at once, after a minute and after five (docs.slack.dev/apis/events-api). Clicks are delivered once.
 */
import type { Incoming } from '../../src/core/event.ts';
import type { Chance } from './chance.ts';
import type { DeliveryWeather } from './plan.ts';
import type { Replica } from './replica.ts';
import type { Timeline } from './timeline.ts';

const ACK_MS = 3_000;
const RETRIES_MS = [100, 60_000, 300_000];

export interface DeliveriesOptions {
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly replicas: () => readonly Replica[];
  readonly weather: () => DeliveryWeather;
  readonly said: (host: string, what: string) => void;
  readonly counted: (what: string) => void;
}

/** What became of a delivery. */
interface Told {
  readonly acknowledged: () => void;
  /** Nobody was there, and it does not come again. */
  readonly unheard: () => void;
}

function nothing(): void {}

export class Deliveries {
  /** Deliveries that may still come. */
  open = 0;
  private readonly options: DeliveriesOptions;
  private events = 0;

  constructor(options: DeliveriesOptions) {
    this.options = options;
  }

  newEventId(): string {
    this.events += 1;
    return `Ev${this.events}`;
  }

  /** One event, until it is acknowledged or given up. */
  send(body: unknown, about: string, told: Partial<Told> = {}): void {
    const { acknowledged, unheard } = told;
    this.open += 1;
    this.attempt(body, about, 0, {
      acknowledged: () => {
        this.open -= 1;
        acknowledged?.();
      },
      unheard: () => {
        this.open -= 1;
        unheard?.();
      },
    });
    const { chance, weather, timeline, counted } = this.options;
    if (!chance.yes(weather().doubled)) return;
    counted('deliveries doubled');
    timeline.after(chance.between(0, 4_000), () => this.hand(body, `${about} (again)`, nothing, nothing));
  }

  private attempt(body: unknown, about: string, tried: number, told: Told): void {
    const { timeline, counted, chance, weather } = this.options;
    let over = false;
    const acknowledged = (): void => {
      if (over) return;
      over = true;
      told.acknowledged();
    };
    const nobody = (): void => {
      // What somebody was there for, and did not take, is tried again.
      if (over || tried > 0 || !chance.yes(weather().unheard)) return;
      over = true;
      counted('deliveries that nobody heard');
      told.unheard();
    };
    this.hand(body, tried === 0 ? about : `${about} (retry ${tried})`, acknowledged, nobody);
    timeline.after(ACK_MS, () => {
      if (over) return;
      over = true;
      const wait = RETRIES_MS[tried];
      if (wait === undefined) {
        counted('deliveries given up');
        this.open -= 1;
        return;
      }
      counted('deliveries repeated');
      timeline.after(wait, () => this.attempt(body, about, tried + 1, told));
    });
  }

  /** Once to somebody who is there. */
  private hand(body: unknown, about: string, acknowledged: () => void, nobody: () => void): void {
    const { timeline, chance, weather, counted } = this.options;
    const { lost, late } = weather();
    if (chance.yes(lost)) return counted('deliveries lost');
    const ms = chance.yes(late) ? chance.between(200, 3_000) : chance.between(10, 150);
    timeline.after(ms, () => this.arrive(about, (replica) => replica.event(body), acknowledged, nobody));
  }

  /** A click or a command: nobody delivers it again. */
  click(incoming: Incoming, about: string): void {
    const { timeline, chance } = this.options;
    timeline.after(chance.between(10, 150), () =>
      this.arrive(about, (replica) => replica.ask(incoming), nothing, nothing),
    );
  }

  private arrive(
    about: string,
    take: (replica: Replica) => Promise<void>,
    acknowledged: () => void,
    nobody: () => void,
  ): void {
    const { chance, timeline, replicas, said } = this.options;
    const there = replicas().filter(({ open }) => open);
    if (there.length === 0) return nobody();
    const replica = chance.pick(there);
    const { host } = replica;
    host.deliver(() => {
      said(host.name, `gets ${about}`);
      take(replica).then(
        () => {
          if (host.dead) return;
          timeline.after(chance.between(10, 100), acknowledged);
        },
        () => said(host.name, `does not take ${about}`),
      );
    });
  }
}
