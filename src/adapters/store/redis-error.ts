/** What a failed Redis call means (`PortError`). */
import { messageOf, PortError, type FailureKind } from '../../errors.ts';

/**
 * Replies that Redis gives before it does anything, by their first word ("Redis serialization protocol",
 * simple errors; `src/server.c`, shared errors). With a script's flags they are judged before it starts.
 */
const REPLIES: Readonly<Record<string, FailureKind>> = {
  OOM: 'retry',
  READONLY: 'retry',
  MISCONF: 'retry',
  LOADING: 'retry',
  BUSY: 'retry',
  NOREPLICAS: 'retry',
  MASTERDOWN: 'retry',
  CLUSTERDOWN: 'retry',
  TRYAGAIN: 'retry',
  NOAUTH: 'fatal',
  WRONGPASS: 'fatal',
  NOPERM: 'fatal',
  WRONGTYPE: 'fatal',
  ERR: 'fatal',
};

/** Whether the server refuses who we are. */
export function isAuthError(error: unknown): boolean {
  return /\b(NOAUTH|WRONGPASS|NOPERM)\b/.test(messageOf(error));
}

/** An error of a command that had left: where Redis did not answer, it may have happened. */
export function toPortError(error: unknown): PortError {
  if (error instanceof PortError) return error;
  const text = messageOf(error);
  const word = /^([A-Z]+)\b/.exec(text)?.[1] ?? '';
  const replied = error instanceof Error && error.name === 'ReplyError' ? REPLIES[word] : undefined;
  if (replied) {
    return new PortError({ kind: replied, code: `redis_${word.toLowerCase()}`, message: text, cause: error });
  }
  // ioredis says this where the command was never written (`Redis.js`, `sendCommand`).
  if (text.includes("isn't writeable")) return unreachable(error);
  const code = text.includes('timed out') ? 'redis_timeout' : 'redis_lost';
  return new PortError({ kind: 'unknown', code, message: text, cause: error });
}

/** Nothing was sent. */
export function unreachable(cause?: unknown): PortError {
  return new PortError({
    kind: 'retry',
    code: 'redis_unreachable',
    message: `Redis cannot be reached${cause === undefined ? '' : `: ${messageOf(cause)}`}`,
    cause,
  });
}
