/** What of a body may be shown on the page: everything but secrets and file contents. */
const SECRET: ReadonlySet<string> = new Set([
  'token',
  'access_token',
  'secret_value',
  'refresh_token',
  'client_secret',
  'authorization_token',
]);

export function shown(value: unknown): unknown {
  if (value === undefined || value === null) return null;
  if (Array.isArray(value)) return value.map(shown);
  if (typeof value !== 'object') return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (SECRET.has(key) && typeof inner === 'string') return [key, '…'];
      if (key === 'data' && typeof inner === 'string' && inner.length > 200)
        return [key, `(${inner.length} characters)`];
      return [key, shown(inner)];
    }),
  );
}
