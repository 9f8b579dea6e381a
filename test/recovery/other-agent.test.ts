/** A Redis that comes back empty: threads whose sessions are another agent's than the default one are found again. */
import { expect, it } from 'vitest';
import { ask, endsSound, reply } from '../trace/support/ground.ts';
import { turn } from '../trace/support/talk.ts';
import { until } from '../support/whole.ts';
import { filled, flush, onLossyGround } from './support.ts';

it(
  'a reply goes on in the session of an agent that only a setting named (fault: redis-empty)',
  onLossyGround(async (whole) => {
    const { agentId } = whole.agents.control.seed({ name: 'reviewer', model: 'claude-opus-4-5' });
    await whole.replica({ agent: agentId });
    await whole.app.stop(2_000);
    await until(() => whole.slack.control.sockets.count === 1, 'one connection');
    const thread = ask(whole, { script: turn('The first answer.') });
    await thread.untilCalm(1, 30_000);
    expect(thread.session.record['agent']).toMatchObject({ id: agentId });
    await filled(whole);
    await flush(whole);
    await filled(whole);
    whole.agents.control.script(turn('The second answer.'));
    const next = reply(thread, 'and now?');
    await endsSound(thread, { messages: 2, given: [thread.ts, next] });
  }),
);
