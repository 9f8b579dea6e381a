import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parse } from 'yaml';
import { declared, productApp } from '../../../src/playground/slack/manifest.ts';

interface Manifest {
  features: {
    app_home: { home_tab_enabled: boolean };
    agent_view: { suggested_prompts: unknown };
    slash_commands: { command: string; description: string; usage_hint: string }[];
    shortcuts: unknown;
  };
  oauth_config: { scopes: { bot: string[] } };
  settings: { event_subscriptions: { bot_events: string[] } };
}

it('grants the app what its manifest asks for, and nothing more', () => {
  const path = join(import.meta.dirname, '../../../manifest.yml');
  const { features, oauth_config, settings } = parse(readFileSync(path, 'utf8')) as Manifest;
  const commands = features.slash_commands.map(({ command, description, usage_hint }) => ({
    command,
    description,
    usage_hint,
  }));
  expect(productApp()).toEqual({
    scopes: oauth_config.scopes.bot,
    events: settings.event_subscriptions.bot_events,
    commands,
    shortcuts: features.shortcuts,
    home: features.app_home.home_tab_enabled,
    prompts: features.agent_view.suggested_prompts,
  });
});

it('a manifest without features declares none', () => {
  expect(declared('display_information: { name: Bare }')).toEqual({
    scopes: [],
    events: [],
    commands: [],
    shortcuts: [],
    home: false,
    prompts: [],
  });
});
