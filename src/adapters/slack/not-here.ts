/** Refusals that mean: this workspace, or this kind of channel, does not have that part of the platform. */
import type { PortError } from '../../errors.ts';

const NOT_HERE = new Set([
  'feature_disabled',
  'feature_not_enabled',
  'unknown_method',
  'method_deprecated',
  'deprecated_endpoint',
  'not_authorized',
  'missing_scope',
  'not_agent_app',
  'not_allowed_token_type',
  'channel_type_not_supported',
  'method_not_supported_for_channel_type',
  'messages_tab_disabled',
  'thread_ts_not_allowed',
  'access_denied',
]);

/** So long it is not asked again, milliseconds. */
export const REMEMBERED_MS = 10 * 60_000;

export function isNotHere({ code }: PortError): boolean {
  return NOT_HERE.has(code);
}
