/** An intake of the test: remembers what it was given and fails when told. */
import type { Incoming } from '../../../../src/core/event.ts';
import type { BotIdentity, Reply, SlackIntake } from '../../../../src/ports.ts';

export interface TestIntake extends SlackIntake {
  readonly events: Incoming[];
  readonly asks: Incoming[];
  readonly bots: BotIdentity[];
  /** What admission does next; resolves by default. */
  admit: () => Promise<void>;
  reply: () => Promise<Reply>;
}

export function testIntake(): TestIntake {
  return {
    events: [],
    asks: [],
    bots: [],
    admit: () => Promise.resolve(),
    reply: () => Promise.resolve({}),
    async event(incoming, bot) {
      await this.admit();
      this.events.push(incoming);
      this.bots.push(bot);
    },
    async ask(incoming) {
      this.asks.push(incoming);
      return this.reply();
    },
  };
}
