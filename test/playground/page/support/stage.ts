/** The page with a real Slack server and no bot process: what a browser test needs around it. */
import { fileURLToPath } from 'node:url';
import type { BotProcess, ParentState } from '../../../../src/playground/page/parent-api.ts';
import { startPageServer, type PageServer } from '../../../../src/playground/page/server.ts';
import { startSlackServer, type SlackServer } from '../../../../src/playground/slack/index.ts';
import { buildClient } from './client-build.ts';

export interface Stage {
  readonly page: PageServer;
  readonly slack: SlackServer;
  /** What the page asked the parent to do. */
  readonly asked: string[];
  setBot(bot: BotProcess): void;
  stop(): Promise<void>;
}

export async function openStage(): Promise<Stage> {
  const client = await buildClient();
  const slack = await startSlackServer({ limits: false });
  const asked: string[] = [];
  const listeners = new Set<(bot: BotProcess) => void>();
  let bot: BotProcess = { state: 'running', pid: 4711, since: Date.now() };
  const setBot = (next: BotProcess): void => {
    bot = next;
    for (const listener of listeners) listener(next);
  };
  const state = (): ParentState => ({
    bot,
    agent: { mode: 'scripted', agent_id: null, missing: ['ANTHROPIC_API_KEY', 'agent', 'environment'] },
    keywords: [
      { word: 'count to N', what: 'counts for about N seconds, in steps' },
      { word: 'ask', what: 'wants to run a command and asks for approval first' },
      { word: 'long', what: 'writes about 14,000 characters with headings, lists, a table and code' },
    ],
    slack_api_url: slack.apiUrl,
    anthropic_base_url: null,
    idle_timeout: '30m',
  });
  const page = await startPageServer({
    port: 0,
    slack: slack.page,
    parent: {
      state,
      onBot(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      kill() {
        asked.push('kill');
        setBot({ state: 'killed', at: Date.now() });
        return bot;
      },
      restart() {
        asked.push('restart');
        setBot({ state: 'running', pid: 4712, since: Date.now() });
        return bot;
      },
      botPort: () => null,
    },
    dirs: {
      assets: fileURLToPath(new URL('../../../../src/playground/page/assets/', import.meta.url)),
      client: client.dir,
    },
  });
  return {
    page,
    slack,
    asked,
    setBot,
    async stop() {
      await page.close();
      await slack.stop();
      await client.remove();
    },
  };
}
