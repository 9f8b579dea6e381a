/** A bot of a few lines on the real protocols: Socket Mode in, Web API out. */
import { WebSocket } from 'ws';

export type Json = Record<string, unknown>;

export interface Envelope {
  readonly type: string;
  readonly payload: Json;
}

export interface TinyBot {
  /** Calls a Web API method. @throws the error code where Slack refuses. */
  api(method: string, args: Json): Promise<Json>;
  stop(): void;
}

/** Connects and hands every envelope to `hear`; what that returns is sent as the acknowledgement's payload. */
export async function startTinyBot(
  slack: { apiUrl: string; botToken: string; appToken: string },
  hear: (envelope: Envelope, bot: TinyBot) => Promise<Json | null>,
): Promise<TinyBot> {
  const call = async (token: string, method: string, args: Json): Promise<Json> => {
    const answer = await fetch(slack.apiUrl + method, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json; charset=utf-8' },
      body: JSON.stringify(args),
    });
    const body = (await answer.json()) as Json;
    if (body['ok'] !== true) throw new Error(`${method}: ${String(body['error'])}`);
    return body;
  };
  const { url } = await call(slack.appToken, 'apps.connections.open', {});
  const socket = new WebSocket(String(url));
  const bot: TinyBot = {
    api: (method, args) => call(slack.botToken, method, args),
    stop: () => socket.close(),
  };
  const hello = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data: Buffer) => {
      const envelope = JSON.parse(data.toString()) as Envelope & { envelope_id?: string };
      if (envelope.type === 'hello') resolve();
      if (envelope.envelope_id === undefined) return;
      const acknowledge = (payload: Json | null): void =>
        socket.send(
          JSON.stringify({ envelope_id: envelope.envelope_id, ...(payload === null ? {} : { payload }) }),
        );
      hear(envelope, bot).then(acknowledge, () => acknowledge(null));
    });
  });
  await hello;
  return bot;
}
