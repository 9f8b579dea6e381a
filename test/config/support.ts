import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { loadConfig, type Config, type Environment } from '../../src/config.ts';
import { ConfigError } from '../../src/errors.ts';

/** Everything `heddle start` needs, in Socket Mode. */
export const complete: Environment = {
  SLACK_BOT_TOKEN: 'xoxb-1-test',
  SLACK_APP_TOKEN: 'xapp-1-test',
  ANTHROPIC_API_KEY: 'sk-ant-test',
  HEDDLE_AGENT_ID: 'agent_01abc',
  HEDDLE_ENVIRONMENT_ID: 'env_01abc',
};

/** A directory with these files, gone after the test. */
export function directoryWith(files: Readonly<Record<string, string>> = {}): string {
  const directory = mkdtempSync(join(tmpdir(), 'heddle config '));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
  return directory;
}

export function load(env: Environment, files: Readonly<Record<string, string>> = {}): Promise<Config> {
  return loadConfig({ env, cwd: directoryWith(files), dataDir: '/nowhere/.heddle' });
}

/** The problems of settings that must not be accepted. */
export async function problemsOf(
  env: Environment,
  files: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  try {
    await load(env, files);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the settings were accepted');
}
