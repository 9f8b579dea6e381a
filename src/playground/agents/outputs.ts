/**
 * Files the agent writes to `/mnt/session/outputs`: they get their `file_…` id at once, but the Files API lists
 * them only some seconds after the session went idle.
 */
import { iso } from './clock.ts';
import { newId } from './ids.ts';
import type { Session } from './session.ts';
import type { Json, Op } from './types.ts';
import type { Doc, World } from './world.ts';

export interface StoredFile {
  readonly metadata: Json;
  /** Base64. */
  readonly content: string;
  /** Unix ms from when it is listed; null while the turn that wrote it runs. */
  readonly visibleAt: number | null;
}

export function addOutput(session: Session, op: Extract<Op, { op: 'file' }>): void {
  const { world } = session;
  const content = Buffer.from(op.text);
  const id = newId('file');
  const file: StoredFile = {
    metadata: {
      id,
      type: 'file',
      filename: op.name,
      mime_type: op.mime ?? 'text/plain',
      size_bytes: content.length,
      created_at: iso(world.clock.stamp()),
      downloadable: true,
      expires_at: null,
      scope: { type: 'session', id: session.id },
    },
    content: content.toString('base64'),
    visibleAt: null,
  };
  session.unlisted.push(id);
  world.save('file', id, { seq: world.nextSeq(), value: file as unknown as Json });
}

/** At the idle: what was written becomes visible after the indexing lag. */
export function revealOutputs(session: Session): void {
  const { world } = session;
  for (const id of session.unlisted) {
    const doc = world.docs.file.get(id);
    if (!doc) continue;
    const visibleAt = world.clock.now() + world.settings.fileLagMs;
    world.save('file', id, { ...doc, value: { ...fileOf(doc), visibleAt } as unknown as Json });
  }
  session.unlisted = [];
}

export function fileOf(doc: Doc): StoredFile {
  return doc.value as unknown as StoredFile;
}

/** After a restart: which files still wait for their session's idle. */
export function relink(world: World): void {
  for (const [id, doc] of world.docs.file) {
    const file = fileOf(doc);
    const scope = file.metadata['scope'] as Json | null | undefined;
    if (file.visibleAt === null && scope) world.sessions.get(String(scope['id']))?.unlisted.push(id);
  }
}
