/** The page in a real browser, over the real Slack server, used mostly by keyboard. */
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startAnsweringBot, type AnsweringBot } from './support/answering-bot.ts';
import { findChromium, launch } from './support/browser.ts';
import { buildClient, type ClientBuild } from './support/client-build.ts';
import { openStage, type Stage } from './support/stage.ts';

const chromium = findChromium();
const title =
  chromium === undefined
    ? 'the page (skipped: no Chromium; install Debian’s chromium or set CHROMIUM_PATH)'
    : 'the page';

describe.skipIf(chromium === undefined)(title, () => {
  let stage: Stage;
  let bot: AnsweringBot;
  let browser: Browser;
  let client: ClientBuild;
  let context: BrowserContext;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    [browser, client] = await Promise.all([launch(chromium ?? ''), buildClient()]);
  });
  afterAll(async () => {
    await browser.close();
    await client.remove();
  });

  beforeEach(async () => {
    stage = await openStage(client.dir);
    bot = await startAnsweringBot(stage.slack);
    context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    context.setDefaultTimeout(10_000);
    page = await context.newPage();
    problems = [];
    page.on('pageerror', (error) => problems.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') problems.push(message.text());
    });
    await page.goto(stage.page.url);
    await composer().waitFor();
  });
  afterEach(async ({ task }) => {
    // What a failure looked like is half of its explanation.
    if (task.result?.state === 'fail') {
      await page.screenshot({ path: join(tmpdir(), `heddle-page-${task.id}.png`) });
    }
    await context.close();
    bot.stop();
    await stage.stop();
    expect(problems.filter((text) => !/net::ERR|Failed to load resource/.test(text))).toEqual([]);
  });

  const composer = () => page.locator('.channel .composer textarea');
  const inThread = () => page.getByRole('complementary', { name: 'Thread' });
  const messages = () => page.locator('.channel .message:not(.outgoing)');
  const say = async (text: string): Promise<void> => {
    await composer().focus();
    await page.keyboard.type(text);
    await page.keyboard.press('Enter');
  };

  /** Mentions the bot and opens the thread its answer is in. */
  const ask = async (text: string): Promise<void> => {
    await say(`@heddle ${text}`);
    await page.locator('.summary', { hasText: '1 reply' }).click();
    await inThread().getByText('One', { exact: true }).waitFor();
  };

  it('posts by keyboard, with completion, line break and formatting', async () => {
    await composer().focus();
    await page.keyboard.type('hello @gra');
    await page.getByRole('option', { name: /Grace Hopper/ }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.type('see #rand');
    await page.getByRole('option', { name: /#random/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.type('*bold* <b>');
    await page.keyboard.press('Shift+Enter');
    await page.keyboard.type('second');
    await page.keyboard.press('Enter');

    const message = messages().last();
    await message.getByText('@Grace Hopper').waitFor();
    expect(await message.locator('strong').last().textContent()).toBe('bold');
    expect(await message.locator('.message-body').innerText()).toBe(
      'hello @Grace Hopper see #random bold <b>\nsecond',
    );
    expect(await composer().inputValue()).toBe('');
  });

  it('follows an answer as it is edited, without losing focus, selection or what is being typed', async () => {
    await ask('please');
    await inThread().locator('textarea').focus();
    await page.keyboard.type('half a rep');
    const element = await inThread().locator('.message').last().elementHandle();
    await bot.grow('One\n\n| a | b |\n|---|---|\n| 1 | 2 |');
    await inThread().getByRole('cell', { name: '2' }).waitFor();
    await bot.grow('One\n\n```js\nlet x = 1;\n```');
    await inThread().getByText('let x = 1;').waitFor();
    await page.keyboard.type('ly');
    expect(await inThread().locator('textarea').inputValue()).toBe('half a reply');
    expect(await element?.evaluate((it) => it.isConnected)).toBe(true);
    await page.keyboard.press('Enter');
    await inThread().locator('.message', { hasText: 'half a reply' }).waitFor();
    await page.locator('.summary', { hasText: '2 replies' }).waitFor();
  });

  it('shows what the session does, and Slack’s own Stop', async () => {
    await ask('please');
    await inThread().getByText('Heddle Working…').waitFor();
    await inThread().getByRole('button', { name: 'Stop' }).click();
    await expect.poll(() => bot.events).toContain('agent_session_stopped');
  });

  it('several people speak in one thread, and a draft waits for each', async () => {
    await ask('please');
    await inThread().locator('textarea').focus();
    await page.keyboard.type('unfinished');
    await page.keyboard.press('Alt+Digit2');
    await page.getByRole('button', { name: /Acting as Grace Hopper/ }).waitFor();
    expect(await inThread().locator('textarea').inputValue()).toBe('');
    await inThread().locator('textarea').focus();
    await page.keyboard.type('from Grace');
    await page.keyboard.press('Enter');
    await inThread()
      .getByRole('article', { name: /Grace Hopper/ })
      .getByText('from Grace')
      .waitFor();
    await page.getByRole('button', { name: /Acting as Grace/ }).click();
    await page.getByRole('menuitemradio', { name: /Ada Lovelace/ }).click();
    await page.getByRole('button', { name: /Acting as Ada/ }).waitFor();
    expect(await inThread().locator('textarea').inputValue()).toBe('unfinished');
  });

  it('reacts and takes it back by keyboard', async () => {
    await say('react to this');
    await messages().last().getByText('react to this').waitFor();
    await messages().last().focus();
    await page.keyboard.press('r');
    await page.getByRole('searchbox', { name: 'Search emoji' }).waitFor();
    await page.keyboard.type('tada');
    await page.keyboard.press('Enter');
    const reaction = messages().last().getByRole('button', { name: 'tada, 1' });
    await reaction.waitFor();
    expect(await reaction.getAttribute('aria-pressed')).toBe('true');
    await reaction.click();
    await reaction.waitFor({ state: 'detached' });
  });

  it('edits the last message with arrow up, and deletes after asking', async () => {
    await say('a typo heer');
    await messages().last().getByText('a typo heer').waitFor();
    await composer().focus();
    await page.keyboard.press('ArrowUp');
    await page.getByRole('textbox', { name: 'Edit message' }).waitFor();
    for (let i = 0; i < 4; i += 1) await page.keyboard.press('Backspace');
    await page.keyboard.type('here');
    await page.keyboard.press('Enter');
    await messages().last().getByText('(edited)').waitFor();
    expect(await messages().last().locator('.rich').innerText()).toBe('a typo here');

    await messages().last().focus();
    await page.keyboard.press('m');
    await page.getByRole('menuitem', { name: 'Delete message…' }).click();
    await page
      .getByRole('dialog', { name: 'Delete message' })
      .getByRole('button', { name: 'Delete' })
      .click();
    await page.getByText('a typo here').waitFor({ state: 'detached' });
  });

  it('buttons reach the app; a form shows its errors and is sent', async () => {
    await ask('please');
    await inThread().getByRole('button', { name: 'Approve' }).click();
    await expect.poll(() => bot.clicks).toEqual(['demo.approve']);

    await inThread().getByRole('button', { name: 'Deny with a reason' }).click();
    const dialog = page.getByRole('dialog', { name: 'Deny' });
    await dialog.getByLabel('Reason').fill('no');
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.getByText('Please complete this required field.').waitFor();
    expect(bot.forms).toEqual([]);

    await dialog.getByLabel('Severity').selectOption('High');
    await dialog.getByLabel('Stop the session').check();
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.getByText('Say a little more.').waitFor();
    await dialog.getByLabel('Reason').fill('not today');
    await page.keyboard.press('Tab');
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(bot.forms.at(-1)).toMatchObject({
      why: { text: { type: 'plain_text_input', value: 'not today' } },
      level: { pick: { selected_option: { value: 'high' } } },
      also: { boxes: { selected_options: [{ value: 'stop' }] } },
    });
  });

  it('slash commands complete, answer privately, and are refused in threads', async () => {
    await composer().focus();
    await page.keyboard.type('/hed');
    await page.getByRole('option', { name: /\/heddle/ }).waitFor();
    await page.keyboard.press('Tab');
    await page.keyboard.type('stat');
    await page.getByRole('option', { name: /\/heddle status/ }).waitFor();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Enter');
    const answer = messages().last();
    await answer.getByText('Only visible to you').waitFor();
    expect(await answer.locator('strong').last().textContent()).toBe('status');

    await ask('please');
    await inThread().locator('textarea').fill('/heddle stop');
    await page.keyboard.press('Enter');
    await inThread()
      .getByText(/cannot be used in threads/)
      .waitFor();
  });

  it('a file goes along with a message', async () => {
    await page
      .locator('.channel')
      .getByLabel('Attach files')
      .setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') });
    await page.locator('.upload-ready').waitFor();
    await say('see attached');
    const link = messages()
      .last()
      .getByRole('link', { name: /notes\.txt/ });
    await link.waitFor();
    const answer = await page.request.get(stage.page.url + (await link.getAttribute('href')));
    expect(await answer.text()).toBe('hello');
    expect(answer.headers()['content-disposition']).toContain('attachment');
  });

  it('what is not sent stays, says why, and can be tried again', async () => {
    await page.route('**/__page/say', (route) => route.abort());
    await say('lost on the way');
    const failed = page.locator('.outgoing-failed');
    await failed.getByText(/Not sent/).waitFor();
    await page.unroute('**/__page/say');
    await failed.getByRole('button', { name: 'Try again' }).click();
    await page.locator('.message:not(.outgoing)', { hasText: 'lost on the way' }).waitFor();
    expect(await page.getByText('lost on the way').count()).toBe(1);
  });

  it('the wire drawer shows calls, filters them and opens their bodies', async () => {
    await page.getByRole('button', { name: 'Wire', exact: true }).click();
    await ask('please');
    const drawer = page.getByRole('region', { name: 'Calls on the wire' });
    await drawer.getByRole('searchbox').fill('chat.postMessage');
    await drawer.getByRole('button', { name: /chat\.postMessage/ }).click();
    await drawer.getByText('markdown').first().waitFor({ state: 'attached' });
    expect(await drawer.locator('.call').count()).toBe(1);
    await drawer.getByRole('button', { name: 'Pause' }).click();
    await bot.grow('Two');
    await drawer.getByRole('button', { name: 'Resume (1)' }).waitFor();
    await drawer.getByRole('button', { name: 'Clear' }).click();
    await drawer.getByText('No calls yet.', { exact: false }).waitFor();
  });

  it('Kill and Restart act on the process, and its state is told', async () => {
    await page.getByText('pid 4711').waitFor();
    await page.getByRole('button', { name: 'Kill' }).click();
    await page.getByText('Bot killed').waitFor();
    await page.getByRole('button', { name: 'Restart' }).click();
    await page.getByText('pid 4712').waitFor();
    expect(stage.asked).toEqual(['kill', 'restart']);
    stage.setBot({ state: 'exited', code: 78, signal: null, at: Date.now(), retry_at: null, said: 'Wrong.' });
    await page.getByText('Bot exited, code 78').waitFor();
    await page
      .getByRole('alert')
      .getByText('The bot ended: Wrong. It is not started again by itself.')
      .waitFor();
  });

  it('says that the connection is lost, and comes back by itself with what happened meanwhile', async () => {
    await page.route('**/__page/**', (route) => route.abort());
    stage.breakStreams();
    await page
      .getByRole('alert')
      .getByText(/not reachable|lost/)
      .waitFor();
    stage.slack.control.say({ user: 'U0GRACE001', channel: 'C0GENERAL1', text: 'said in the dark' });
    await page.unroute('**/__page/**');
    await messages().getByText('said in the dark').waitFor();
    await page.getByRole('alert').waitFor({ state: 'detached' });
  });

  it('stays where one reads while the answer below grows and more is said', async () => {
    await ask('please');
    const long = Array.from({ length: 80 }, (_, at) => `line ${at}`).join('\n\n');
    await bot.grow(long);
    await inThread().getByText('line 79').waitFor();
    const box = inThread().locator('.messages');
    const top = () => box.evaluate((it) => it.scrollTop);
    await expect.poll(top).toBeGreaterThan(500);
    await box.evaluate((it) => it.scrollTo(0, 300));
    await bot.grow(`${long}\n\nand one more`);
    await inThread().getByText('and one more').waitFor();
    expect(await top()).toBe(300);
    const thread_ts = (await page.locator('.summary').getAttribute('data-summary')) ?? '';
    stage.slack.control.say({
      user: 'U0GRACE001',
      channel: 'C0GENERAL1',
      text: 'and me',
      threadTs: thread_ts,
    });
    await inThread().getByRole('button', { name: '1 new message' }).waitFor();
    expect(await top()).toBe(300);
    await inThread().getByRole('button', { name: '1 new message' }).click();
    await inThread().getByRole('button', { name: '1 new message' }).waitFor({ state: 'detached' });
  });

  it('the app’s own place: suggested prompts, answers in threads, Home', async () => {
    await page.getByRole('button', { name: 'Heddle', exact: true }).click();
    await expect.poll(() => bot.events).toContain('app_home_opened');
    await page.getByRole('button', { name: 'What can you do?' }).click();
    await messages().last().getByText('Tell me what you can do.').waitFor();
    await page.getByRole('navigation', { name: 'App' }).getByRole('button', { name: 'Home' }).click();
    await page.getByRole('heading', { name: 'My sessions' }).waitFor();
  });

  it('marks a channel unread, and reading it takes the mark away', async () => {
    stage.slack.control.say({ user: 'U0GRACE001', channel: 'C0RANDOM01', text: 'psst' });
    const entry = page.getByRole('button', { name: /^random unread/ });
    await entry.click();
    await messages().getByText('psst').waitFor();
    await page.getByRole('button', { name: /^random$/ }).waitFor();
  });

  it('on a phone one thing is seen at a time, and nothing sticks out', async () => {
    await page.setViewportSize({ width: 375, height: 700 });
    await page.reload();
    await ask('please');
    const wide = await page.evaluate<number>('document.documentElement.scrollWidth');
    expect(wide).toBe(375);
    await page.getByRole('button', { name: 'Close thread' }).click();
    await composer().waitFor();
    await page.getByRole('button', { name: 'Conversations', exact: true }).click();
    await page.getByRole('button', { name: /^engineering/ }).click();
    await page.getByRole('heading', { name: 'engineering' }).first().waitFor();
  });

  it('words from outside stay words', async () => {
    await say('<img src=x onerror=alert(1)> [x](javascript:alert(1))');
    await messages().last().getByText('<img src=x').waitFor();
    expect(await messages().last().locator('img, a').count()).toBe(0);
    await ask('please');
    await bot.grow('![pic](https://evil.example/p.png) [x](javascript:alert(1)) <https://example.com|ok>');
    const last = inThread().locator('.message').last();
    await last.getByRole('link', { name: 'ok' }).waitFor();
    expect(await last.locator('img').count()).toBe(0);
    expect(await last.locator('a').evaluateAll((all) => all.map((a) => a.getAttribute('href')))).toEqual([
      'https://evil.example/p.png',
      'https://example.com',
    ]);
  });
});
