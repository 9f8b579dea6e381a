/** The page around the conversation: the bot's process, guide and thread on the right side, and Escape. */
import { describe, expect, it } from 'vitest';
import { chromium, suiteName, usePage } from './support/use-page.ts';

describe.skipIf(chromium === undefined)(suiteName('around the conversation'), () => {
  const on = usePage();
  const { composer, inThread, guide, say, ask } = on;
  const draft = () => inThread().locator('textarea');

  it('Kill and Restart act on the process, and its state is told as it is', async () => {
    const kill = on.page.getByRole('button', { name: 'Kill' });
    await on.page.getByText('pid 4711').waitFor();
    const answered = on.page.waitForResponse('**/__parent/kill');
    await kill.click();
    await answered;
    await on.page.getByText('Bot killed').waitFor();
    expect(await kill.isDisabled()).toBe(true);
    await on.page.getByRole('button', { name: 'Restart' }).click();
    await on.page.getByText('pid 4712').waitFor();
    expect(on.stage.asked).toEqual(['kill', 'restart']);

    on.stage.setBot({ state: 'starting', pid: 4713, since: Date.now() });
    await on.page.getByText('Bot starting').waitFor();
    expect(await kill.isEnabled()).toBe(true);
    on.stage.setBot({ state: 'stopping', pid: 4713, since: Date.now() });
    await on.page.getByText('Bot stopping').waitFor();
    expect(await on.page.getByRole('button', { name: 'Restart' }).isDisabled()).toBe(true);
  });

  it('a bot that ended by itself says why, and when it is started again', async () => {
    const at = Date.now();
    on.stage.setBot({ state: 'exited', code: 78, signal: null, at, retry_at: null, said: 'Wrong.' });
    await on.page.getByText('Bot exited, code 78').waitFor();
    await on.page.getByRole('alert').getByText('The bot ended: Wrong.').waitFor();
    await on.page.getByText('It is not started again by itself.').waitFor();
    on.stage.setBot({ state: 'exited', code: null, signal: 'SIGKILL', at, retry_at: at + 90_000, said: '' });
    await on.page.getByRole('alert').getByText('The bot ended: SIGKILL').waitFor();
    const wait = on.page.getByText(/^It is started again in \d+ s\.$/);
    const first = await wait.textContent();
    await expect.poll(() => wait.textContent()).not.toBe(first);
  });

  it('a mention opens its thread while the guide is open, and each keeps the other', async () => {
    await guide().getByRole('button', { name: 'long' }).click();
    await on.page.keyboard.press('Enter');
    await inThread().getByText('One', { exact: true }).waitFor();
    expect(await guide().count()).toBe(0);
    await draft().fill('half');
    await inThread().getByRole('button', { name: 'What to try' }).click();
    await guide().getByRole('button', { name: 'Thread' }).click();
    expect(await draft().inputValue()).toBe('half');
    await inThread().getByRole('button', { name: 'Close thread' }).click();
    await guide().waitFor();
  });

  it('without the guide an answer waits behind its summary, as in Slack', async () => {
    await guide().getByRole('button', { name: 'Close guide' }).click();
    await say('@heddle please');
    const summary = on.page.locator('.summary', { hasText: '1 reply' });
    await summary.getByText('New', { exact: true }).waitFor();
    expect(await inThread().count()).toBe(0);
    await summary.click();
    await inThread().getByText('One', { exact: true }).waitFor();
    await summary.getByText('New', { exact: true }).waitFor({ state: 'detached' });
  });

  it('says that the bot is not in a channel, and adds it', async () => {
    await on.page.getByRole('button', { name: 'Add a channel' }).click();
    await on.page.getByLabel('Name').fill('quiet');
    await on.page.keyboard.press('Enter');
    await on.page.getByText('is not in this channel and hears nothing here').waitFor();
    await on.page.getByRole('button', { name: 'Add Heddle' }).click();
    await on.page.getByRole('button', { name: 'Add Heddle' }).waitFor({ state: 'detached' });
    await say('@heddle please');
    await inThread().getByText('One', { exact: true }).waitFor();
  });

  it('Escape leaves suggestions and empty threads, never a thread somebody writes in', async () => {
    await ask('please');
    await draft().fill('see @gra');
    await on.page.getByRole('option', { name: /Grace Hopper/ }).waitFor();
    for (let times = 0; times < 3; times += 1) await on.page.keyboard.press('Escape');
    await on.page.getByRole('option').first().waitFor({ state: 'detached' });
    expect(await draft().inputValue()).toBe('see @gra');
    await composer().focus();
    await on.page.keyboard.press('Escape');
    expect(await inThread().count()).toBe(1);
    await draft().fill('');
    await on.page.keyboard.press('Escape');
    await inThread().waitFor({ state: 'detached' });
  });

  it('a reload keeps the place, the thread and what is typed in it', async () => {
    await ask('please');
    await draft().fill('later');
    await on.page.reload();
    await inThread().getByText('One', { exact: true }).waitFor();
    expect(await draft().inputValue()).toBe('later');
    await inThread().getByRole('button', { name: 'What to try' }).click();
    await on.page.reload();
    await guide().getByRole('button', { name: 'Thread' }).waitFor();
  });
});
