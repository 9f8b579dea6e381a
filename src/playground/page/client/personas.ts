/** Switching between the people of the workspace. */
import type { App } from './app.ts';
import { openMenu } from './layers.ts';
import { kindOf } from './people.ts';
import type { PageUser } from '../../slack/page-api.ts';

/** Who can be switched to, in a fixed order (Alt+1, Alt+2, …). */
export function personas(app: App): readonly PageUser[] {
  return (app.model.page?.users ?? []).filter((user) => user.kind !== 'app');
}

export function personaMenu(app: App, event: Event): void {
  openMenu(
    app,
    event,
    'Act as',
    personas(app).map((user, at) => ({
      label: user.real_name,
      user: user.id,
      detail: at < 9 ? `${kindOf(user)} · Alt+${at + 1}` : kindOf(user),
      checked: user.id === app.model.user,
      run: () => app.actAs(user.id),
    })),
  );
}
