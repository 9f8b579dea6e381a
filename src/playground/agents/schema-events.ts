/** The events a client may send, block by block. */
import { z } from 'zod';

const text = z.strictObject({ type: z.literal('text'), text: z.string() });
const imageSource = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('base64'), data: z.string(), media_type: z.string() }),
  z.strictObject({ type: z.literal('url'), url: z.string() }),
  z.strictObject({ type: z.literal('file'), file_id: z.string() }),
]);
const documentSource = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('base64'), data: z.string(), media_type: z.string() }),
  z.strictObject({ type: z.literal('url'), url: z.string() }),
  z.strictObject({ type: z.literal('file'), file_id: z.string() }),
  z.strictObject({ type: z.literal('text'), data: z.string(), media_type: z.string() }),
]);
const image = z.strictObject({ type: z.literal('image'), source: imageSource });
const document = z.strictObject({
  type: z.literal('document'),
  source: documentSource,
  title: z.string().nullish(),
  context: z.string().nullish(),
});
const searchResult = z.looseObject({ type: z.literal('search_result') });

const content = z.array(z.discriminatedUnion('type', [text, image, document])).min(1);
const resultContent = z.array(z.discriminatedUnion('type', [text, image, document, searchResult]));

const outcomeRubric = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('text'), content: z.string().max(262_144) }),
  z.strictObject({ type: z.literal('file'), file_id: z.string() }),
]);

export const userMessage = z.strictObject({ type: z.literal('user.message'), content });
export const defineOutcome = z.strictObject({
  type: z.literal('user.define_outcome'),
  description: z.string().min(1),
  rubric: outcomeRubric,
  max_iterations: z.number().int().min(1).max(20).nullish(),
});

export const sendable = z.discriminatedUnion('type', [
  userMessage,
  defineOutcome,
  z.strictObject({ type: z.literal('user.interrupt'), session_thread_id: z.string().nullish() }),
  z.strictObject({
    type: z.literal('user.tool_confirmation'),
    tool_use_id: z.string(),
    result: z.enum(['allow', 'deny']),
    deny_message: z.string().nullish(),
  }),
  z.strictObject({
    type: z.literal('user.custom_tool_result'),
    custom_tool_use_id: z.string(),
    content: resultContent.nullish(),
    is_error: z.boolean().nullish(),
  }),
  z.strictObject({
    type: z.literal('user.tool_result'),
    tool_use_id: z.string(),
    content: resultContent.nullish(),
    is_error: z.boolean().nullish(),
  }),
  z.strictObject({ type: z.literal('system.message'), content: z.array(text).min(1).max(1000) }),
]);

export type Sendable = z.infer<typeof sendable>;
export const sendBody = z.strictObject({
  events: z.array(sendable).min(1, 'at least one event is required'),
});
