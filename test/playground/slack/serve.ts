import { startSlackServer } from '../../../src/playground/slack/index.ts';

/** A Slack server in a process of its own, for tests that kill it. Its address goes to the parent. */
const server = await startSlackServer({ journal: process.argv[2] ?? '' });
process.send?.({ apiUrl: server.apiUrl, botToken: server.botToken, port: server.port });
