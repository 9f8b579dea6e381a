/**
 * The one place that makes the SDK's client.
 *
 * It is given every credential and address; nothing is left for the SDK to find in the environment or in a
 * profile on disk. It never retries (the SDK would repeat a POST whose answer was lost, and no endpoint has
 * an idempotency key: `client.js` `makeRequest`), and it never logs: at its default level it prints a frame it
 * cannot parse, text and all (`core/streaming.js`).
 */
import Anthropic from '@anthropic-ai/sdk';
import { ConfigError } from '../../errors.ts';
import { textFetch } from '../http-fetch.ts';

/** How the Anthropic API is reached: a key, or a token in its place. */
export interface AnthropicAccess {
  /** `ANTHROPIC_API_KEY`. */
  readonly apiKey?: string | undefined;
  /** A bearer token in place of the key (`ANTHROPIC_AUTH_TOKEN`). */
  readonly authToken?: string | undefined;
  /** `ANTHROPIC_BASE_URL`; `https://api.anthropic.com` when absent. */
  readonly baseURL?: string | undefined;
}

/**
 * @param transport the product's own for text; Node's `fetch` where bodies are not text
 * @throws ConfigError where there is no credential.
 */
export function createClient(access: AnthropicAccess, transport: typeof fetch = textFetch): Anthropic {
  const { apiKey, authToken, baseURL } = access;
  if (!apiKey && !authToken) {
    throw new ConfigError([
      'ANTHROPIC_API_KEY is not set. Create a key at https://platform.claude.com/settings/keys and set it.',
    ]);
  }
  return new Anthropic({
    ...(apiKey ? { apiKey, authToken: null } : { apiKey: null, authToken: authToken ?? null }),
    baseURL: baseURL ?? null,
    maxRetries: 0,
    fetch: transport,
    logLevel: 'off',
  });
}
