/** Files that people attach: through to the agent, or refused with a reason; the words arrive in any case. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Attached } from '../../src/playground/slack/control.ts';
import { until, type Whole } from '../support/whole.ts';
import { attach, channelOf, given, messageOf, PDF, PNG, start, textsOf } from './support.ts';

let whole: Whole;
beforeAll(async () => {
  const allow = { guests: false, outsiders: true, bots: false };
  whole = await start({ settings: { files: { maxMb: 1, maxOutMb: 1 }, allow, sharedChannels: true } });
});
afterAll(() => whole.stop());
afterEach(() => whole.agents.control.script(null));

/** Somebody attaches these to a mention; what the agent was given. */
async function give(...files: Attached[]) {
  const channel = channelOf(whole);
  const ts = attach(whole, { files, channel });
  const blocks = await given(whole, ts);
  return { ts, channel, blocks, text: textsOf(blocks) };
}

/** The agent of this thread has written that. */
function wrote(root: string, text: string): boolean {
  return whole.agents.control
    .sessions()
    .filter(({ record }) => JSON.stringify(record['metadata']).includes(root))
    .some(({ events }) =>
      events.some(({ type, ...event }) => type === 'agent.message' && JSON.stringify(event).includes(text)),
    );
}

function stored(id: string | undefined) {
  const file = whole.agents.control.files().find((one) => one.id === id);
  if (!file) throw new Error(`no file ${id}`);
  return file;
}

/** The note in the thread about files that were refused. */
async function refusal({ channel, ts }: { channel: string; ts: string }): Promise<string> {
  const note = await until(
    () => whole.bot(channel, ts).find(({ shown }) => shown.includes(':paperclip:')),
    'a note about files',
  );
  return note.shown;
}

describe('what is attached', () => {
  it('is shown to the model where it is a picture or a PDF, before the words; the mark stays last', async () => {
    const { blocks, text } = await give({ name: 'a.png', content: PNG }, { name: 'a.pdf', content: PDF });
    expect(blocks.map(({ type }) => type)).toEqual(['image', 'document', 'text', 'text', 'text']);
    expect(blocks[1]?.title).toBe('a.pdf');
    expect(blocks.at(-1)?.text).toMatch(/^<slack ts=/);
    expect(text).toContain('- "a.png" (image/png, 68 bytes), shown above as a picture');
    const [image, document] = blocks.map(({ source }) => source?.file_id);
    expect(stored(image)).toMatchObject({ mime: 'image/png', scope: null, expires: true });
    expect(stored(image).bytes.equals(PNG)).toBe(true);
    expect(stored(document)).toMatchObject({ mime: 'application/pdf', name: 'a.pdf' });
  });

  it('is mounted where it is anything else, and the agent told where, before it gets the words', async () => {
    const { ts, blocks, text } = await give({ name: 'rows.csv', content: 'a,b\n1,2\n' });
    expect(blocks.map(({ type }) => type)).toEqual(['text', 'text', 'text']);
    const path = `/mnt/session/uploads/${ts}/rows.csv`;
    expect(text).toContain(`- "rows.csv" (text/plain, 8 bytes) at ${path}`);
    const mounted = whole.agents.control
      .sessions()
      .flatMap(({ record }) => record['resources'] as { mount_path: string; file_id: string }[]);
    const resource = mounted.find(({ mount_path }) => mount_path === path);
    expect(stored(resource?.file_id).bytes.toString()).toBe('a,b\n1,2\n');
  });

  it('is taken for what its bytes are, whatever its name says (fault: file-type)', async () => {
    const { blocks, text } = await give(
      { name: 'photo.png', content: 'no picture at all' },
      { name: 'notes.txt', content: PNG },
      { name: 'cut.jpg', content: Uint8Array.of(0xff, 0xd8, 0xff, 0xe0, 0, 4, 0, 0) },
    );
    expect(blocks.map(({ type }) => type)).toEqual(['image', 'text', 'text', 'text']);
    expect(text).toContain('"photo.png" (text/plain');
    expect(text).toContain('"notes.txt" (image/png, 68 bytes), shown above');
    expect(text).toContain('"cut.jpg" (image/jpeg, 8 bytes) at /mnt/session/uploads/');
  });

  it('alone, without a word, is a request', async () => {
    const ts = attach(whole, { text: '@heddle', files: [{ name: 'plan.txt', content: 'the plan' }] });
    expect(textsOf(await given(whole, ts))).toContain('"plan.txt"');
  });

  it('from another organisation comes as an id, and gets its name with its bytes', async () => {
    const { ids } = whole.slack.control;
    const files: Attached[] = [{ name: 'offer.csv', content: 'a,b' }];
    const ts = attach(whole, { files, user: ids.outsider, channel: ids.shared });
    const text = textsOf(await given(whole, ts));
    expect(text).toContain(`- "offer.csv" (text/plain, 3 bytes) at /mnt/session/uploads/${ts}/offer.csv`);
  });

  it('gets a name that is harmless, and each its own (fault: file-name)', async () => {
    const names = [
      '../../etc/passwd',
      'con',
      'photo\u202egnp.exe',
      'a\u0000b\n.md',
      `${'x'.repeat(5_000)}.txt`,
      ' ',
      'a b.txt',
      'a b.txt',
      '$(rm -rf ~).sh',
    ];
    const { text, ts } = await give(...names.map((name) => ({ name, content: 'x' })));
    const paths = [...text.matchAll(/at \/mnt\/session\/uploads\/(\S+)$/gm)].map(([, path = '']) => path);
    expect(paths.map((path) => path.replace(`${ts}/`, '').replace(/x{20,}/, 'x…x'))).toEqual([
      'passwd',
      '_con',
      'photognp.exe',
      'a_b_.md',
      'x…x.txt',
      'file',
      'a_b.txt',
      'a_b-2.txt',
      'rm_-rf_.sh',
    ]);
    for (const path of paths) expect(path.length).toBeLessThan(230);
    expect(text).not.toMatch(/[\u0000-\u0009\u202a-\u202e]/);
  });
});

describe('what is refused is named with its reason, to the person and to the agent', () => {
  const odd = (name: string, wire: Record<string, unknown>): Attached => ({
    name,
    content: 'x',
    odd: { wire },
  });
  it.each<[string, Attached, RegExp]>([
    [
      'too large, by its bytes',
      { name: 'big.bin', content: new Uint8Array(1_048_577), odd: { wire: { size: 3 } } },
      /larger than 1 MB/,
    ],
    [
      'too large without saying so',
      { name: 'big.bin', content: new Uint8Array(2_400_000), odd: { download: 'hang' } },
      /larger than 1 MB/,
    ],
    ['empty', { name: 'nothing.txt', content: '' }, /empty/],
    [
      'external',
      odd('doc', { mode: 'external', is_external: true, url_private: 'https://docs.example.com/x' }),
      /not stored in Slack/,
    ],
    [
      'at another host',
      odd('meta', { url_private_download: 'http://169.254.169.254/latest' }),
      /not stored in Slack/,
    ],
    [
      'at a host with credentials',
      odd('meta', { url_private_download: 'https://a:b@files.slack.com/x' }),
      /not stored in Slack/,
    ],
    [
      'at another port',
      odd('meta', { url_private_download: 'https://files.slack.com:8443/x' }),
      /not stored in Slack/,
    ],
    [
      'at a host that looks like it',
      odd('meta', { url_private_download: 'https://files.slack.com.evil.example/x' }),
      /not stored in Slack/,
    ],
    ['denied', odd('secret.txt', { file_access: 'access_denied' }), /does not let me read it/],
    [
      'a page to log in on',
      { name: 'plan.txt', content: 'x', odd: { download: 'login' } },
      /does not let me read it/,
    ],
    [
      'sent elsewhere',
      { name: 'plan.txt', content: 'x', odd: { download: { redirect: 'http://127.0.0.1:1/' } } },
      /does not let me read it/,
    ],
    ['deleted', odd('old.txt', { mode: 'tombstone' }), /deleted/],
    ['a canvas', odd('Canvas', { mode: 'quip' }), /not a file/],
  ])('%s (fault: file-elsewhere, file-giant)', async (_, file, reason) => {
    const { blocks, text, ...place } = await give(file);
    expect(blocks.map(({ type }) => type)).toEqual(['text', 'text', 'text']);
    expect(text).toContain('look');
    expect(text).toMatch(new RegExp(`- "${file.name}", not given to you: .*${reason.source}`));
    expect(await refusal(place)).toMatch(reason);
  });

  it('more than are taken from one message (fault: message-giant)', async () => {
    const files = Array.from({ length: 50 }, (_, at) => ({ name: `plan-${at}.txt`, content: `plan ${at}` }));
    const { text, ...place } = await give(...files);
    expect(text.match(/at \/mnt\/session/g)).toHaveLength(20);
    expect(text).toContain('- 30 more, not given to you');
    expect(await refusal(place)).toContain('30 more');
    expect(
      whole.bot(place.channel, place.ts).filter(({ shown }) => shown.includes(':paperclip:')),
    ).toHaveLength(1);
  });
});

describe('where Slack or the service has trouble', () => {
  it('a file that comes at the second try is given', async () => {
    const { text } = await give({
      name: 'late.txt',
      content: 'late',
      odd: { download: { status: 503, times: 1 } },
    });
    expect(text).toContain('"late.txt" (text/plain, 4 bytes) at');
  });

  it('a transfer that breaks again and again is given up, and the message goes', async () => {
    const { text, ...place } = await give({
      name: 'cut.txt',
      content: 'x'.repeat(200_000),
      odd: { download: 'cut' },
    });
    expect(text).toContain('"cut.txt", not given to you: could not be fetched');
    expect(await refusal(place)).toContain('attach it once more');
  });

  it('an upload whose answer is lost is made again', async () => {
    whole.agents.control.fault({ endpoint: 'files.upload', kind: 'reset', commit: 'after' });
    const { text } = await give({ name: 'twice.txt', content: 'twice' });
    expect(text).toContain('"twice.txt" (text/plain, 5 bytes) at');
  });

  it('a mount whose answer is lost is there once', async () => {
    whole.agents.control.fault({ endpoint: 'resources.add', kind: 'reset', commit: 'after' });
    const { ts } = await give({ name: 'once.txt', content: 'once' });
    const mounted = whole.agents.control
      .sessions()
      .flatMap(({ record }) => record['resources'] as { mount_path: string }[]);
    expect(mounted.filter(({ mount_path }) => mount_path.includes(ts))).toHaveLength(1);
  });

  it('a picture that the service does not take does not keep the words back', async () => {
    whole.agents.control.fault({ endpoint: 'events.send', kind: 'status', status: 400 });
    const { blocks, text, ...place } = await give({ name: 'odd.png', content: PNG });
    expect(blocks.map(({ type }) => type)).toEqual(['text', 'text', 'text']);
    expect(text).toContain('"odd.png", not given to you: not accepted by the model');
    expect(await refusal(place)).toContain('not accepted');
  });
});

describe('the order of a thread', () => {
  it('is kept: what is said after a message with files waits behind it, and says so', async () => {
    const { ids, say, reactions } = whole.slack.control;
    const channel = channelOf(whole);
    const root = say({ user: ids.ada, channel, text: '@heddle begin' });
    await given(whole, root);
    await whole.calm(channel, root);
    whole.agents.control.script({ requests: [['one'], ['two']] });
    const slow: Attached = {
      name: 'slow.txt',
      content: 'slow',
      odd: { download: { status: 503, times: 2 } },
    };
    const first = attach(whole, { text: 'with a file', files: [slow], channel, threadTs: root });
    const second = say({ user: ids.grace, channel, text: 'and then', threadTs: root });
    await until(
      () => reactions(channel, second).some(({ name }) => name === 'hourglass_flowing_sand'),
      'an hourglass',
    );
    expect(messageOf(whole, second)).toBeUndefined();
    await given(whole, second);
    const order = whole.agents.control
      .sessions()
      .flatMap(({ events }) =>
        events.filter(({ type }) => type === 'user.message').map((event) => JSON.stringify(event)),
      );
    expect(order.findIndex((event) => event.includes(first))).toBeLessThan(
      order.findIndex((event) => event.includes(second)),
    );
  });

  it('is kept while the agent works, too: it gets the file and then the words', async () => {
    const { ids, say, reactions } = whole.slack.control;
    const channel = channelOf(whole);
    whole.agents.control.script({ requests: [['One.'], [{ op: 'gate', name: 'steer' }, 'Two.']] });
    const root = say({ user: ids.ada, channel, text: '@heddle begin' });
    await until(() => wrote(root, 'One.'), 'the agent at work');
    const files: Attached[] = [{ name: 'more.csv', content: 'a,b' }];
    const reply = attach(whole, { text: 'and this', files, channel, threadTs: root });
    const marked = (): boolean => reactions(channel, reply).some(({ name }) => name === 'eyes');
    await until(marked, 'the session to have it');
    expect(textsOf(await given(whole, reply))).toContain(`/mnt/session/uploads/${reply}/more.csv`);
    whole.agents.control.open('steer');
    await until(() => wrote(root, 'Two.'), 'the end');
  });

  it('a stop while files are on their way ends that, and leaves nothing behind', async () => {
    const { ids, say } = whole.slack.control;
    const channel = channelOf(whole);
    const before = whole.agents.control.files().length;
    const files: Attached[] = [
      { name: 'quick.txt', content: 'quick' },
      { name: 'slow.txt', content: 'slow'.repeat(50_000), odd: { download: 'hang' } },
    ];
    const root = attach(whole, { files, channel });
    await until(() => whole.agents.control.files().length > before, 'one of them uploaded');
    say({ user: ids.ada, channel, text: 'stop', threadTs: root });
    await whole.calm(channel, root);
    await until(() => whole.agents.control.files().length === before, 'nothing left');
    expect(messageOf(whole, root)).toBeUndefined();
  });
});

// The last ones here: that a scope is missing is believed for a while.
describe('where the app may not read files', () => {
  it('the words go, people are told once what is missing, and Slack is not asked again', async () => {
    const { revoke, calls } = whole.slack.control;
    revoke('files:read');
    const { text, ...place } = await give({ name: 'plan.txt', content: 'the plan' });
    expect(text).toContain('"plan.txt", not given to you: this app may not read files here');
    expect(await refusal(place)).toContain('whoever manages the app has to add it');
    const asked = calls.counts()['files.info']?.calls;
    const files: Attached[] = [{ name: 'plan-2.txt', content: 'the plan' }];
    const reply = attach(whole, { text: 'and this', files, channel: place.channel, threadTs: place.ts });
    expect(textsOf(await given(whole, reply))).toContain('"plan-2.txt", not given to you');
    await whole.calm(place.channel, place.ts);
    expect(calls.counts()['files.info']?.calls).toBe(asked);
    const notes = whole.bot(place.channel, place.ts).filter(({ shown }) => shown.includes(':paperclip:'));
    expect(notes).toHaveLength(1);
  });
});
