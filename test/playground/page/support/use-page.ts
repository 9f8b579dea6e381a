/** What every test of the page in a browser stands on: a server with a small bot, and a fresh window. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { startAnsweringBot, type AnsweringBot } from './answering-bot.ts';
import { findChromium, launch } from './browser.ts';
import { buildClient, type ClientBuild } from './client-build.ts';
import { openStage, type Stage } from './stage.ts';

export const chromium = findChromium();

/** Name of a suite, which says why it does nothing on a machine without Chromium. */
export function suiteName(name: string): string {
  const hint = 'install Debian’s chromium or set CHROMIUM_PATH';
  return chromium === undefined ? `${name} (skipped: no Chromium; ${hint})` : name;
}

/** Each is the current test's own. */
export interface PageInTest {
  readonly page: Page;
  readonly stage: Stage;
  readonly bot: AnsweringBot;
  readonly composer: () => Locator;
  readonly inThread: () => Locator;
  readonly guide: () => Locator;
  readonly messages: () => Locator;
  /** Types into the channel's composer and sends. */
  readonly say: (text: string) => Promise<void>;
  /** Mentions the bot; the thread its answer is in opens. */
  readonly ask: (text: string) => Promise<void>;
}

/** Registers the hooks; what it gives is filled before each test. */
export function usePage(): PageInTest {
  let [stage, bot, page]: [Stage?, AnsweringBot?, Page?] = [];
  let [browser, client, context]: [Browser?, ClientBuild?, BrowserContext?] = [];
  let problems: string[] = [];

  beforeAll(async () => {
    [browser, client] = await Promise.all([launch(chromium ?? ''), buildClient()]);
  });
  afterAll(async () => {
    await browser?.close();
    await client?.remove();
  });
  beforeEach(async () => {
    stage = await openStage(client?.dir ?? '');
    bot = await startAnsweringBot(stage.slack);
    context = await there(browser).newContext({ viewport: { width: 1280, height: 800 } });
    context.setDefaultTimeout(10_000);
    page = await context.newPage();
    problems = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.goto(stage.page.url);
    await inTest.composer().waitFor();
  });
  afterEach(async ({ task }) => {
    // What a failure looked like is half of its explanation.
    if (task.result?.state === 'fail') {
      await page?.screenshot({ path: join(tmpdir(), `heddle-page-${task.id}.png`) });
    }
    await context?.close();
    bot?.stop();
    await stage?.stop();
    expect(problems.filter((text) => !/net::ERR|Failed to load resource/.test(text))).toEqual([]);
  });

  const inTest: PageInTest = {
    get page() {
      return there(page);
    },
    get stage() {
      return there(stage);
    },
    get bot() {
      return there(bot);
    },
    composer: () => there(page).locator('.channel .composer textarea'),
    inThread: () => there(page).getByRole('complementary', { name: 'Thread' }),
    guide: () => there(page).getByRole('complementary', { name: 'Guide' }),
    messages: () => there(page).locator('.channel .message:not(.outgoing)'),
    async say(text) {
      await inTest.composer().focus();
      await there(page).keyboard.type(text);
      await there(page).keyboard.press('Enter');
    },
    async ask(text) {
      await inTest.say(`@heddle ${text}`);
      await there(page).locator('.summary', { hasText: '1 reply' }).click();
      await inTest.inThread().getByText('One', { exact: true }).waitFor();
    },
  };
  return inTest;
}

function there<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('used outside a test');
  return value;
}
