/** Streams in a recorded conversation: begun, grown and ended, each told once a beat; how far is a matter of timing. */
import type { SeenMessage } from '../../../src/playground/slack/index.ts';
import type { WireCall } from '../../../src/playground/wire.ts';
import type { Names } from './names.ts';
import { messageLines, text } from './wire-words.ts';

type Json = Record<string, unknown>;

const GROWS = '✎';

export interface StreamsTold {
  readonly names: Names;
  /** As messages were told last. */
  readonly shown: Map<string, string>;
  readonly message: (channel: string, ts: string) => SeenMessage | undefined;
}

interface Told {
  readonly below: string | undefined;
  readonly channel: string;
  readonly last: string;
}

/** What happened to each stream, oldest first; refused calls by their code, once. */
export function streamLines(calls: readonly WireCall[], { names, shown, message }: StreamsTold): string[] {
  const streams = new Map<string, Told>();
  const refused = new Set<string>();
  for (const { path, request, response } of calls) {
    const method = /^\/api\/(chat\.(?:start|append|stop)Stream)$/.exec(path)?.[1];
    if (method === undefined) continue;
    const [args, answer] = [request as Json, response as Json | null];
    if (answer?.['ok'] !== true) {
      refused.add(`${method} ✗ ${text(answer?.['error']) || 'no answer'}`);
      continue;
    }
    const ts = String(answer['ts']);
    const below = text(args['thread_ts']) || streams.get(ts)?.below;
    streams.set(ts, { below, channel: String(args['channel']), last: method });
  }
  const lines = [...streams].flatMap(([ts, { below, channel, last }]) => {
    const ended = last === 'chat.stopStream' ? message(channel, ts) : undefined;
    const content = ended ? messageLines(ended.blocks, ended.text, names) : [GROWS];
    if (shown.get(ts) === content.join('\n')) return [];
    shown.set(ts, content.join('\n'));
    const where = below === undefined ? '' : ` below ${names.of('p', below)}`;
    const how = below === undefined || ended ? last : 'chat.startStream';
    return [`${how} ${names.of('m', ts)}${where}`, ...content.map((line) => `  ${line}`)];
  });
  return [...refused, ...lines];
}
