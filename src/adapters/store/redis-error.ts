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
  MOVED: 'retry',
  ASK: 'retry',
  NOAUTH: 'fatal',
  WRONGPASS: 'fatal',
  NOPERM: 'fatal',
  WRONGTYPE: 'fatal',
  CROSSSLOT: 'fatal',
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

/** Node's and OpenSSL's codes of a handshake that will fail again ("TLS (SSL)", X509 certificate error codes). */
const TLS_CODES = /^(CERT_|UNABLE_TO_|SELF_SIGNED_|DEPTH_ZERO_|ERR_TLS_|ERR_SSL_|HOSTNAME_MISMATCH|EPROTO)/;

/** What {@link refusedConnection} makes of errors: such a one is not put into words once more. */
const REFUSALS: ReadonlySet<string> = new Set(['redis_login', 'redis_tls', 'redis_db', 'redis_master']);

/**
 * An error of the connection itself that an operator has to cure: a login, a certificate, a database or a primary
 * that is not there. Undefined for all that may pass.
 */
export function refusedConnection(error: unknown): PortError | undefined {
  if (error instanceof PortError && REFUSALS.has(error.code)) return error;
  const text = messageOf(error);
  const code = (error as { readonly code?: unknown } | undefined)?.code;
  if (isAuthError(error)) {
    const what = text.includes('sentinel')
      ? 'sentinel_username and sentinel_password'
      : 'the user and password';
    const rights = text.includes('NOPERM') ? ', and the permissions of that user' : '';
    return fatal(
      'redis_login',
      `Redis refuses the login (${text}); check ${what} in REDIS_URL${rights}.`,
      error,
    );
  }
  if (typeof code === 'string' && TLS_CODES.test(code)) {
    return fatal(
      'redis_tls',
      `REDIS_URL asks for TLS, and that cannot be agreed on (${code}); check that the server speaks TLS on this ` +
        'port, and name the file of its certificate authority with ?cacert= or NODE_EXTRA_CA_CERTS.',
      error,
    );
  }
  if (/DB index is out of range|SELECT is not allowed/.test(text)) {
    return fatal(
      'redis_db',
      'REDIS_URL names a database that this Redis does not have; write /0, or a number it has.',
      error,
    );
  }
  if (/invalid reply: null|No such master/.test(text)) {
    return fatal('redis_master', 'The Sentinels of REDIS_URL know no primary of that name; check it.', error);
  }
  return undefined;
}

function fatal(code: string, message: string, cause: unknown): PortError {
  return new PortError({ kind: 'fatal', code, message, cause });
}
