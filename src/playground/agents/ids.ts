import { randomBytes } from 'node:crypto';

const ALPHABET = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';

/** The prefixes the service uses, as seen in its reference documentation. */
export type IdPrefix =
  | 'sesn'
  | 'agent'
  | 'env'
  | 'vlt'
  | 'vcrd'
  | 'memstore'
  | 'sevt'
  | 'sthr'
  | 'file'
  | 'outc'
  | 'sesrsc'
  | 'req'
  | 'whe';

/** A fresh identifier. Deliberately not sortable: nothing promises that the service's ids are. */
export function newId(prefix: IdPrefix): string {
  let text = '';
  for (const byte of randomBytes(20)) text += ALPHABET[byte % ALPHABET.length];
  return `${prefix}_01${text}`;
}
