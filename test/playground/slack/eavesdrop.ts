import type { App } from '@slack/bolt';
import type { Heard } from './helpers.ts';

/** An event as it travels, with what a test looks at. */
export interface Outer {
  event_id: string;
  is_ext_shared_channel: boolean;
  authorizations: { user_id: string }[];
  event: Record<string, unknown> & { type: string; subtype?: string; ts: string };
  retry: number | undefined;
}

/** Everything an app is sent, before Bolt sorts it. */
export function eavesdrop(app: App, heard: Heard<Outer>): void {
  app.use(async ({ body, context, next }) => {
    if ('event' in body) heard.push({ ...(body as unknown as Outer), retry: context.retryNum });
    await next();
  });
}
