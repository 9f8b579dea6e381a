import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { defaultApp } from '../../../src/playground/slack/options.ts';

interface Manifest {
  features: {
    slash_commands: { command: string; description: string; usage_hint: string }[];
    shortcuts: Record<string, string>[];
  };
  oauth_config: { scopes: { bot: string[] } };
  settings: { event_subscriptions: { bot_events: string[] } };
}

it('grants the app what its manifest asks for, and nothing more', () => {
  const path = join(import.meta.dirname, '../../../manifest.yml');
  const { features, oauth_config, settings } = parse(readFileSync(path, 'utf8')) as Manifest;
  expect(defaultApp.scopes).toEqual(oauth_config.scopes.bot);
  expect(defaultApp.events).toEqual(settings.event_subscriptions.bot_events);
  expect(defaultApp.shortcuts).toEqual(features.shortcuts);
  const commands = features.slash_commands.map(({ command, description, usage_hint }) => ({
    command,
    description,
    usage_hint,
  }));
  expect(defaultApp.commands).toEqual(commands);
});
