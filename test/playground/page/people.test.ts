/** The page as several people use it: windows, rights, private answers, menus, shortcuts, links, files. */
import { describe, expect, it } from 'vitest';
import { chromium, suiteName, usePage } from './support/use-page.ts';

const grace = 'U0GRACE001';
const general = 'C0GENERAL1';

/** Run in the browser: what a file manager hands over when two files are dropped. */
const twoFiles = `(() => {
  const dot =
    'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
  const data = new DataTransfer();
  const bytes = Uint8Array.from(atob(dot), (sign) => sign.codePointAt(0));
  data.items.add(new File([bytes], 'dot.png', { type: 'image/png' }));
  data.items.add(new File(['a,b'], 'a.csv', { type: 'text/csv' }));
  return data;
})()`;
const focused = (it: { matches(selector: string): boolean }): boolean => it.matches(':focus');

describe.skipIf(chromium === undefined)(suiteName('people on the page'), () => {
  const on = usePage();
  const { composer, inThread, messages, say, ask } = on;

  it('two windows are two people; what one is told privately stays with them until dismissed', async () => {
    await ask('whisper');
    const other = await on.page.context().newPage();
    await other.goto(`${on.stage.page.url}/?as=${grace}`);
    await other.getByRole('button', { name: /Acting as Grace Hopper, Member · @oncall/ }).waitFor();
    expect(await other.title()).toBe('Grace Hopper · Heddle playground');
    await other.locator('.summary').click();
    await other.locator('.thread .message').nth(1).waitFor();
    expect(await other.getByText('Only for you').count()).toBe(0);
    await other.locator('.thread textarea').fill('from the other window');
    await other.keyboard.press('Enter');
    await inThread().getByText('from the other window').waitFor();
    await other.close();

    await on.page.reload();
    await on.page.getByRole('button', { name: /Acting as Ada Lovelace/ }).waitFor();
    const whisper = inThread().locator('.message-ephemeral', { hasText: 'Only for you' });
    await whisper.getByRole('button', { name: 'Dismiss' }).click();
    await whisper.waitFor({ state: 'detached' });
    expect(on.stage.slack.control.ephemerals()).toEqual([]);
  });

  it('menus, choices and inputs of a message reach the app with all that stands beside them', async () => {
    await say('@heddle card');
    const card = inThread().locator('.message', { hasText: 'Where should it stand?' });
    await card.locator('select').selectOption('Attic');
    await card.getByLabel('fast').check();
    await card.getByRole('button', { name: 'More actions' }).first().click();
    await on.page.getByRole('menuitem', { name: 'Always allow' }).click();
    await card.getByLabel('In your own words').fill('by the window');
    await on.page.keyboard.press('Enter');
    await expect.poll(() => on.bot.clicks).toEqual(['demo.choose', 'demo.mode', 'demo.more', 'demo.own']);
    expect(on.bot.actions).toMatchObject([
      { selected_option: { value: 'Attic' } },
      { selected_option: { value: 'fast' } },
      { selected_option: { value: 'always' } },
      { type: 'plain_text_input', value: 'by the window' },
    ]);
    expect(on.bot.actions[3]?.['state']).toMatchObject({
      values: { row: { 'demo.mode': { selected_option: { value: 'fast' } } } },
    });
  });

  it('shortcuts stand in a message’s menu and beside the composer, and open a form that outlives the app', async () => {
    await say('look at this');
    await messages().last().getByText('look at this').waitFor();
    await messages().last().focus();
    await on.page.keyboard.press('m');
    await on.page.getByRole('menuitem', { name: /Ask about this/ }).click();
    const dialog = on.page.getByRole('dialog', { name: 'Deny' });
    await dialog.waitFor();
    await on.page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    await on.page.locator('.channel').getByRole('button', { name: 'Shortcuts' }).click();
    await on.page.getByRole('menuitem', { name: /Ask anything/ }).click();
    await dialog.getByLabel('Reason').fill('long enough');
    await dialog.getByLabel('Severity').selectOption('Low');
    on.bot.stop();
    await on.page.locator('.presence-on').waitFor({ state: 'detached' });
    await dialog.getByRole('button', { name: 'Send' }).click();
    await dialog.getByText('The app is not connected.').waitFor();
    expect(await dialog.getByLabel('Reason').inputValue()).toBe('long enough');
  });

  it('a link to a message leads there, however old it is', async () => {
    const { control } = on.stage.slack;
    const old = control.say({ user: grace, channel: general, text: 'the very first' });
    for (let n = 0; n < 130; n += 1) control.say({ user: grace, channel: general, text: `and ${n}` });
    await on.page.goto(`${on.stage.page.url}/#${general}/p${old.replace('.', '')}`);
    await on.page.reload();
    const first = messages().filter({ hasText: 'the very first' });
    await first.waitFor();
    await expect.poll(() => first.evaluate(focused)).toBe(true);
    await composer().fill(`see https://loom-works.slack.com/archives/${general}/p${old.replace('.', '')}`);
    await on.page.keyboard.press('Enter');
    await messages().last().getByRole('link').click();
    await expect.poll(() => first.evaluate(focused)).toBe(true);
  });

  it('files are dropped in, shown as cards and pictures; the look is chosen and kept', async () => {
    const dropped = await on.page.evaluateHandle(twoFiles);
    await on.page.locator('.channel .composer').dispatchEvent('drop', { dataTransfer: dropped });
    await on.page.locator('.upload-ready').nth(1).waitFor();
    await composer().press('Enter');
    const last = messages().last();
    await last.getByRole('link', { name: 'Download a.csv' }).waitFor();
    const picture = last.getByRole('img', { name: 'dot.png' });
    await expect
      .poll(() => picture.evaluate((it) => (it as unknown as { naturalWidth: number }).naturalWidth))
      .toBe(1);

    const dark = (): Promise<string> => on.page.evaluate<string>('getComputedStyle(document.body).color');
    const before = await dark();
    await on.page.getByRole('button', { name: 'Appearance' }).click();
    await on.page.getByRole('menuitemradio', { name: 'Dark' }).click();
    await expect.poll(dark).not.toBe(before);
    const chosen = await dark();
    await on.page.reload();
    await composer().waitFor();
    expect(await dark()).toBe(chosen);
  });
});
