/** A stream that lives and says nothing: pings without events, and not even a byte. */
import { describe, expect, it, vi } from 'vitest';
import { SHORT } from '../support/whole.ts';
import { ask, endsSound, onGround, reply } from '../trace/support/ground.ts';
import { gate, turn } from '../trace/support/talk.ts';
import { passed } from './support/passed.ts';

vi.setConfig({ maxConcurrency: 4 });

const PINGS = { agents: { heartbeatMs: 100 }, times: { ...SHORT, silentMs: 1_000 } };

/** Longer than a stream may be silent, so that only its pings keep it. */
const silence = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 1_500));

describe.concurrent('a stream whose events stop while its pings go on', () => {
  it(
    'is not taken for silent; after ten minutes what was missed is shown, and the run is left alone (fault: stream-eventless)',
    onGround(async (whole) => {
      const { control } = whole.agents;
      const thread = ask(whole, {
        script: turn('Half of it.', gate('mute'), 'Unheard.', gate('on'), 'The rest.'),
      });
      await thread.until(() => thread.live(1), 'half of it');
      expect(control.drop('mute')).toBe(1);
      control.open('mute');
      await thread.until(() => thread.events('agent.message').length === 2, 'what nobody hears');
      await silence();
      expect(control.calls()['events.stream']).toBe(1);
      expect(thread.words()).not.toContain('Unheard.');
      await passed(thread, 'watch');
      await thread.until(() => thread.words().includes('Unheard.'), 'what was missed');
      expect(thread.events('user.interrupt')).toEqual([]);
      // What it did not bring is brought by another one.
      await thread.until(() => control.calls()['events.stream'] === 2, 'another stream');
      control.open('on');
      await endsSound(thread);
      expect(thread.bot()).toHaveLength(1);
    }, PINGS),
  );

  it(
    'and whose run ends unheard comes to its end (fault: stream-eventless)',
    onGround(async (whole) => {
      const { control } = whole.agents;
      const thread = ask(whole, { script: turn('Half of it.', gate('mute'), 'The rest.') });
      await thread.until(() => thread.live(1), 'half of it');
      control.drop('mute');
      control.open('mute');
      await thread.until(() => thread.session.status === 'idle', 'the end of the run');
      await passed(thread, 'watch');
      await endsSound(thread);
      whole.agents.control.script(turn('And more.'));
      const next = reply(thread, 'and then?');
      await endsSound(thread, { messages: 2, given: [thread.ts, next] });
    }, PINGS),
  );

  it(
    'and whose run has nothing to say is left alone, and goes on (fault: stream-eventless)',
    onGround(async (whole) => {
      const { control } = whole.agents;
      const thread = ask(whole, { script: turn('Half of it.', gate('long'), 'The rest.') });
      await thread.until(() => thread.live(1), 'half of it');
      const looks = control.calls()['sessions.retrieve'] ?? 0;
      await passed(thread, 'watch');
      await thread.until(() => (control.calls()['sessions.retrieve'] ?? 0) > looks, 'a look');
      expect(thread.live(1)).toBe(true);
      control.open('long');
      await endsSound(thread);
      expect(thread.bot()).toHaveLength(1);
      expect(control.calls()['events.stream']).toBe(1);
    }, PINGS),
  );
});

describe.concurrent('a stream without a byte', () => {
  it(
    'is given up after its time, and opened again; one that only pings is kept (fault: stream-half-open)',
    onGround(async (whole) => {
      const { control } = whole.agents;
      const thread = ask(whole, { script: turn('Half of it.', gate('dead'), 'The rest.') });
      await thread.until(() => thread.live(1), 'half of it');
      await silence();
      expect(control.calls()['events.stream']).toBe(1);
      control.drop('stall');
      await thread.until(() => control.calls()['events.stream'] === 2, 'another stream', 5_000);
      control.open('dead');
      await endsSound(thread);
    }, PINGS),
  );
});
