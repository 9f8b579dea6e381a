/** Killed while Slack shows a message as being written: nobody else knows what was appended to it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { calm, checkTalk, takeoverLeft } from './support/check.ts';
import { clearHolds, holdSlack } from './support/moments.ts';
import { growing } from './support/script.ts';
import { SLOW, worlds } from './support/setting.ts';

const world = worlds();

/** Settings in a file of the test's own. */
function streaming(test: TestContext): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), 'heddle-streams-'));
  test.onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'heddle.yaml');
  writeFileSync(file, 'output: stream\n');
  return { HEDDLE_CONFIG: file };
}

describe.concurrent('killed with -9 and started again, with answers that are streamed', SLOW, () => {
  it('in the middle of a stream: it is ended, and the same message becomes whole (fault: kill-mid-stream)', async (test) => {
    const here = await world(test);
    const settings = streaming(test);
    const first = here.bot(settings);
    await first.ready();
    here.agents.control.script(growing(9_000));
    const talk = here.talk('weave slowly');
    const stream = () => talk.bot().find((message) => message.streaming === 'in_progress');
    await here.slack.control.waitFor(() => talk.words().includes('Row 2 of') && stream(), 30_000);
    const before = stream()?.ts;

    await first.kill9();
    const killedAt = performance.now();
    const second = here.bot(settings);
    await second.ready();
    await calm([talk], takeoverLeft(killedAt));
    await here.atRest(second);
    expect(
      talk
        .bot()
        .filter(({ tombstone }) => !tombstone)
        .map(({ ts }) => ts),
    ).toEqual([before]);
    checkTalk(talk);
  });

  it.for(['done', 'not done'] as const)(
    'while a stream is begun, which was %s: never begun twice (fault: kill-starting-stream)',
    async (effect, test) => {
      const here = await world(test);
      const settings = streaming(test);
      const first = here.bot(settings);
      await first.ready();
      const held = holdSlack(here, 'chat.startStream', effect);
      here.agents.control.script(growing(6_000));
      const talk = here.talk('weave slowly');
      await held;
      await first.kill9();
      const killedAt = performance.now();
      clearHolds(here);
      const second = here.bot(settings);
      await second.ready();
      await calm([talk], takeoverLeft(killedAt));
      await here.atRest(second);
      checkTalk(talk);
    },
  );
});
