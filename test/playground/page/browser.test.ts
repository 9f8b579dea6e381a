/** The page in a real browser, over the real Slack server, used mostly by keyboard. */
import { describe, expect, it } from 'vitest';
import { chromium, suiteName, usePage } from './support/use-page.ts';

describe.skipIf(chromium === undefined)(suiteName('the page'), () => {
  const on = usePage();
  const { composer, inThread, messages, say, ask } = on;

  it('posts by keyboard, with completion, line break and formatting', async () => {
    await composer().focus();
    await on.page.keyboard.type('hello @gra');
    await on.page.getByRole('option', { name: /Grace Hopper/ }).waitFor();
    await on.page.keyboard.press('Tab');
    await on.page.keyboard.type('see #rand');
    await on.page.getByRole('option', { name: /#random/ }).waitFor();
    await on.page.keyboard.press('Enter');
    await on.page.keyboard.type('*bold* <b>');
    await on.page.keyboard.press('Shift+Enter');
    await on.page.keyboard.type('second');
    await on.page.keyboard.press('Enter');

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
    await on.page.keyboard.type('half a rep');
    const element = await inThread().locator('.message').last().elementHandle();
    await on.bot.grow('One\n\n| a | b |\n|---|---|\n| 1 | 2 |');
    await inThread().getByRole('cell', { name: '2' }).waitFor();
    await on.bot.grow('One\n\n```js\nlet x = 1;\n```');
    await inThread().getByText('let x = 1;').waitFor();
    await on.page.keyboard.type('ly');
    expect(await inThread().locator('textarea').inputValue()).toBe('half a reply');
    expect(await element?.evaluate((it) => it.isConnected)).toBe(true);
    await on.page.keyboard.press('Enter');
    await inThread().locator('.message', { hasText: 'half a reply' }).waitFor();
    await on.page.locator('.summary', { hasText: '2 replies' }).waitFor();
  });

  it('shows what the session does, and Slack’s own Stop', async () => {
    await ask('please');
    await inThread().getByText('Heddle Working…').waitFor();
    await inThread().getByRole('button', { name: 'Stop' }).click();
    await expect.poll(() => on.bot.events).toContain('agent_session_stopped');
  });

  it('several people speak in one thread, and a draft waits for each', async () => {
    await ask('please');
    await inThread().locator('textarea').focus();
    await on.page.keyboard.type('unfinished');
    await on.page.keyboard.press('Alt+Digit2');
    await on.page.getByRole('button', { name: /Acting as Grace Hopper/ }).waitFor();
    expect(await inThread().locator('textarea').inputValue()).toBe('');
    await inThread().locator('textarea').focus();
    await on.page.keyboard.type('from Grace');
    await on.page.keyboard.press('Enter');
    await inThread()
      .getByRole('article', { name: /Grace Hopper/ })
      .getByText('from Grace')
      .waitFor();
    await on.page.getByRole('button', { name: /Acting as Grace/ }).click();
    await on.page.getByRole('menuitemradio', { name: /Ada Lovelace/ }).click();
    await on.page.getByRole('button', { name: /Acting as Ada/ }).waitFor();
    expect(await inThread().locator('textarea').inputValue()).toBe('unfinished');
  });

  it('reacts and takes it back by keyboard', async () => {
    await say('react to this');
    await messages().last().getByText('react to this').waitFor();
    await messages().last().focus();
    await on.page.keyboard.press('r');
    await on.page.getByRole('searchbox', { name: 'Search emoji' }).waitFor();
    await on.page.keyboard.type('tada');
    await on.page.keyboard.press('Enter');
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
    await on.page.keyboard.press('ArrowUp');
    await on.page.getByRole('textbox', { name: 'Edit message' }).waitFor();
    for (let i = 0; i < 4; i += 1) await on.page.keyboard.press('Backspace');
    await on.page.keyboard.type('here');
    await on.page.keyboard.press('Enter');
    await messages().last().getByText('(edited)').waitFor();
    expect(await messages().last().locator('.rich').innerText()).toBe('a typo here');

    await messages().last().focus();
    await on.page.keyboard.press('m');
    await on.page.getByRole('menuitem', { name: 'Delete message…' }).click();
    await on.page
      .getByRole('dialog', { name: 'Delete message' })
      .getByRole('button', { name: 'Delete' })
      .click();
    await on.page.getByText('a typo here').waitFor({ state: 'detached' });
  });

  it('buttons reach the app; a form shows its errors and is sent', async () => {
    await ask('please');
    await inThread().getByRole('button', { name: 'Approve' }).click();
    await expect.poll(() => on.bot.clicks).toEqual(['demo.approve']);

    await inThread().getByRole('button', { name: 'Deny with a reason' }).click();
    const dialog = on.page.getByRole('dialog', { name: 'Deny' });
    await dialog.getByLabel('Reason').fill('no');
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.getByText('Please complete this required field.').waitFor();
    expect(on.bot.forms).toEqual([]);

    await dialog.getByLabel('Severity').selectOption('High');
    await dialog.getByLabel('Stop the session').check();
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.getByText('Say a little more.').waitFor();
    await dialog.getByLabel('Reason').fill('not today');
    await on.page.keyboard.press('Tab');
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.waitFor({ state: 'detached' });
    expect(on.bot.forms.at(-1)).toMatchObject({
      why: { text: { type: 'plain_text_input', value: 'not today' } },
      level: { pick: { selected_option: { value: 'high' } } },
      also: { boxes: { selected_options: [{ value: 'stop' }] } },
    });
  });

  it('slash commands complete, answer privately, and are refused in threads', async () => {
    await composer().focus();
    await on.page.keyboard.type('/hed');
    await on.page.getByRole('option', { name: /\/heddle/ }).waitFor();
    await on.page.keyboard.press('Tab');
    await on.page.keyboard.type('stat');
    await on.page.getByRole('option', { name: /\/heddle status/ }).waitFor();
    await on.page.keyboard.press('Enter');
    await on.page.keyboard.press('Enter');
    const answer = messages().last();
    await answer.getByText('Only visible to you').waitFor();
    expect(await answer.locator('strong').last().textContent()).toBe('status');

    await ask('please');
    await inThread().locator('textarea').fill('/heddle stop');
    await on.page.keyboard.press('Enter');
    await inThread()
      .getByText(/cannot be used in threads/)
      .waitFor();
  });

  it('a file goes along with a message', async () => {
    await on.page
      .locator('.channel')
      .getByLabel('Attach files')
      .setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') });
    await on.page.locator('.upload-ready').waitFor();
    await say('see attached');
    const link = messages()
      .last()
      .getByRole('link', { name: /notes\.txt/ });
    await link.waitFor();
    const answer = await on.page.request.get(on.stage.page.url + (await link.getAttribute('href')));
    expect(await answer.text()).toBe('hello');
    expect(answer.headers()['content-disposition']).toContain('attachment');
  });

  it('what is not sent stays, says why, and can be tried again', async () => {
    await on.page.route('**/__page/say', (route) => route.abort());
    await say('lost on the way');
    const failed = on.page.locator('.outgoing-failed');
    await failed.getByText(/Not sent/).waitFor();
    await on.page.unroute('**/__page/say');
    await failed.getByRole('button', { name: 'Try again' }).click();
    await on.page.locator('.message:not(.outgoing)', { hasText: 'lost on the way' }).waitFor();
    expect(await on.page.getByText('lost on the way').count()).toBe(1);
  });

  it('the wire drawer shows calls, filters them and opens their bodies', async () => {
    await on.page.getByRole('button', { name: 'Wire', exact: true }).click();
    await ask('please');
    const drawer = on.page.getByRole('region', { name: 'Calls on the wire' });
    await drawer.getByRole('searchbox').fill('chat.postMessage');
    await drawer.getByRole('button', { name: /chat\.postMessage/ }).click();
    await drawer.getByText('markdown').first().waitFor({ state: 'attached' });
    expect(await drawer.locator('.call').count()).toBe(1);
    await drawer.getByRole('button', { name: 'Pause' }).click();
    await on.bot.grow('Two');
    await drawer.getByRole('button', { name: 'Resume (1)' }).waitFor();
    await drawer.getByRole('button', { name: 'Clear' }).click();
    await drawer.getByText('No calls yet.', { exact: false }).waitFor();
  });

  it('says that the connection is lost, and comes back by itself with what happened meanwhile', async () => {
    await on.page.route('**/__page/**', (route) => route.abort());
    on.stage.breakStreams();
    await on.page
      .getByRole('alert')
      .getByText(/not reachable|lost/)
      .waitFor();
    on.stage.slack.control.say({ user: 'U0GRACE001', channel: 'C0GENERAL1', text: 'said in the dark' });
    await on.page.unroute('**/__page/**');
    await messages().getByText('said in the dark').waitFor();
    await on.page.getByRole('alert').waitFor({ state: 'detached' });
  });

  it('stays where one reads while the answer below grows and more is said', async () => {
    await ask('please');
    const long = Array.from({ length: 80 }, (_, at) => `line ${at}`).join('\n\n');
    await on.bot.grow(long);
    await inThread().getByText('line 79').waitFor();
    const box = inThread().locator('.messages');
    const top = () => box.evaluate((it) => it.scrollTop);
    await expect.poll(top).toBeGreaterThan(500);
    await box.evaluate((it) => it.scrollTo(0, 300));
    await on.bot.grow(`${long}\n\nand one more`);
    await inThread().getByText('and one more').waitFor();
    expect(await top()).toBe(300);
    const thread_ts = (await on.page.locator('.summary').getAttribute('data-summary')) ?? '';
    on.stage.slack.control.say({
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
    await on.page.getByRole('button', { name: 'Heddle', exact: true }).click();
    await expect.poll(() => on.bot.events).toContain('app_home_opened');
    await on.page.getByRole('button', { name: 'What can you do?' }).click();
    await messages().last().getByText('Tell me what you can do.').waitFor();
    await on.page.getByRole('navigation', { name: 'App' }).getByRole('button', { name: 'Home' }).click();
    await on.page.getByRole('heading', { name: 'My sessions' }).waitFor();
  });

  it('marks a channel unread, and reading it takes the mark away', async () => {
    on.stage.slack.control.say({ user: 'U0GRACE001', channel: 'C0RANDOM01', text: 'psst' });
    const entry = on.page.getByRole('button', { name: /^random unread/ });
    await entry.click();
    await messages().getByText('psst').waitFor();
    await on.page.getByRole('button', { name: /^random$/ }).waitFor();
  });

  it('on a phone one thing is seen at a time, and nothing sticks out', async () => {
    await on.page.setViewportSize({ width: 375, height: 700 });
    await on.page.reload();
    await ask('please');
    const wide = await on.page.evaluate<number>('document.documentElement.scrollWidth');
    expect(wide).toBe(375);
    await on.page.getByRole('button', { name: 'Close thread' }).click();
    await composer().waitFor();
    await on.page.getByRole('button', { name: 'Conversations', exact: true }).click();
    await on.page.getByRole('button', { name: /^engineering/ }).click();
    await on.page.getByRole('heading', { name: 'engineering' }).first().waitFor();
  });

  it('words from outside stay words', async () => {
    await say('<img src=x onerror=alert(1)> [x](javascript:alert(1))');
    await messages().last().getByText('<img src=x').waitFor();
    expect(await messages().last().locator('img, a').count()).toBe(0);
    await ask('please');
    await on.bot.grow('![pic](https://evil.example/p.png) [x](javascript:alert(1)) <https://example.com|ok>');
    const last = inThread().locator('.message').last();
    await last.getByRole('link', { name: 'ok' }).waitFor();
    expect(await last.locator('img').count()).toBe(0);
    expect(await last.locator('a').evaluateAll((all) => all.map((a) => a.getAttribute('href')))).toEqual([
      'https://evil.example/p.png',
      'https://example.com',
    ]);
  });
});
