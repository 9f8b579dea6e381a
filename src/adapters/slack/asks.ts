/**
 * Clicks, commands and shortcuts, as Bolt listeners: admitted, then acknowledged, with what there is to say shown
 * to the person alone. Slack does not deliver these again, so what goes wrong is told to the person.
 *
 * Slack waits 3 s. What takes longer is acknowledged before, and its answer follows when it is there.
 */
import type { App } from '@slack/bolt';
import { messageOf } from '../../errors.ts';
import type { IncomingForm, IncomingGlobal } from '../../core/event-forms.ts';
import type { IncomingAction, IncomingCommand, IncomingShortcut } from '../../core/event.ts';
import { shortId } from '../../lib/random.ts';
import { withTimeout } from '../../lib/time.ts';
import type { BotIdentity, Clock, Content, Log, Reply, SlackIntake, SlackPort } from '../../ports.ts';
import type { Form } from '../../ports-forms.ts';
import { sayFailure } from './failures.ts';
import { fieldsOf, text } from './fields.ts';
import { viewOf } from './forms.ts';
import { narrow } from './narrow.ts';
import { isSlackHost } from './hosts.ts';

export interface AsksOptions {
  readonly bot: BotIdentity;
  readonly intake: SlackIntake;
  readonly ephemeral: (call: EphemeralCall) => Promise<void>;
  readonly openForm: SlackPort['openForm'];
  readonly direct: SlackPort['direct'];
  readonly apiUrl: string | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

type EphemeralCall = Parameters<SlackPort['ephemeral']>[0];
type Ask = IncomingAction | IncomingCommand | IncomingShortcut | IncomingForm | IncomingGlobal;
type Ack = (content?: Record<string, unknown>) => Promise<void>;

const ACK_MS = 2_500;
const RESPOND_MS = 4_000;

/** Registers the listeners. `track` is given what goes on after the acknowledgement. */
export function listenForAsks(app: App, options: AsksOptions, track: (work: Promise<void>) => void): void {
  const { bot, clock } = options;

  async function take(body: unknown, ack: Ack): Promise<void> {
    const payload = narrow(body, bot);
    if (payload.is !== 'ask') return ack();
    const ask = payload.incoming as Ask;
    const answered = answer(ask, options);
    const inTime = withTimeout('an answer', ACK_MS, () => answered, undefined, clock).catch(
      () => 'late' as const,
    );
    const reply = await inTime;
    if (reply === 'late') {
      await ack();
      track(answered.then((late) => show(late.content ?? tooLate(late), ask, body, options)));
    } else if (ask.kind === 'form') {
      await ack(formAnswer(reply));
      track(show(reply.content, ask, body, options));
    } else if (ask.kind === 'command' && !reply.form) {
      await (reply.content ? ack(ephemeralBody(reply.content)) : ack());
    } else {
      await ack();
      track(show(await opened(reply, ask, options), ask, body, options));
    }
  }

  app.action(/[^]*/, ({ body, ack }) => take(body, ack as Ack));
  app.command(/[^]*/, ({ body, ack }) => take(body, ack as Ack));
  app.shortcut(/[^]*/, ({ body, ack }) => take(body, ack as Ack));
  app.view(/[^]*/, ({ body, ack }) => take(body, ack as Ack));
}

/** How a sent form goes on (docs.slack.dev/surfaces/modals, "Updating modals", "Displaying errors in views"). */
function formAnswer({ form, errors }: Reply): Record<string, unknown> {
  if (errors) return { response_action: 'errors', errors };
  return form ? { response_action: 'update', view: viewOf(form) } : { response_action: 'clear' };
}

/** Opens the form that is the answer. What is left to say; never rejects. */
async function opened(reply: Reply, ask: Ask, options: AsksOptions): Promise<Content | undefined> {
  if (!reply.form) return reply.content;
  try {
    await openForm(reply.form, ask, options);
    return reply.content;
  } catch (error) {
    options.log.warn({ kind: ask.kind, why: sayFailure(error) }, 'a form could not be opened');
    return NOT_OPENED;
  }
}

async function openForm(form: Form, ask: Ask, { openForm: open }: AsksOptions): Promise<void> {
  const trigger = 'trigger' in ask ? ask.trigger : undefined;
  if (trigger === undefined) throw new Error('nothing that opens a form came with it');
  await open({ team: ask.team, trigger, form });
}

/** Slack gives three seconds to open a form. */
function tooLate({ form, errors }: Reply): Content | undefined {
  return form || errors ? NOT_OPENED : undefined;
}

const NOT_OPENED: Content = {
  text: 'Slack did not open the form in time; nothing was changed. Please try again.',
  blocks: [],
};

/** What it is answered with; never rejects. */
async function answer(ask: Ask, { intake, bot, log }: AsksOptions): Promise<Reply> {
  try {
    return await intake.ask(ask, bot);
  } catch (error) {
    const id = shortId();
    log.error(
      { id, kind: ask.kind, why: messageOf(error) },
      'a click, command, shortcut or form was not taken',
    );
    const text = `That did not go through, and nothing was done. Please try again in a moment. (${id})`;
    return { content: { text, blocks: [] } };
  }
}

function ephemeralBody(content: Content): Record<string, unknown> {
  return {
    response_type: 'ephemeral',
    replace_original: false,
    text: content.text,
    ...(content.blocks.length === 0 ? {} : { blocks: content.blocks }),
  };
}

/**
 * Shows something to the person after the acknowledgement. A command's `response_url` reaches channels that the bot
 * is not in; for a click or shortcut the post stands in the right thread. Each is the other's way out.
 */
async function show(
  content: Content | undefined,
  ask: Ask,
  body: unknown,
  options: AsksOptions,
): Promise<void> {
  if (!content) return;
  const ways = [
    () => options.ephemeral(placed(content, ask)),
    () => respond(content, ask, text(fieldsOf(body), 'response_url'), options),
  ];
  // Where it stands in no channel there is only a direct message.
  if (ask.channel === '') ways.splice(0, 2, () => options.direct({ ...toPerson(ask), content }));
  if (ask.kind === 'command') ways.reverse();
  for (const way of ways) {
    try {
      return await way();
    } catch (error) {
      options.log.warn({ kind: ask.kind, why: sayFailure(error) }, 'an answer could not be shown this way');
    }
  }
}

function toPerson({ team, user }: Ask): { team: string; user: string; priority: 'question' } {
  return { team, user, priority: 'question' };
}

function placed(content: Content, ask: Ask): EphemeralCall {
  const threadTs = 'threadTs' in ask ? ask.threadTs : undefined;
  const { team, channel, user } = ask;
  const base = { team, channel, user, content, priority: 'question' } as const;
  return threadTs === undefined ? base : { ...base, threadTs };
}

/** A `response_url` is a key: it is followed to Slack's own host alone, and nowhere else from there. */
async function respond(
  content: Content,
  ask: Ask,
  url: string | undefined,
  options: AsksOptions,
): Promise<void> {
  if (url === undefined || !isSlackHost(url, 'hooks.slack.com', options.apiUrl)) {
    throw new Error('no response_url of Slack');
  }
  const thread = 'threadTs' in ask && ask.threadTs !== undefined ? { thread_ts: ask.threadTs } : {};
  const post = (signal: AbortSignal): Promise<Response> =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...ephemeralBody(content), ...thread }),
      redirect: 'error',
      signal,
    });
  const response = await withTimeout('response_url', RESPOND_MS, post, undefined, options.clock);
  await response.body?.cancel();
  if (!response.ok) throw new Error(`response_url answered ${response.status}`);
}
