/** What a thread's inputs are judged by besides who sent them: looked up before the actor has them. */
import { groupsAsked } from '../core/approvals.ts';
import { heldBy } from '../core/hold.ts';
import type { Settings } from '../core/settings.ts';
import type { ThreadState } from '../core/state.ts';
import type { PumpDeps } from './pump.ts';
import type { Spending } from './spending.ts';

interface JudgingDeps {
  readonly spending?: Spending;
  /** As they are for the thread whenever they are asked for. */
  readonly settings: Settings;
}

export function judging(deps: JudgingDeps, state: () => ThreadState): Pick<PumpDeps, 'groups' | 'ready'> {
  return {
    groups: () => groupsAsked(state()),
    async ready(input) {
      if (!deps.spending || !('user' in input) || input.kind === 'stop') return;
      const known = state();
      const users = [input.user, heldBy(known)?.requester ?? '', known.owner ?? ''].filter(Boolean);
      await deps.spending.ready(state().thread, [...new Set(users)], deps.settings);
    },
  };
}
