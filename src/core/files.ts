/**
 * Files that people attach to a message, on their way into the session. Pure.
 *
 * What is to be fetched stands in the state (`wanted`) before anything is fetched, and what has been is noted there:
 * after a crash the rest is fetched again, which is harmless. A message waits in its place until each of its files is
 * with the session, or is refused with a reason; then it goes, whatever became of them.
 */
import { HEAD_BYTES, type FileType } from './file-type.ts';
import { eachOnce, pathName, shownName } from './file-names.ts';
import type { FileFact } from './event.ts';
import type { SendFile } from './agent-event.ts';

export { HEAD_BYTES };

/** Why somebody's file is not given to the agent. */
export type FileRefusal =
  /** Larger than is taken. */
  | 'too-large'
  | 'empty'
  /** Not with Slack: a link to somewhere else. */
  | 'external'
  /** Slack's own kinds that are no file: canvases, lists. */
  | 'no-file'
  /** Slack does not let the bot see it. */
  | 'denied'
  /** Deleted, or hidden by the workspace's plan. */
  | 'gone'
  /** The app lacks `files:read`. */
  | 'no-scope'
  /** It did not come in time. */
  | 'slow'
  | 'failed'
  /** The session has as many files as it may. */
  | 'session-full'
  /** The service would not take the message with it. */
  | 'not-taken'
  /** Of an earlier message, and there are more of those than are taken. */
  | 'left-out';

export type FileStep =
  | { readonly is: 'wanted' }
  | {
      readonly is: 'kept';
      /** `file_…`, at the Files API. */
      readonly file: string;
      /** How the session gets it: as a block of the message, or as a file at `path`. */
      readonly as: 'image' | 'document' | 'mounted';
      readonly type: string;
      readonly size: number;
      /** The session in which it is mounted. */
      readonly session?: string;
    }
  | { readonly is: 'refused'; readonly why: FileRefusal; readonly mb?: number };

export interface Attachment {
  /** Slack's. */
  readonly id: string;
  readonly name: string;
  /** Where it stands in the sandbox if it is mounted. */
  readonly path: string;
  /** `ts` of the message that it is attached to; absent where that is the message that carries it. */
  readonly of?: string;
  readonly step: FileStep;
}

export interface Attached {
  readonly list: readonly Attachment[];
  /** As many more were attached than are taken from one message. */
  readonly left: number;
  /** As many more there are of earlier messages, which are not even named. */
  readonly unnamed?: number;
  /** The thread has been told which were refused. */
  readonly told?: true;
}

/** Files that are taken from one message. */
export const FILES_A_MESSAGE = 20;
/** Where files are mounted (platform.claude.com/docs/managed-agents/files, "File paths"). */
const UPLOADS = '/mnt/session/uploads';
/**
 * Pictures and documents that one session is shown; all later ones are mounted. With more pictures than this in a
 * request the API takes only small ones, and with many documents it counts their pages together: one too many would
 * make every later request of the session fail (platform.claude.com/docs/build-with-claude/vision, "General limits").
 */
export const SHOWN_A_SESSION = 20;
/** Largest picture, 5 MB as base64, and its longest side in pixels (same page). */
const IMAGE_BYTES = (5 * 1024 * 1024 * 3) / 4;
const IMAGE_PIXELS = 8_000;
/** Largest document and most pages in a request (platform.claude.com/docs/build-with-claude/pdf-support). */
const DOCUMENT_BYTES = 20 * 1024 * 1024;
const DOCUMENT_PAGES = 100;

/** The files of a message as they are to be fetched. Mounted under the message's own `ts`, so that none is in another's way. */
export function attachedOf(files: readonly FileFact[], ts: string): Attached | undefined {
  if (files.length === 0) return undefined;
  const taken = files.slice(0, FILES_A_MESSAGE);
  const list = taken.map(({ id, name }): Attachment => {
    return { id, name: shownName(name), path: '', step: { is: 'wanted' } };
  });
  return { list: placed(list, ts), left: files.length - taken.length };
}

/** Each in the directory of its own message. */
export function placed(list: readonly Attachment[], ts: string): readonly Attachment[] {
  const of = (message: string): readonly Attachment[] => list.filter((one) => (one.of ?? ts) === message);
  const paths = new Map<string, string>();
  for (const message of new Set(list.map((one) => one.of ?? ts))) {
    const names = eachOnce(of(message).map(({ name }) => pathName(name)));
    of(message).forEach(({ id }, at) => paths.set(id, `/${message}/${names[at] ?? id}`));
  }
  return list.map((one) => ({ ...one, path: paths.get(one.id) ?? one.path }));
}

export function refusalOf(why: FileRefusal): FileStep {
  return { is: 'refused', why };
}

/** From another organisation a file may come as nothing but its id: its name is learnt with its bytes, before it is mounted. */
export function withNames(attached: Attached, names: Readonly<Record<string, string>>, ts: string): Attached {
  const isNew = ({ id, name }: Attachment): boolean => name === id && names[id] !== undefined;
  if (!attached.list.some(isNew)) return attached;
  const list = attached.list.map((one) =>
    isNew(one) ? { ...one, name: shownName(names[one.id] ?? one.name) } : one,
  );
  return { ...attached, list: placed(list, ts) };
}

/** What was seen of a file while it passed. */
export interface Passed {
  readonly size: number;
  readonly type: FileType;
  /** Pages and encryption of a PDF, as far as they can be read in passing. */
  readonly pages: number;
  readonly encrypted: boolean;
}

/** How the session is to get it: only what the model is certain to accept is shown to it. */
export function placeFor({ size, type, pages, encrypted }: Passed): 'image' | 'document' | 'mounted' {
  if (type.as === 'image') {
    const longest = Math.max(type.width ?? Infinity, type.height ?? Infinity);
    const shortest = Math.min(type.width ?? 0, type.height ?? 0);
    return size <= IMAGE_BYTES && longest <= IMAGE_PIXELS && shortest > 0 ? 'image' : 'mounted';
  }
  if (type.as !== 'document' || encrypted) return 'mounted';
  return size <= DOCUMENT_BYTES && pages <= DOCUMENT_PAGES ? 'document' : 'mounted';
}

/** Path in the sandbox, as the agent reads it. */
export function sandboxPath({ path }: Pick<Attachment, 'path'>): string {
  return `${UPLOADS}${path}`;
}

/** What stands in the way of the message: files to be fetched, or to be mounted in this session. */
export function unfetched(attached: Attached | undefined): readonly Attachment[] {
  return attached?.list.filter(({ step }) => step.is === 'wanted') ?? [];
}

export function unmounted(attached: Attached | undefined, session: string): readonly Attachment[] {
  return (
    attached?.list.filter(
      ({ step }) => step.is === 'kept' && step.as === 'mounted' && step.session !== session,
    ) ?? []
  );
}

export function isWithSession(attached: Attached | undefined, session: string): boolean {
  return unfetched(attached).length === 0 && unmounted(attached, session).length === 0;
}

/** How many blocks of its message are files. */
export function shownOf(attached: Attached | undefined): number {
  return attached?.list.filter(({ step }) => step.is === 'kept' && step.as !== 'mounted').length ?? 0;
}

/** The blocks of the message that are files. */
export function blocksOf(attached: Attached | undefined): readonly SendFile[] {
  return (
    attached?.list.flatMap(({ name, step }): readonly SendFile[] =>
      step.is === 'kept' && step.as !== 'mounted' ? [{ as: step.as, file: step.file, name }] : [],
    ) ?? []
  );
}

export function withStep(
  attached: Attached,
  change: (attachment: Attachment) => FileStep | undefined,
): Attached {
  return {
    ...attached,
    list: attached.list.map((one) => {
      const step = change(one);
      return step ? { ...one, step } : one;
    }),
  };
}

/** Those that were refused, for people and for the agent. */
export interface RefusedFile {
  readonly name: string;
  readonly why: FileRefusal;
  readonly mb?: number;
  /** Of an earlier message of the thread. */
  readonly earlier?: true;
}

export function refusedOf(attached: Attached | undefined): readonly RefusedFile[] {
  return (
    attached?.list.flatMap(({ name, of, step }): readonly RefusedFile[] => {
      if (step.is !== 'refused') return [];
      const earlier = of === undefined ? {} : { earlier: true as const };
      return [{ name, why: step.why, ...(step.mb === undefined ? {} : { mb: step.mb }), ...earlier }];
    }) ?? []
  );
}

const REASONS: Readonly<Record<FileRefusal, (mb: number) => string>> = {
  'too-large': (mb) => `larger than ${mb} MB`,
  empty: () => 'empty',
  external: () => 'not stored in Slack',
  'no-file': () => 'a Slack document, not a file',
  denied: () => 'Slack does not let me read it',
  gone: () => 'deleted in Slack',
  'no-scope': () => 'this app may not read files here (it lacks the scope files:read)',
  slow: () => 'did not arrive in time',
  failed: () => 'could not be fetched',
  'session-full': () => 'the session has as many files as it may',
  'not-taken': () => 'not accepted by the model',
  'left-out': () => 'left out, as only the newest files of earlier messages are taken',
};

/** Why, in a few words that stand behind the name. */
export function reason({ why, mb = 0 }: Pick<RefusedFile, 'why' | 'mb'>): string {
  return REASONS[why](mb);
}

/** What the agent is told of a message's files; '' where there are none. Names are quoted, one line each. */
export function fileWords(attached: Attached | undefined): string {
  if (!attached) return '';
  const { list, left, unnamed = 0 } = attached;
  const own = list.filter(({ of }) => of === undefined).map(fileLine);
  if (left > 0)
    own.push(`- ${left} more, not given to you: at most ${FILES_A_MESSAGE} are taken from a message`);
  const earlier = list.filter(({ of }) => of !== undefined).map(fileLine);
  if (unnamed > 0) earlier.push(`- ${unnamed} more, not given to you`);
  return [
    ...listed('Files attached to this message:', own),
    ...listed('Files attached to earlier messages of this thread:', earlier),
  ].join('\n');
}

function listed(head: string, lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : [head, ...lines];
}

function fileLine(attachment: Attachment): string {
  const { name, step } = attachment;
  const quoted = JSON.stringify(name);
  switch (step.is) {
    case 'wanted':
      return `- ${quoted}, not fetched`;
    case 'refused':
      return `- ${quoted}, not given to you: ${reason(step)}`;
    case 'kept': {
      const what = `- ${quoted} (${step.type}, ${step.size} bytes)`;
      return step.as === 'mounted'
        ? `${what} at ${sandboxPath(attachment)}`
        : `${what}, shown above as ${step.as === 'image' ? 'a picture' : 'a document'}`;
    }
  }
}
