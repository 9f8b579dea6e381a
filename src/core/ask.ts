/** What waits for a person in a thread: leave to run a tool, or an answer to a question of the agent's. */

/** A tool that waits for a person. The card is keyed by `toolUseId`; buttons carry `token`. */
export interface Ask {
  readonly toolUseId: string;
  readonly token: string;
  readonly name: string;
  readonly server?: string;
  /** The subagent that wants to use it, by name. */
  readonly agent?: string;
  /** The tool's input as JSON, as the agent wrote it. */
  readonly input: string;
  readonly turn: number;
  readonly step: AskStep;
  /** Who may answer it, and until when: as it was when it was asked. */
  readonly rule?: AskRule;
  /** Who has approved so far, where two are needed. */
  readonly votes?: readonly string[];
  /** The agent asks people something, in place of leave to run a tool. */
  readonly question?: Question;
  /** It is decided in direct messages; absent: in the thread. */
  readonly direct?: Direct;
}

/** Somebody's own card, and the channel of their direct messages. */
export interface Copy {
  readonly user: string;
  readonly channel: string;
}

/** Who is asked in direct messages. */
export type Direct =
  /** It is to be found out, and is being found out. */
  | { readonly is: 'due' | 'finding' }
  | {
      readonly is: 'known';
      readonly copies: readonly Copy[];
      /** People whom Slack lets nobody write to: the card stands in the thread, too. */
      readonly unreached: readonly string[];
      /** How many more may decide, who are not asked: at most so many are. */
      readonly more: number;
      /** The thread is in the direct messages of one of them. */
      readonly here?: true;
    };

/** Who may answer a card. Absent on cards of earlier versions: whoever asked, without end. */
export interface AskRule {
  /** For whom the turn counts. */
  readonly requester: string;
  /** Who else asked for it, or handed it over: where two must approve they are none of them. */
  readonly asked?: readonly string[];
  /** `requester`, people (`U…`), user groups (`S…`). */
  readonly approvers: readonly string[];
  readonly twoPersons: boolean;
  /** Generation of the session that asks. */
  readonly gen: number;
  /** Wall clock, ms; 0 never. */
  readonly expiresAt: number;
  /** How long that is from when it was asked, ms. */
  readonly spanMs: number;
}

/** What the tool `ask_user` asks. Texts are the agent's. */
export interface Question {
  readonly text: string;
  readonly choices: readonly string[];
  /** Words of one's own count too. */
  readonly free: boolean;
}

/** What came of a card. */
export interface Answer {
  readonly verdict: 'allow' | 'deny';
  /** Empty where it was given elsewhere, or where nobody gave it. */
  readonly by: string;
  /** Why not, in their words; or what they answered to a question. */
  readonly words?: string;
  /** Nobody answered in time. */
  readonly expired?: true;
  /** Nobody may approve it here. */
  readonly barred?: true;
  /** It was allowed for this thread before. */
  readonly always?: true;
}

export type AskStep =
  | { readonly is: 'open' }
  | ({ readonly is: 'answering'; readonly at: number } & Answer)
  | ({ readonly is: 'answered' } & Answer)
  /** The run was interrupted, or the session ended, before anybody answered. */
  | { readonly is: 'void' }
  /** A custom tool that this version does not have: answered with an error, without a card. */
  | { readonly is: 'declining'; readonly at: number }
  | { readonly is: 'declined' };

/** Leave for one tool in the whole thread, until the rule becomes stricter. */
export interface StandingLeave {
  readonly by: string;
  /** The approvers of the card that it was given on. */
  readonly under: readonly string[];
}
