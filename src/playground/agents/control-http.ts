/**
 * `/__emu/*`: the control plane over HTTP, for other people's tests and for the page. It has no authentication,
 * so it answers only to loopback host names and to no foreign web page.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { z } from 'zod';
import type { AgentsControl } from './control.ts';
import { Problem } from './problem.ts';
import { parse } from './schema.ts';
import { keywords } from './script.ts';
import type { Script } from './scripts.ts';
import type { Settings } from './settings.ts';
import type { Json } from './types.ts';

type Act = (control: AgentsControl, body: unknown) => unknown;

const session = z.string();
const event = z.looseObject({ type: z.string() });
const fault = z.strictObject({
  endpoint: z.string(),
  session: session.exactOptional(),
  kind: z.enum(['status', 'reset', 'hang', 'delay', 'html', 'cut']),
  commit: z.enum(['before', 'after']).exactOptional(),
  status: z.number().int().exactOptional(),
  retryAfter: z.number().exactOptional(),
  code: z.string().exactOptional(),
  ms: z.number().exactOptional(),
  skip: z.number().int().exactOptional(),
  times: z.number().int().exactOptional(),
});
const script = z.strictObject({
  session: session.optional(),
  requests: z.array(z.array(z.union([z.string(), z.looseObject({ op: z.string() })]))).optional(),
  ops: z.array(z.looseObject({ op: z.string() })).optional(),
  stop: z.looseObject({ type: z.string() }).optional(),
});
const webhook = z.strictObject({
  url: z.string(),
  secret: z.string(),
  duplicate: z.boolean().exactOptional(),
  dropEvery: z.number().int().exactOptional(),
  jitterMs: z.number().int().exactOptional(),
  retryMs: z.number().exactOptional(),
});
const condition = z.strictObject({
  session: session.optional(),
  status: z.string().optional(),
  /** At least this many processed events of a type. */
  type: z.string().optional(),
  count: z.number().int().optional(),
  timeoutMs: z.number().optional(),
});

const acts: Readonly<Record<string, Act>> = {
  'GET settings': (control) => control.settings,
  'POST settings': (control, body) => {
    control.set(body as Partial<Settings>);
    return control.settings;
  },
  'POST script': (control, body) => {
    const { session, ...rest } = parse(script, body);
    const given = rest.requests || rest.ops ? (rest as unknown as Script) : null;
    control.script(given, session);
  },
  'POST open': (control, body) => control.open(parse(z.strictObject({ gate: z.string() }), body).gate),
  'POST faults': (control, body) => control.fault(parse(fault, body)),
  'DELETE faults': (control) => control.clearFaults(),
  'POST drop': (control, body) => {
    const how = z.enum(['fin', 'rst', 'stall', 'mute', 'garbage', 'error']);
    const input = parse(z.strictObject({ how, session: session.optional() }), body);
    return { hit: control.drop(input.how, input.session) };
  },
  'POST repeat': (control, body) => {
    const input = parse(z.strictObject({ session, event: z.string().optional() }), body);
    control.repeat(input.session, input.event);
  },
  'POST emit': (control, body) => {
    const input = parse(z.strictObject({ session, event }), body);
    return control.emit(input.session, input.event);
  },
  'POST terminate': (control, body) => {
    const input = parse(z.strictObject({ session, error: z.looseObject({}).optional() }), body);
    control.terminate(input.session, input.error);
  },
  'POST archive': (control, body) => control.archive(parse(z.strictObject({ session }), body).session),
  'POST remove': (control, body) => control.remove(parse(z.strictObject({ session }), body).session),
  'POST webhooks': (control, body) => control.webhooks(body === undefined ? null : parse(webhook, body)),
  'POST seed': (control, body) => {
    const input = parse(
      z.strictObject({ agent: z.looseObject({}).optional(), environment: z.looseObject({}).optional() }),
      body,
    );
    return control.seed(input.agent, input.environment);
  },
  'GET sessions': (control) => control.sessions(),
  'GET calls': (control) => control.calls(),
  'GET keywords': () => keywords,
  'POST until': async (control, body) => {
    const wanted = parse(condition, body);
    await control.until(() => holds(control, wanted), wanted.timeoutMs);
  },
};

function holds(control: AgentsControl, wanted: z.infer<typeof condition>): boolean {
  const views = wanted.session === undefined ? control.sessions() : [control.session(wanted.session)];
  return views.some((view) => {
    if (!view || (wanted.status !== undefined && view.status !== wanted.status)) return false;
    const found = view.events.filter((one) => one.type === wanted.type && one.processed_at !== null);
    return wanted.type === undefined || found.length >= (wanted.count ?? 1);
  });
}

const LOOPBACK = /^(?:https?:\/\/)?(?:127\.0\.0\.1|localhost|\[::1\])(?::\d+)?$/;

/** Answers a control request. */
export async function answerControl(
  control: AgentsControl,
  request: IncomingMessage,
  response: ServerResponse,
  readBody: (request: IncomingMessage) => Promise<Buffer>,
): Promise<void> {
  const name = (request.url ?? '').split('?')[0]?.replace(/^\/__emu\/?/, '') ?? '';
  try {
    checkCaller(request);
    const act = acts[`${request.method ?? 'GET'} ${name}`];
    if (!act) throw new Problem(404, `Known: ${Object.keys(acts).join(', ')}`);
    const raw = await readBody(request);
    const body: unknown = raw.length > 0 ? JSON.parse(raw.toString('utf8')) : undefined;
    write(response, 200, (await act(control, body)) ?? { ok: true });
  } catch (error) {
    const status = error instanceof Problem ? error.status : 400;
    write(response, status, { error: error instanceof Error ? error.message : String(error) });
  }
}

function checkCaller(request: IncomingMessage): void {
  const { origin, host } = request.headers;
  const allowed = LOOPBACK.test(host ?? '') && (origin === undefined || LOOPBACK.test(origin));
  if (!allowed) throw new Problem(403, 'The control plane answers only on this machine');
}

function write(response: ServerResponse, status: number, body: unknown): void {
  const bytes = Buffer.from(JSON.stringify(body as Json));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': String(bytes.length) });
  response.end(bytes);
}
