/** Switching between the people of the workspace, in this window or in a new one. */
import type { App } from './app.ts';
import { openMenu } from './layers.ts';
import type { MenuItem } from './model.ts';
import { roleOf } from './people.ts';
import { themeMenu } from './theme.ts';
import type { PageUser } from '../../slack/page-api.ts';

/** Who can be switched to, in a fixed order (Alt+1, Alt+2, …). */
export function personas(app: App): readonly PageUser[] {
  return (app.model.page?.users ?? []).filter((user) => user.kind !== 'app');
}

export function personaMenu(app: App, event: Event): void {
  const people = personas(app);
  const items: MenuItem[] = people.map((user, at) => ({
    label: user.real_name,
    user: user.id,
    detail: at < 9 ? `${roleOf(app.model, user)} · Alt+${at + 1}` : roleOf(app.model, user),
    count: app.model.nudges.get(user.id) ?? 0,
    checked: user.id === app.model.user,
    run: () => app.actAs(user.id),
  }));
  const { currentTarget } = event;
  const another: MenuItem = {
    label: 'Somebody else in a new window…',
    separated: true,
    run: () => windowMenu(app, currentTarget, people),
  };
  const look: MenuItem = { label: 'Light or dark…', run: () => themeMenu(app, currentTarget) };
  openMenu(app, event, 'Act as', [...items, another, look]);
}

/** Two windows may be two people at once, and see each other's messages as they come. */
function windowMenu(app: App, anchor: EventTarget | null, people: readonly PageUser[]): void {
  const items = people
    .filter((user) => user.id !== app.model.user)
    .map((user) => ({
      label: user.real_name,
      user: user.id,
      detail: roleOf(app.model, user),
      run: () => {
        window.open(`/?as=${user.id}${location.hash}`, '_blank', 'noopener');
      },
    }));
  openMenu(app, anchor, 'New window as', items);
}
