/**
 * The shape of manifest.yml, as docs.slack.dev/reference/app-manifest and Slack's published manifest schema
 * (version 2) give it. Neither knows the names of scopes and events, so those are compared with what is used.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { route } from '../../src/core/route.ts';
import { root } from '../architecture-scan.ts';

const text = readFileSync(join(root, 'manifest.yml'), 'utf8');
const words = z.array(z.string().min(1));
const url = z.url({ protocol: /^https$/ });

const schema = z.strictObject({
  _metadata: z.strictObject({ major_version: z.int(), minor_version: z.int() }).partial().optional(),
  display_information: z.strictObject({
    name: z.string().min(1).max(35),
    description: z.string().max(140).optional(),
    long_description: z.string().min(175).max(4000).optional(),
    background_color: z
      .string()
      .regex(/^#[0-9a-f]{6}$/i)
      .optional(),
  }),
  features: z.strictObject({
    app_home: z
      .strictObject({
        home_tab_enabled: z.boolean(),
        messages_tab_enabled: z.boolean(),
        messages_tab_read_only_enabled: z.boolean(),
      })
      .partial(),
    agent_view: z.strictObject({
      agent_description: z.string().max(300),
      suggested_prompts: z.array(z.strictObject({ title: z.string(), message: z.string() })).optional(),
    }),
    bot_user: z.strictObject({ display_name: z.string().max(80), always_online: z.boolean().optional() }),
    slash_commands: z
      .array(
        z.strictObject({
          command: z.string().regex(/^\/[a-z0-9_-]{1,31}$/),
          description: z.string().max(2000),
          usage_hint: z.string().max(1000).optional(),
          should_escape: z.boolean().optional(),
          url: url.optional(),
        }),
      )
      .max(50),
    shortcuts: z
      .array(
        z.strictObject({
          name: z.string().max(24),
          type: z.enum(['message', 'global']),
          callback_id: z.string().max(255),
          description: z.string().max(150),
        }),
      )
      .max(10),
  }),
  oauth_config: z.strictObject({
    redirect_urls: z.array(url).optional(),
    scopes: z.strictObject({ bot: words, bot_optional: words.optional() }),
  }),
  settings: z.strictObject({
    event_subscriptions: z.strictObject({ request_url: url.optional(), bot_events: words }),
    interactivity: z.strictObject({ is_enabled: z.boolean(), request_url: url.optional() }),
    org_deploy_enabled: z.boolean(),
    socket_mode_enabled: z.boolean(),
    token_rotation_enabled: z.boolean(),
  }),
});

describe('manifest.yml', () => {
  const manifest = schema.parse(parse(text));

  it('is named as the product is', () => {
    expect(manifest.display_information.name).toBe('Heddle');
    expect(manifest.features.slash_commands.map(({ command }) => command)).toEqual(['/heddle']);
  });

  it('is for Socket Mode: no address anywhere', () => {
    expect(manifest.settings.socket_mode_enabled).toBe(true);
    expect(manifest.settings.token_rotation_enabled).toBe(false);
    expect(JSON.stringify(manifest)).not.toContain('https:');
  });

  it('for HTTP, the lines marked so are uncommented', () => {
    const http = text
      .replaceAll(/# (\w*url: \S+) # HTTP$/gm, '$1')
      .replace('socket_mode_enabled: true', 'socket_mode_enabled: false');
    const { features, settings } = schema.parse(parse(http));
    const path = 'https://YOUR-HOST/slack/events';
    expect([
      features.slash_commands[0]?.url,
      settings.event_subscriptions.request_url,
      settings.interactivity.request_url,
    ]).toEqual([path, path, path]);
  });

  it('optional scopes stand among the others', () => {
    const { bot, bot_optional: optional = [] } = manifest.oauth_config.scopes;
    expect(bot).toEqual(expect.arrayContaining(optional));
  });

  it('every event that needs a scope has it', () => {
    const needs: Record<string, string> = {
      app_mention: 'app_mentions:read',
      'message.channels': 'channels:history',
      'message.groups': 'groups:history',
      'message.im': 'im:history',
      'message.mpim': 'mpim:history',
      reaction_added: 'reactions:read',
      member_joined_channel: 'channels:read',
      channel_archive: 'channels:read',
      group_archive: 'groups:read',
      user_change: 'users:read',
      agent_session_stopped: 'assistant:write',
    };
    const { bot } = manifest.oauth_config.scopes;
    for (const event of manifest.settings.event_subscriptions.bot_events) {
      if (needs[event] !== undefined) expect(bot).toContain(needs[event]);
    }
    expect(manifest.settings.event_subscriptions.bot_events).toEqual(
      expect.arrayContaining([...Object.keys(needs), 'channel_id_changed']),
    );
  });

  it('nothing stands twice', () => {
    const { scopes } = manifest.oauth_config;
    const { bot_events: events } = manifest.settings.event_subscriptions;
    for (const list of [scopes.bot, scopes.bot_optional ?? [], events])
      expect(new Set(list).size).toBe(list.length);
  });

  it('every shortcut goes somewhere, and the Home tab is there', () => {
    const context = { botUserId: 'U1', botId: 'B1', appId: 'A1', allowBots: false };
    const from = { team: 'T1', user: 'U2', channel: 'C1', messageTs: '1790000000.000100' };
    const kinds = { message: 'shortcut', global: 'global' } as const;
    for (const { type, callback_id: callbackId } of manifest.features.shortcuts) {
      const to = route({ kind: kinds[type], ...from, callbackId }, context);
      expect([callbackId, ['unknown', 'ignore'].includes(to.to)]).toEqual([callbackId, false]);
    }
    expect(manifest.features.shortcuts.map(({ callback_id: id }) => id)).toContain('ask_heddle');
    expect(manifest.features.app_home.home_tab_enabled).toBe(true);
  });

  it('the command names every word there is', () => {
    const hint = manifest.features.slash_commands[0]?.usage_hint ?? '';
    expect(hint.replaceAll(/[[\]]/g, '').split('|')).toEqual([
      'help',
      'status',
      'sessions',
      'stop',
      'close',
      'resume',
      'handover',
      'fork',
      'cost',
      'agents',
      'settings',
    ]);
  });
});
