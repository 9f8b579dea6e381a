/**
 * Files on both sides, as the flow sees them: bytes are streams, read once and never kept. Failures are `PortError`s
 * as everywhere (`errors.ts`); the signals end a transfer at once.
 */
import type { OutputFile } from './core/outputs.ts';
import type { SlackWrite } from './ports.ts';

/** Bytes as they come. Reading them ends with a `PortError` `retry` where they stop coming. */
export type Bytes = AsyncIterable<Uint8Array>;

/** A file of Slack's that is being read. */
export interface OpenedFile {
  /** As Slack has it, whatever stands in it. */
  readonly name: string;
  /** MIME type as Slack states it; not to be believed. */
  readonly mimetype: string;
  /** Bytes that the answer announces; undefined where it does not say. */
  readonly length?: number;
  readonly bytes: Bytes;
  /** Ends the reading where it is not read to its end. */
  close(): void;
}

export interface SlackFiles {
  /**
   * `files.info`, then the bytes, from `files.slack.com` alone (or from the host of the configured Web API base),
   * without following a redirect. Rejects `refused` with one of the codes `external`, `no_file`, `denied`, `gone`,
   * and `fatal` `missing_scope`, which is kept for a while.
   */
  openFile(call: {
    readonly team: string;
    readonly file: string;
    readonly signal: AbortSignal;
  }): Promise<OpenedFile>;
  /**
   * Gives Slack the bytes of a file that nobody sees yet (`files.getUploadURLExternal`). Resolves with its id.
   * Doing it again leaves one more that nobody sees.
   */
  storeFile(call: {
    readonly team: string;
    readonly name: string;
    readonly length: number;
    readonly bytes: Bytes;
    readonly signal: AbortSignal;
    readonly guard: () => void;
  }): Promise<string>;
  /**
   * Shares stored bytes in the thread (`files.completeUploadExternal`). `find` finds the message by the file's id.
   * Resolves with that id. Not idempotent: an intent first. `gone` where Slack has the bytes no more.
   */
  shareFile(
    call: SlackWrite & { readonly threadTs: string; readonly share: string; readonly title: string },
  ): Promise<string | undefined>;
}

/** A file to be mounted; `path` begins with `/` and stands below the session's uploads. */
export interface Mount {
  readonly file: string;
  readonly path: string;
}

/** What became of a mount, by path: it stands there, the session has as many as it may, or the service refuses it. */
export type Mounted = ReadonlyMap<string, 'mounted' | 'session-full' | 'refused'>;

export interface AgentFiles {
  /**
   * To the Files API (`POST /v1/files`), streamed. Kept there for some weeks, longer than any session lives. Resolves
   * with its id. Doing it again leaves one more, which nobody knows and which goes by itself.
   */
  upload(
    file: { readonly name: string; readonly type: string; readonly bytes: Bytes },
    signal: AbortSignal,
  ): Promise<string>;
  /** Best effort: a file that nobody needs. */
  discard(file: string): Promise<void>;
  /**
   * Adds files to the session (`sessions.resources.add`), those whose path is taken already left out: repeating it
   * changes nothing. `gone` where the session is over.
   */
  mount(session: string, files: readonly Mount[], signal: AbortSignal): Promise<Mounted>;
  /** Files in the outputs of the session, newest 1,000 at most (`files.list` with `scope_id`). */
  outputs(session: string): Promise<readonly OutputFile[]>;
  /** The bytes of an output. */
  openOutput(file: string, signal: AbortSignal): Promise<{ readonly bytes: Bytes; close(): void }>;
}
