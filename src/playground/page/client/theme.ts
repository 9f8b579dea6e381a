/** Light or dark: as the system says, until somebody chooses here. */
import type { App } from './app.ts';
import { openMenu } from './layers.ts';
import type { Memory } from './memory.ts';

const THEMES = { system: 'As the system', light: 'Light', dark: 'Dark' } as const;

type Theme = keyof typeof THEMES;

function chosen(memory: Memory): Theme {
  const stored = memory.read('theme');
  return stored === 'light' || stored === 'dark' ? stored : 'system';
}

/** Brings the document to what was chosen, in this window or, as the storage tells, in another one. */
export function applyTheme(memory: Memory): void {
  const theme = chosen(memory);
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

export function themeMenu(app: App, at: Event | EventTarget | null): void {
  const now = chosen(app.memory);
  const items = (Object.keys(THEMES) as Theme[]).map((theme) => ({
    label: THEMES[theme],
    checked: theme === now,
    run: () => {
      app.memory.write('theme', theme);
      applyTheme(app.memory);
    },
  }));
  openMenu(app, at, 'Appearance', items);
}
