/** App Home on the whole product: opened, refreshed, for members and for others. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startWhole, type Whole } from '../support/whole.ts';
import { request, type Op } from '../../src/playground/agents/index.ts';
import { freshChannel, turn } from './support/talk.ts';

let whole: Whole;
beforeAll(async () => {
  whole = await startWhole();
});
afterAll(() => whole.stop());

const shown = (user: string): string => JSON.stringify(whole.slack.control.home(user)?.blocks ?? []);

function published(user: string, what: string): Promise<unknown> {
  return whole.slack.control.waitFor(() => shown(user).includes(what), 10_000, `“${what}” in App Home`);
}

describe('App Home', () => {
  it('is empty, then shows what runs and waits, and is refreshed by its button', async () => {
    const { ids, ...control } = whole.slack.control;
    control.openHome({ user: ids.ada });
    await published(ids.ada, 'Nothing waits for your approval');
    const channel = freshChannel(whole, 'home');
    const remove: Op = {
      op: 'use',
      key: 'rm',
      name: 'bash',
      input: { command: 'rm -rf ./build' },
      policy: 'ask',
    };
    whole.agents.control.script(turn(request('I would have to delete a directory.', remove)));
    const ts = control.say({ user: ids.ada, channel, text: '@heddle clean up' });
    await control.waitFor(
      () => whole.bot(channel, ts).some(({ blocks }) => JSON.stringify(blocks).includes('heddle.approve')),
      10_000,
      'a card',
    );
    const viewId = control.home(ids.ada)?.id ?? '';
    await control.click({ user: ids.ada, viewId, actionId: 'heddle.home_refresh' });
    await published(ids.ada, 'Approve or deny `bash`');
    expect(shown(ids.ada)).toContain('clean up');
    expect(shown(ids.ada)).toMatch(/tokens in/);
    control.openHome({ user: ids.grace });
    await published(ids.grace, 'Nothing waits for your approval');
    expect(shown(ids.grace)).not.toContain('clean up');
    await control.click({ user: ids.ada, viewId, actionId: 'heddle.stop' });
    await whole.calm(channel, ts);
    control.openHome({ user: ids.ada });
    await published(ids.ada, 'Nothing of yours runs.');
  });

  it('refuses guests', async () => {
    const { ids, ...control } = whole.slack.control;
    control.openHome({ user: ids.guest });
    await published(ids.guest, 'cannot use Heddle here');
    expect(shown(ids.guest)).not.toContain('heddle.home_refresh');
  });
});
