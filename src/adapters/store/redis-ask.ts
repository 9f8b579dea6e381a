/** One command to a Redis on a Unix socket, over a connection of its own, without a client around it. */
import { createConnection } from 'node:net';
import { withTimeout } from '../../lib/time.ts';

const ASK_MS = 2000;

function encode(command: readonly string[]): string {
  return `*${command.length}\r\n${command.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

/** The whole answer where it has arrived: a line, or a bulk string ("Redis serialization protocol"). */
function complete(text: string): string | undefined {
  const end = text.indexOf('\r\n');
  if (end < 0) return undefined;
  const line = text.slice(0, end);
  if (!line.startsWith('$')) return line;
  const body = Buffer.from(text.slice(end + 2));
  const length = Number(line.slice(1));
  return body.length >= length + 2 ? body.subarray(0, length).toString() : undefined;
}

/**
 * Resolves with a status line (`+PONG`, `:7`) or a bulk string's text. Rejects with the error line (`-ERR …`) as message,
 * and where there is no server or it does not answer within two seconds.
 */
export async function ask(path: string, command: readonly string[]): Promise<string> {
  return withTimeout(`redis ${command[0] ?? ''}`, ASK_MS, async (signal) => {
    const socket = createConnection(path);
    try {
      return await new Promise<string>((resolve, reject) => {
        let text = '';
        socket.setEncoding('utf8');
        socket.once('connect', () => socket.write(encode(command)));
        socket.on('data', (part: string) => {
          text += part;
          const answer = complete(text);
          if (answer?.startsWith('-')) reject(new Error(answer));
          else if (answer !== undefined) resolve(answer);
        });
        socket.once('error', reject);
        socket.once('close', () => reject(new Error('redis closed the connection')));
        signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
      });
    } finally {
      socket.destroy();
    }
  });
}
