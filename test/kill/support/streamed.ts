/** Answers that grow as streams of Slack's own. */
import { FIRST, LAST, SECOND } from '../../crash/support/script.ts';
import { command, growing, resting, sees, slowly, type Scenario } from './stage.ts';
import { ENDLESS, goesOn } from './stops.ts';

const YAML = 'output: stream\n';

/** Each answer a stream. */
function streamed(name: string, yaml: string): Scenario {
  return {
    name,
    yaml,
    async play(here) {
      here.agents.control.script({ requests: [[slowly(FIRST, 1_500)], [slowly(SECOND, 1_500)], [LAST]] });
      const talk = here.talk('weave');
      await sees('the answer', () => talk.words().includes(LAST) && resting(talk), talk);
      return { talk, sessions: 1, status: 'active' };
    },
  };
}

export const stream = streamed('stream', YAML);
/** Streams and edits, as there is room. */
export const auto = streamed('auto', 'output: auto\n');

/** A stop in the middle of a stream. */
export const halt: Scenario = {
  name: 'halt',
  yaml: YAML,
  async play(here) {
    here.agents.control.script(ENDLESS);
    const talk = here.talk('weave slowly');
    await sees('the first words', () => talk.words().includes('Row'), talk);
    command(here, talk, 'stop');
    await sees('the stop', () => talk.words().includes('Stopped by') && resting(talk), talk);
    await goesOn(here, talk);
    return { talk, sessions: 1, status: 'active', interrupts: 1 };
  },
};

/** An answer that takes longer than a stream may live: it goes on by edits of the same message. */
export const rollover: Scenario = {
  name: 'rollover',
  yaml: YAML,
  times: { streamMs: 2_500 },
  async play(here) {
    here.agents.control.script({ requests: [[growing], [LAST]] });
    const talk = here.talk('weave slowly');
    await sees('the answer', () => talk.words().includes(LAST) && resting(talk), talk);
    return { talk, sessions: 1, status: 'active' };
  },
};
