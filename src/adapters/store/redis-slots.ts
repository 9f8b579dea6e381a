/** Which slot a key belongs to, and which master serves it ("Redis cluster specification"). */
import type { RedisAddress } from '../../config-redis.ts';

export const SLOTS = 16_384;

/** CRC-16/XMODEM, as the specification's appendix gives it. */
function crc16(text: string): number {
  let crc = 0;
  for (const byte of Buffer.from(text)) {
    crc ^= byte << 8;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
    crc &= 0xffff;
  }
  return crc;
}

/** What stands between the first `{` and the next `}` alone decides, where there is something. */
export function slotOf(key: string): number {
  const open = key.indexOf('{');
  const close = open < 0 ? -1 : key.indexOf('}', open);
  return crc16(close > open + 1 ? key.slice(open + 1, close) : key) % SLOTS;
}

export function nameOf({ host, port }: RedisAddress): string {
  return `${host}:${port}`;
}

/** `host:port`, where an IPv6 address has colons of its own; without a host it is the one that was asked. */
export function addressOf(name: string, asked: RedisAddress): RedisAddress {
  const colon = name.lastIndexOf(':');
  const host = name.slice(0, colon).replace(/^\[(.*)\]$/, '$1');
  return { host: isHidden(host) ? asked.host : host, port: Number(name.slice(colon + 1)) };
}

function isHidden(host: unknown): boolean {
  return typeof host !== 'string' || host === '' || host === '?';
}

/** Masters by slot. */
export class SlotMap {
  readonly #masters: (RedisAddress | undefined)[] = Array.from({ length: SLOTS });

  master(slot: number): RedisAddress | undefined {
    return this.#masters[slot];
  }

  move(slot: number, to: RedisAddress): void {
    this.#masters[slot] = to;
  }

  /** All masters, each once. */
  masters(): RedisAddress[] {
    const all = new Map<string, RedisAddress>();
    for (const master of new Set(this.#masters)) if (master) all.set(nameOf(master), master);
    return [...all.values()];
  }

  /**
   * Takes over what `CLUSTER SLOTS` says: `[first, last, [host, port, …], replicas…]` by range. Answers whether a
   * slot had another master before.
   */
  learn(answer: unknown, asked: RedisAddress): boolean {
    let moved = false;
    for (const range of answer as readonly [number, number, readonly [unknown, number]][]) {
      const [first, last, [host, port]] = range;
      const master = { host: isHidden(host) ? asked.host : String(host), port };
      for (let slot = first; slot <= last; slot += 1) {
        const before = this.#masters[slot];
        moved ||= before !== undefined && nameOf(before) !== nameOf(master);
        this.#masters[slot] = master;
      }
    }
    return moved;
  }
}
