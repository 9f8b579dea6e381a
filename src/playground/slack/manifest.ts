import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

/** What an app's manifest declares (docs.slack.dev/reference/app-manifest), as far as this server honours it. */
export interface AppDeclaration {
  scopes: string[];
  events: string[];
  commands: { command: string; description: string; usage_hint: string }[];
  shortcuts: { callback_id: string; name: string; description: string; type: 'message' | 'global' }[];
  /** The Home tab can be published and is shown. */
  home: boolean;
  /** Prompts of the agent view, shown in a direct message until the app sets its own. */
  prompts: { title: string; message: string }[];
}

/** The parts of a manifest that are read here; all of them may be missing. */
interface Manifest {
  features?: {
    app_home?: { home_tab_enabled?: boolean };
    agent_view?: { suggested_prompts?: AppDeclaration['prompts'] };
    slash_commands?: { command: string; description: string; usage_hint?: string }[];
    shortcuts?: AppDeclaration['shortcuts'];
  };
  oauth_config?: { scopes?: { bot?: string[] } };
  settings?: { event_subscriptions?: { bot_events?: string[] } };
}

/**
 * What the product's own `manifest.yml` declares: the nearest one above this file, in a checkout and in a build.
 * @throws where there is none, or it is no YAML.
 */
export function productApp(): AppDeclaration {
  return declared(readFileSync(nearest(dirname(fileURLToPath(import.meta.url))), 'utf8'));
}

function nearest(from: string): string {
  for (let dir = from; ; dir = dirname(dir)) {
    const path = join(dir, 'manifest.yml');
    if (isFile(path)) return path;
    if (dir === dirname(dir))
      throw new Error('manifest.yml was not found: the playground cannot know its app');
  }
}

function isFile(path: string): boolean {
  try {
    readFileSync(path);
    return true;
  } catch {
    return false;
  }
}

export function declared(yaml: string): AppDeclaration {
  const { features, oauth_config, settings } = parse(yaml) as Manifest;
  return {
    scopes: oauth_config?.scopes?.bot ?? [],
    events: settings?.event_subscriptions?.bot_events ?? [],
    commands: (features?.slash_commands ?? []).map(({ command, description, usage_hint }) => ({
      command,
      description,
      usage_hint: usage_hint ?? '',
    })),
    shortcuts: features?.shortcuts ?? [],
    home: features?.app_home?.home_tab_enabled ?? false,
    prompts: features?.agent_view?.suggested_prompts ?? [],
  };
}
