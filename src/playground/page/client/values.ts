/** Reading untrusted JSON (Block Kit as an app sent it) without believing its shape. Pure. */

export type Loose = Readonly<Record<string, unknown>>;

export function record(value: unknown): Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {};
}

export function isRecord(value: unknown): value is Loose {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function records(value: unknown): readonly Loose[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
}

export function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

export function number(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}

/** The words of a text object, or of a plain string. */
export function words(value: unknown): string {
  return typeof value === 'string' ? value : text(record(value)['text']);
}

export function strings(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === 'string') : [];
}

/** A number or text as it would be typed; '' for anything else. */
export function typedForm(value: unknown): string {
  return typeof value === 'number' ? String(value) : text(value);
}
