/** The page with a real Slack server and no bot process: what a browser test needs around it. */
import type { ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import type { BotProcess, ParentState } from '../../../../src/playground/page/parent-api.ts';
import { startPageServer, type PageServer } from '../../../../src/playground/page/server.ts';
import { startSlackServer, type SlackServer } from '../../../../src/playground/slack/index.ts';
import type { AppDeclaration } from '../../../../src/playground/slack/manifest.ts';

export interface Stage {
  readonly page: PageServer;
  readonly slack: SlackServer;
  /** What the page asked the parent to do. */
  readonly asked: string[];
  setBot(bot: BotProcess): void;
  /** Cuts every connection of the page to the Slack server. */
  breakStreams(): void;
  stop(): Promise<void>;
}

const shortcuts: AppDeclaration['shortcuts'] = [
  { name: 'Ask about this', type: 'message', callback_id: 'demo.ask', description: 'About a message' },
  { name: 'Ask anything', type: 'global', callback_id: 'demo.anything', description: 'From anywhere' },
];

/** `clientDir` holds the compiled browser code. */
export async function openStage(clientDir: string): Promise<Stage> {
  const slack = await startSlackServer({ limits: false, app: { home: true, shortcuts } });
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
  const streams = new Set<ServerResponse>();
  const page = await startPageServer({
    port: 0,
    slack(request, response) {
      streams.add(response);
      slack.page(request, response);
    },
    parent: {
      state,
      onBot(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
      kill() {
        asked.push('kill');
        // As with the real one, its end may be told before the request is answered with what was.
        const before = bot;
        setBot({ state: 'killed', at: Date.now() });
        return before;
      },
      restart() {
        asked.push('restart');
        const before = bot;
        setBot({ state: 'running', pid: 4712, since: Date.now() });
        return before;
      },
      botPort: () => null,
    },
    dirs: {
      assets: fileURLToPath(new URL('../../../../src/playground/page/assets/', import.meta.url)),
      client: clientDir,
    },
  });
  return {
    page,
    slack,
    asked,
    setBot,
    breakStreams() {
      for (const response of streams) response.destroy();
      streams.clear();
    },
    async stop() {
      await page.close();
      await slack.stop();
    },
  };
}
