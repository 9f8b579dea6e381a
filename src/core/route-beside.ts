/** Where goes what people do beside messages: App Home, shortcuts, and the forms that those open. Pure. */
import type { Incoming } from './event.ts';

/** This person's App Home is to be published. */
export interface ToHome {
  readonly to: 'home';
  readonly team: string;
  readonly user: string;
  readonly userTeam?: string;
}

export function routeHome({ team, user, userTeam }: Incoming): ToHome {
  return { to: 'home', team, user, ...(userTeam === undefined ? {} : { userTeam }) };
}
