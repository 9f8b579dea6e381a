import type { IncomingMessage, ServerResponse } from 'node:http';
import { isObject } from './blocks.ts';
import { SlackApiError } from './call.ts';
import type { SlackControl } from './control.ts';
import type { DeliveryFault } from './deliveries.ts';
import type { Fault } from './faults.ts';
import { isForeign, parseJson, readBody, sendJson, sendText, urlOf } from './http.ts';
import type { Json } from './records.ts';

/** `POST /__emu/<name>` with the arguments as a JSON object, for tests in other languages and processes. */
export async function answerEmu(
  control: SlackControl,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (isForeign(request)) return sendText(response, 403, 'not from here');
  const name = urlOf(request).pathname.slice('/__emu/'.length);
  const parsed = parseJson((await readBody(request)).toString() || '{}');
  const act = acts(control)[name];
  if (!act || !isObject(parsed)) {
    sendJson(response, 404, { ok: false, error: act ? 'json_not_object' : 'unknown_act' });
    return;
  }
  try {
    sendJson(response, 200, { ok: true, result: (await act(parsed)) ?? null });
  } catch (error) {
    if (!(error instanceof SlackApiError)) throw error;
    sendJson(response, 200, { ok: false, error: error.code });
  }
}

type Act = (args: Json) => unknown;
type First<K extends keyof SlackControl> = SlackControl[K] extends (
  first: infer F,
  ...rest: never[]
) => unknown
  ? F
  : never;

function acts(control: SlackControl): Record<string, Act> {
  const text = (value: unknown): string => (typeof value === 'string' ? value : '');
  return {
    say: (args) => control.say(args as unknown as First<'say'>),
    edit: (args) => control.edit(args as unknown as First<'edit'>),
    delete: (args) => control.delete(args as unknown as First<'delete'>),
    react: (args) => control.react(args as unknown as First<'react'>),
    unreact: (args) => control.unreact(args as unknown as First<'unreact'>),
    unfurl: (args) => control.unfurl(args as unknown as First<'unfurl'>),
    click: (args) => control.click(args as unknown as First<'click'>),
    select: (args) => control.select(args as unknown as First<'select'>),
    command: (args) => control.command(args as unknown as First<'command'>),
    shortcut: (args) => control.shortcut(args as unknown as First<'shortcut'>),
    submitView: (args) => control.submitView(args as unknown as First<'submitView'>),
    closeView: (args) => control.closeView(args as unknown as First<'closeView'>),
    stop: (args) => control.stop(args as unknown as First<'stop'>),
    rename: (args) => control.rename(args as unknown as First<'rename'>),
    openHome: (args) => control.openHome(args as unknown as First<'openHome'>),
    dm: (args) => control.dm(text(args['user'])),
    createChannel: (args) => control.createChannel(args as unknown as First<'createChannel'>),
    join: (args) => control.join(args as unknown as First<'join'>),
    leave: (args) => control.leave(args as unknown as First<'leave'>),
    archive: (args) => control.archive(args as unknown as First<'archive'>),
    changeUser: (args) => control.changeUser(args as unknown as First<'changeUser'>),
    setGroup: (args) => control.setGroup(args as unknown as First<'setGroup'>),
    messages: (args) =>
      control.messages(
        text(args['channel']),
        ...(args['threadTs'] === undefined ? [] : [text(args['threadTs'])]),
      ),
    ephemerals: (args) => control.ephemerals(...(args['user'] === undefined ? [] : [text(args['user'])])),
    statuses: () => control.statuses(),
    views: (args) => control.views(text(args['user'])),
    home: (args) => control.home(text(args['user'])),
    counts: () => control.calls.counts(),
    log: () => control.calls.log(),
    clearCalls: () => control.calls.clear(),
    fault: (args) => {
      control.faults.add(args as unknown as Fault);
    },
    clearFaults: () => control.faults.clear(),
    deliveryFault: (args) => {
      control.deliveries.addFault(args as unknown as DeliveryFault);
    },
    clearDeliveryFaults: () => control.deliveries.clearFaults(),
    release: (args) => control.deliveries.release(args['reversed'] === true),
    sockets: () => control.sockets.count,
    drop: () => control.sockets.drop(),
    disconnect: (args) =>
      control.sockets.disconnect(args['reason'] === 'warning' ? 'warning' : 'refresh_requested'),
    mute: (args) => control.sockets.mute(args['muted'] !== false),
    inject: (args) => control.inject(args['event'] as Json, args['shared'] === true),
    injectBody: (args) => control.injectBody(args),
    setLimits: (args) => control.setLimits(args['on'] === false ? false : args),
    lack: (args) => control.lack(...names(args['methods'])),
    unlack: (args) => control.unlack(...names(args['methods'])),
    grant: (args) => control.grant(text(args['scope'])),
    revoke: (args) => control.revoke(text(args['scope'])),
    setLatency: (args) => control.setLatency(Number(args['ms'])),
  };
}

function names(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
