/**
 * What never stands in a log: secrets, and what people write.
 *
 * R1  A field whose name says that it holds a secret or somebody's words is replaced, however deep it lies.
 * R2  A text that looks like a secret is masked wherever it stands: in a message, an error, a stack, a URL.
 * R3  The process's own secrets are masked even where nothing about them looks secret.
 */

const hidden = '[hidden]';

/** Names as Slack, Managed Agents, HTTP and this program use them; compared without case, `-` and `_`. */
const secretFields = new Set(
  [
    'token',
    'access_token',
    'refresh_token',
    'bot_token',
    'app_token',
    'auth_token',
    'api_key',
    'authorization',
    'cookie',
    'set_cookie',
    'password',
    'secret',
    'client_secret',
    'signing_secret',
    'x_slack_signature',
    'webhook_signature',
    'response_url',
    'response_urls',
    'trigger_id',
    'url_private',
    'url_private_download',
    'text',
    'fallback',
    'markdown_text',
    'blocks',
    'attachments',
    'content',
    'system',
    'body',
    'payload',
    'input',
  ].map(plain),
);

function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_]/g, '');
}

/** What gives a secret away. The part in brackets, where there is one, stays. */
const secretShapes: readonly RegExp[] = [
  /()\bxox[a-z](?:\.xox[a-z])?-[\w.-]{3,}/gi,
  /()\bxapp-[\w-]{3,}/gi,
  /()\bsk-ant-[\w-]{3,}/gi,
  /()\bwhsec_[\w+/=-]{3,}/gi,
  /()\bv0=[0-9a-f]{16,}/gi,
  /()\bv1,[A-Za-z0-9+/]{20,}={0,2}/g,
  /(\bBearer\s+)[\w.~+/=-]{3,}/gi,
  /(:\/\/[^\s:@/"\\]*:)[^\s@/"\\]+(?=@)/g,
  /(https:\/\/hooks\.slack\.com\/)[\w/.-]+/gi,
  /([?&](?:token|ticket|key|secret|code|state)=)[^&\s"\\]+/gi,
];

/** Masks what looks like a secret, and each of `secrets` as it stands (R2, R3). */
export function maskText(text: string, secrets: readonly string[] = []): string {
  let masked = text;
  for (const secret of secrets) masked = masked.replaceAll(secret, hidden);
  for (const shape of secretShapes) masked = masked.replace(shape, `$1${hidden}`);
  return masked;
}

/** Shorter ones would blot out ordinary words. */
const shortestSecret = 6;

/** The given secrets, fit for `maskText` on lines of JSON. */
export function usableSecrets(secrets: readonly (string | undefined)[]): string[] {
  return secrets
    .filter((secret) => secret !== undefined && secret.length >= shortestSecret)
    .map((secret) => JSON.stringify(secret).slice(1, -1));
}

const deepest = 6;

/** A copy of a log event's fields without what R1 forbids. Errors become their facts. */
export function scrub(fields: object): Record<string, unknown> {
  return scrubObject(fields, 0);
}

function scrubObject(value: object, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [key, entry] of Object.entries(value)) {
    copy[key] = secretFields.has(plain(key)) && isTelling(entry) ? hidden : scrubValue(entry, depth + 1);
  }
  return copy;
}

/** Numbers and flags under such a name tell nothing: `text: 812` is a length. */
function isTelling(value: unknown): boolean {
  return (typeof value === 'string' && value !== '') || (typeof value === 'object' && value !== null);
}

function scrubValue(value: unknown, depth: number): unknown {
  if (value instanceof Error) return describe(value, depth);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > deepest) return '[deep]';
  if (value instanceof Map || value instanceof Set) return scrubValue([...value], depth);
  if (Array.isArray(value)) return value.slice(0, 100).map((entry) => scrubValue(entry, depth + 1));
  if ('toJSON' in value && typeof value.toJSON === 'function') return value.toJSON() as unknown;
  return scrubObject(value, depth);
}

/** The facts of an error. SDK errors carry whole requests and responses; none of that is taken. */
function describe(error: Error, depth: number): Record<string, unknown> {
  const facts: Record<string, unknown> = { type: error.name, message: error.message };
  for (const key of ['code', 'kind', 'status', 'retryAfterMs'] as const) {
    const value = (error as unknown as Record<string, unknown>)[key];
    if (typeof value === 'string' || typeof value === 'number') facts[key] = value;
  }
  if (error.stack !== undefined) facts['stack'] = error.stack;
  if (error.cause !== undefined && depth < deepest) facts['cause'] = scrubValue(error.cause, depth + 1);
  return facts;
}
