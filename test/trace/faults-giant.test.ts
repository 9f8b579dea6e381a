/** One event that is larger than everything Heddle would read at once. */
import { expect, it } from 'vitest';
import { ask, endsSound, onGround } from './support/ground.ts';
import { gate, turn } from './support/talk.ts';

it(
  'an event of five megabytes costs the stream, not the answer (fault: event-huge)',
  onGround(async (whole) => {
    const { control } = whole.agents;
    const thread = ask(whole, { script: turn('Half of it.', gate('giant'), 'The rest.') });
    await thread.until(() => thread.live(1), 'half of it');
    const streams = control.calls()['events.stream'] ?? 0;
    const text = 'x'.repeat(5 * 1024 * 1024);
    control.emit(thread.session.id, {
      type: 'agent.tool_result',
      tool_use_id: 'sevt_1',
      content: [{ type: 'text', text }],
    });
    await thread.until(() => (control.calls()['events.stream'] ?? 0) > streams, 'another stream');
    control.open('giant');
    await endsSound(thread);
    expect(control.calls()['events.list']).toBeGreaterThan(0);
  }),
);
