/** To which hosts anything of Slack's may be sent. */

/**
 * Whether `url` is at Slack's `host` over https or, where another Web API base is configured, at exactly that
 * base's scheme, host and port. Addresses with credentials in them are refused.
 */
export function isSlackHost(url: string, host: string, apiUrl: string | undefined): boolean {
  const at = parsed(url);
  if (!at || at.username !== '' || at.password !== '') return false;
  if (at.protocol === 'https:' && at.host === host) return true;
  const base = apiUrl === undefined ? undefined : parsed(apiUrl);
  return base !== undefined && base.origin !== 'null' && at.origin === base.origin;
}

function parsed(url: string): URL | undefined {
  return URL.canParse(url) ? new URL(url) : undefined;
}
