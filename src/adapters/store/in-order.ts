/** Notes of several streams as one, oldest first. */
import type { AuditNote } from '../../ports-settings.ts';

/** The next notes of one stream, oldest first: from the beginning, or behind the last one. None: that was all. */
export type ReadPage = (after: AuditNote | undefined) => Promise<readonly AuditNote[]>;

interface Stream {
  readonly read: ReadPage;
  page: readonly AuditNote[];
  at: number;
}

/** By their time. Streams on several servers are as far from each other as those servers' clocks. */
export async function* inOrder(reads: readonly ReadPage[]): AsyncGenerator<AuditNote> {
  const opened = await Promise.all(reads.map((read) => open(read)));
  const streams = new Set(opened.filter(({ page }) => page.length > 0));
  for (;;) {
    const stream = oldest(streams);
    const note = stream && headOf(stream);
    if (!note) return;
    yield note;
    stream.at += 1;
    if (headOf(stream)) continue;
    Object.assign(stream, { page: await stream.read(note), at: 0 });
    if (!headOf(stream)) streams.delete(stream);
  }
}

async function open(read: ReadPage): Promise<Stream> {
  return { read, page: await read(undefined), at: 0 };
}

function headOf({ page, at }: Stream): AuditNote | undefined {
  return page[at];
}

/** The first of those that are equally old. */
function oldest(streams: ReadonlySet<Stream>): Stream | undefined {
  let found: Stream | undefined;
  let at = Infinity;
  for (const stream of streams) {
    const head = headOf(stream);
    if (!head || head.at >= at) continue;
    found = stream;
    at = head.at;
  }
  return found;
}
