/**
 * What the page remembers over a reload, in the browser's storage; works without where that is refused. Who one is
 * belongs to the window: two of them may be different people, and a new one begins as the latest.
 */

export interface Memory {
  read(name: string): string | null;
  write(name: string, value: string): void;
}

const PREFIX = 'heddle.playground.';
const OF_WINDOW: ReadonlySet<string> = new Set(['user']);

export function createMemory(): Memory {
  const fallback = new Map<string, string>();
  return {
    read(name) {
      try {
        const own = OF_WINDOW.has(name) ? sessionStorage.getItem(PREFIX + name) : null;
        return own ?? localStorage.getItem(PREFIX + name);
      } catch {
        return fallback.get(name) ?? null;
      }
    },
    write(name, value) {
      fallback.set(name, value);
      try {
        if (OF_WINDOW.has(name)) sessionStorage.setItem(PREFIX + name, value);
        localStorage.setItem(PREFIX + name, value);
      } catch {
        // A full or forbidden store costs only the memory over a reload.
      }
    },
  };
}

export function readJson(memory: Memory, name: string): unknown {
  const text = memory.read(name);
  if (text === null) return null;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}
