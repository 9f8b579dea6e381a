/** Files that the agent writes: each comes into the thread once, under its name, whatever happens in between. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Op } from '../../src/playground/agents/types.ts';
import { until, type Whole } from '../support/whole.ts';
import { channelOf, start } from './support.ts';

let whole: Whole;
beforeAll(async () => {
  whole = await start({ settings: { files: { maxMb: 1, maxOutMb: 1 } } });
});
afterAll(() => whole.stop());
afterEach(() => {
  whole.agents.control.script(null);
  whole.agents.control.clearFaults();
  whole.slack.control.faults.clear();
  whole.slack.control.grant('files:write');
});

const wrote: Op[] = [
  { op: 'use', key: 'w', name: 'write', input: { file_path: '/mnt/session/outputs/x' } },
  { op: 'result', key: 'w', text: 'written' },
];

function file(name: string, text = `this is ${name}`): Op {
  return { op: 'file', name, text };
}

/** A turn in which the agent writes these. */
function writes(...files: Op[]): void {
  whole.agents.control.script({ requests: [[...wrote], [...files, 'Done.']] });
}

interface Place {
  readonly channel: string;
  readonly ts: string;
}

function ask(): Place {
  const { ids, say } = whole.slack.control;
  const channel = channelOf(whole);
  return { channel, ts: say({ user: ids.ada, channel, text: '@heddle write' }) };
}

function shared({ channel, ts }: Place): readonly string[] {
  return whole.slack.control.messages(channel, ts).flatMap((message) => message.files);
}

function words({ channel, ts }: Place): string {
  return whole.words(channel, ts);
}

/** Resolves when nothing more can come: the last listing has been made and its files are there. */
async function settled(place: Place, listings: number): Promise<void> {
  const count = (): number => whole.agents.control.calls()['files.list'] ?? 0;
  await until(() => count() >= listings, 'the listings', 20_000);
  await whole.calm(place.channel, place.ts);
}

describe('what the agent writes', () => {
  it('comes into the thread once, as it named it and as it is', async () => {
    writes(file('report.md', '# Report\n'), file('../../etc/<!channel> notes.txt'));
    const before = whole.agents.control.calls()['files.list'] ?? 0;
    const place = ask();
    await until(() => shared(place).length === 2, 'two files', 15_000);
    expect(shared(place)).toEqual(['report.md', '<!channel> notes.txt']);
    await settled(place, before + 2);
    expect(shared(place)).toHaveLength(2);
    expect(words(place)).not.toContain(':paperclip:');
    const report = whole.slack.control.files().find(({ shares }) => shares[0]?.channel === place.channel);
    expect(report?.title).toBe('report.md');
    expect(Buffer.from(report?.bytes ?? []).toString()).toBe('# Report\n');
  });

  it('comes again when a later turn has changed it, and only that', async () => {
    writes(file('a.csv', 'one'), file('b.csv', 'b'));
    const place = ask();
    await until(() => shared(place).length === 2, 'two files', 15_000);
    writes(file('a.csv', 'two'));
    const { ids, say } = whole.slack.control;
    say({ user: ids.ada, channel: place.channel, text: 'again', threadTs: place.ts });
    await until(() => shared(place).length === 3, 'the new version', 15_000);
    // Of one turn's files whichever is stored first stands first.
    expect(shared(place).slice(0, 2).sort()).toEqual(['a.csv', 'b.csv']);
    expect(shared(place)[2]).toBe('a.csv');
  });

  it('is said where it is too large or empty, and where there is too much of it', async () => {
    const many = Array.from({ length: 22 }, (_, at) => file(`part-${at}.txt`));
    writes(file('big.bin', 'x'.repeat(1_048_577)), file('empty.txt', ''), ...many);
    const place = ask();
    await until(() => shared(place).length === 20, 'twenty files', 40_000);
    await until(() => words(place).includes(':paperclip:'), 'a note');
    expect(words(place)).toMatch(/`big\.bin`: larger than the 1 MB/);
    expect(words(place)).toMatch(/`empty\.txt`: empty/);
    expect(words(place)).toMatch(/2 more: I share at most 20 a turn/);
  });

  it('is not looked for after a turn that wrote nothing', async () => {
    const before = whole.agents.control.calls()['files.list'] ?? 0;
    whole.agents.control.script({
      requests: [
        [
          { op: 'use', key: 'r', name: 'read', input: {} },
          { op: 'result', key: 'r', text: 'x' },
        ],
        ['Read.'],
      ],
    });
    const place = ask();
    await until(() => words(place).includes('Read.'), 'the answer');
    await whole.calm(place.channel, place.ts);
    await new Promise((resolve) => setImmediate(resolve));
    expect(whole.agents.control.calls()['files.list'] ?? 0).toBe(before);
  });
});

describe('where something goes wrong', () => {
  it('and the answer to the share is lost, it is found, not shared again', async () => {
    const { faults, calls } = whole.slack.control;
    const method = 'files.completeUploadExternal';
    const before = calls.counts()[method]?.calls ?? 0;
    faults.add({ method, fault: { type: 'reset', commit: true } });
    writes(file('once.txt'));
    const place = ask();
    await until(() => shared(place).length === 1, 'the file', 15_000);
    await whole.calm(place.channel, place.ts);
    const looked = calls.counts()['conversations.replies']?.calls ?? 0;
    await until(() => (calls.counts()['conversations.replies']?.calls ?? 0) >= looked, 'a look');
    expect((calls.counts()[method]?.calls ?? 0) - before).toBe(1);
    expect(shared(place)).toEqual(['once.txt']);
  });

  it('with the download or the upload, it is tried again', async () => {
    whole.agents.control.fault({ endpoint: 'files.download', kind: 'cut' });
    whole.slack.control.faults.add({ method: 'files.getUploadURLExternal', fault: { type: 'reset' } });
    writes(file('again.txt'));
    const place = ask();
    await until(() => shared(place).length === 1, 'the file', 15_000);
    expect(shared(place)).toEqual(['again.txt']);
  });

  it('because the app may not share files, that is said once', async () => {
    whole.slack.control.revoke('files:write');
    writes(file('secret-1.txt'), file('secret-2.txt'));
    const place = ask();
    await until(() => words(place).includes('files:write'), 'a note', 15_000);
    writes(file('secret-3.txt'));
    const { ids, say } = whole.slack.control;
    const before = whole.agents.control.calls()['files.list'] ?? 0;
    say({ user: ids.ada, channel: place.channel, text: 'again', threadTs: place.ts });
    await settled(place, before + 1);
    expect(words(place).match(/files:write/g)).toHaveLength(1);
    expect(shared(place)).toEqual([]);
  });
});
