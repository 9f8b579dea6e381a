import type { Method, Slack } from '../call.ts';
import type { Json } from '../records.ts';
import { chatMethods, validateOnly } from './chat.ts';
import { conversationMethods } from './conversations.ts';
import { fileMethods } from './files.ts';
import { peopleMethods } from './people.ts';
import { sessionMethods } from './sessions.ts';
import { streamMethods } from './streams.ts';
import { viewMethods } from './views.ts';

/** Every Web API method this server has; any other is `unknown_method`. */
export const methods: Record<string, Method> = {
  ...chatMethods,
  ...streamMethods,
  ...conversationMethods,
  ...peopleMethods,
  ...sessionMethods,
  ...viewMethods,
  ...fileMethods,
  'blocks.validate': { tier: 4, run: validateOnly },
  'apps.connections.open': { tier: 3, appToken: true, run: openConnection },
};

/** Ten sockets an app at most (docs.slack.dev/apis/events-api/using-socket-mode). */
function openConnection(slack: Slack): Json {
  return { url: slack.sockets.newAddress() };
}
