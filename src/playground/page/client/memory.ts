/** What the page remembers over a reload, in the browser's local storage; works without where that is refused. */

export interface Memory {
  read(name: string): string | null;
  write(name: string, value: string): void;
}

const PREFIX = 'heddle.playground.';

export function createMemory(): Memory {
  const fallback = new Map<string, string>();
  return {
    read(name) {
      try {
        return localStorage.getItem(PREFIX + name);
      } catch {
        return fallback.get(name) ?? null;
      }
    },
    write(name, value) {
      fallback.set(name, value);
      try {
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
