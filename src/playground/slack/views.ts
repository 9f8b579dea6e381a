import type { Json, ViewRecord } from './records.ts';
import type { Workspace } from './workspace.ts';
import { ids, team } from './world.ts';

/** A view as Slack's answers and payloads show it. */
export function wireView(workspace: Workspace, view: ViewRecord, values: Json = {}): Json {
  const titles: Json = {};
  for (const name of ['title', 'submit', 'close'] as const) titles[name] = view[name] ?? null;
  return {
    id: view.id,
    team_id: team.id,
    type: view.type,
    blocks: view.blocks,
    private_metadata: view.private_metadata,
    callback_id: view.callback_id,
    state: { values },
    hash: view.hash,
    ...titles,
    clear_on_close: view.clear_on_close,
    notify_on_close: view.notify_on_close,
    root_view_id: view.root_view_id,
    previous_view_id: view.previous_view_id,
    app_id: workspace.appId,
    external_id: view.external_id,
    app_installed_team_id: team.id,
    bot_id: ids.botId,
  };
}

/** Open forms, a stack for each person. */
export class ViewStacks {
  readonly #stacks = new Map<string, ViewRecord[]>();
  readonly #workspace: Workspace;

  constructor(workspace: Workspace) {
    this.#workspace = workspace;
  }

  /** Bottom first. */
  stack(user: string): ViewRecord[] {
    return this.#stacks.get(user) ?? [];
  }

  find(id: string, externalId = ''): ViewRecord | undefined {
    for (const stack of this.#stacks.values()) {
      for (const view of stack) {
        if (view.id === id || (externalId !== '' && view.external_id === externalId)) return view;
      }
    }
    return undefined;
  }

  /** A view that is not pushed replaces what was open. */
  open(view: ViewRecord): ViewRecord {
    const below = view.previous_view_id === null ? [] : this.stack(view.user);
    if (view.previous_view_id === null) this.clear(view.user);
    this.#stacks.set(view.user, [...below, view]);
    this.#workspace.tell({ kind: 'view', what: 'opened', view });
    return view;
  }

  replace(view: ViewRecord, errors?: Record<string, string>): void {
    const next = this.stack(view.user).map((one) => (one.id === view.id ? view : one));
    this.#stacks.set(view.user, next);
    this.#workspace.tell({ kind: 'view', what: 'updated', view, ...(errors ? { errors } : {}) });
  }

  close(view: ViewRecord): void {
    const left = this.stack(view.user).filter((one) => one.id !== view.id);
    this.#stacks.set(view.user, left);
    this.#workspace.tell({ kind: 'view', what: 'closed', view });
  }

  clear(user: string): void {
    for (const view of this.stack(user).toReversed()) this.close(view);
  }
}
