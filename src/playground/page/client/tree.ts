/** Formatted text as plain data: what both text dialects are parsed to, and what is drawn. */

export type Inline =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'bold' | 'italic' | 'strike' | 'underline'; readonly children: readonly Inline[] }
  | { readonly type: 'code'; readonly text: string }
  | { readonly type: 'link'; readonly href: string; readonly children: readonly Inline[] }
  | { readonly type: 'image'; readonly href: string; readonly alt: string }
  | { readonly type: 'user' | 'channel' | 'usergroup'; readonly id: string; readonly label: string | null }
  | { readonly type: 'broadcast'; readonly range: string }
  | { readonly type: 'date'; readonly seconds: number; readonly format: string; readonly fallback: string }
  | { readonly type: 'emoji'; readonly name: string }
  | { readonly type: 'break' };

export interface ListItem {
  /** null: not a task. */
  readonly checked: boolean | null;
  readonly children: readonly Block[];
}

export type Align = 'left' | 'center' | 'right' | null;

export type Block =
  | { readonly type: 'paragraph'; readonly children: readonly Inline[] }
  | { readonly type: 'heading'; readonly level: number; readonly children: readonly Inline[] }
  | { readonly type: 'code'; readonly language: string; readonly text: string }
  | { readonly type: 'quote'; readonly children: readonly Block[] }
  | {
      readonly type: 'list';
      readonly ordered: boolean;
      readonly start: number;
      readonly items: readonly ListItem[];
    }
  | {
      readonly type: 'table';
      readonly align: readonly Align[];
      readonly head: readonly (readonly Inline[])[];
      readonly rows: readonly (readonly (readonly Inline[])[])[];
    }
  | { readonly type: 'rule' };

/** The address if it is one that a person may be sent to, else null (`javascript:`, `data:` and the like). */
export function safeHref(href: string): string | null {
  return /^(https?:\/\/|mailto:)/i.test(href.trim()) ? href.trim() : null;
}

/** Slack escapes exactly these three characters in text. */
export function unescapeSlack(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/** The inverse of `unescapeSlack`. */
export function escapeSlack(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
