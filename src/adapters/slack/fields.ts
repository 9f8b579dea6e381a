/**
 * Reading JSON that came from outside: own properties only, by their type, everything else as if it were not
 * there. A key such as `__proto__` is a property like any other and is never copied anywhere.
 */

export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object with fields; undefined for anything else, arrays and null included. */
export function fieldsOf(value: unknown): Fields | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : undefined;
}

function own(from: Fields | undefined, name: string): unknown {
  return from !== undefined && Object.hasOwn(from, name) ? from[name] : undefined;
}

/** A text that is not empty; undefined otherwise. */
export function text(from: Fields | undefined, name: string): string | undefined {
  const value = own(from, name);
  return typeof value === 'string' && value !== '' ? value : undefined;
}

export function flag(from: Fields | undefined, name: string): boolean {
  return own(from, name) === true;
}

export function number(from: Fields | undefined, name: string): number | undefined {
  const value = own(from, name);
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

export function object(from: Fields | undefined, name: string): Fields | undefined {
  return fieldsOf(own(from, name));
}

/** The objects of a list; anything else in it is left out. */
export function objects(from: Fields | undefined, name: string): readonly Fields[] {
  const value = own(from, name);
  if (!Array.isArray(value)) return [];
  return value.map(fieldsOf).filter((item) => item !== undefined);
}

/** A Slack `ts`, such as `1790000000.000100`: a text, never a number. */
export function timestamp(from: Fields | undefined, name: string): string | undefined {
  const value = text(from, name);
  return value !== undefined && /^\d{1,12}\.\d{1,8}$/.test(value) ? value : undefined;
}

type Present<T> = { readonly [K in keyof T]?: Exclude<T[K], undefined> };

/** Only the fields that have a value: what is absent stays absent in what is stored. */
export function present<T extends Readonly<Record<string, unknown>>>(fields: T): Present<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Present<T>;
}
