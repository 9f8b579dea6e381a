/** Who may do what. Unknown people may do nothing (fails closed). */
import type { Person } from './event.ts';
import type { Settings } from './settings.ts';

export type Verdict = 'yes' | 'no' | 'unverified';

/** Start, steer, stop, close: members and admins; others where a setting lets them in. */
export function mayTalk(person: Person | undefined, settings: Settings): Verdict {
  switch (person?.role) {
    case 'member':
    case 'admin':
      return 'yes';
    case 'guest':
      return settings.allow.guests ? 'yes' : 'no';
    case 'outsider':
      return settings.allow.outsiders ? 'yes' : 'no';
    case 'bot':
      return settings.allow.bots ? 'yes' : 'no';
    default:
      return 'unverified';
  }
}

/** Stopping and closing: as talking, but never a guest. */
export function mayStop(person: Person | undefined, settings: Settings): Verdict {
  return person?.role === 'guest' ? 'no' : mayTalk(person, settings);
}
