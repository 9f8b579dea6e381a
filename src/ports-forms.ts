/** Forms (Slack's modals) and App Home, as the flow asks for them. Failures reject with `PortError`. */
import type { Block } from './ports.ts';

/** A form as it is shown (docs.slack.dev/reference/views/modal-views). */
export interface Form {
  /** Names it when it comes back; ours begin with `heddle.`. */
  readonly callbackId: string;
  /** At most 24 characters. */
  readonly title: string;
  /** What the button says that sends it, at most 24 characters; absent: it is only for reading. */
  readonly submit?: string;
  /** What the button says that leaves it; "Cancel" or "Close" where absent. */
  readonly close?: string;
  /** Comes back with it (`private_metadata`), at most 3,000 characters. */
  readonly data: string;
  /** At most 100. A field's `block_id` names it. */
  readonly blocks: readonly Block[];
}

export interface SlackForms {
  /**
   * `views.open`. A trigger is good for 3 s and one form: `refused` (`expired_trigger_id`, `exchanged_trigger_id`)
   * where it is not any more.
   */
  openForm(call: { readonly team: string; readonly trigger: string; readonly form: Form }): Promise<void>;
  /** `views.update` of a form that is open. `refused` (`not_found`) where it is not any more. */
  updateForm(call: { readonly team: string; readonly viewId: string; readonly form: Form }): Promise<void>;
  /** `views.publish`: what this person's App Home shows from now on. */
  publishHome(call: {
    readonly team: string;
    readonly user: string;
    readonly blocks: readonly Block[];
  }): Promise<void>;
}
