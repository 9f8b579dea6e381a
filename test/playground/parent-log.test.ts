/** What the playground's parent writes at which level. */
import { expect, it } from 'vitest';
import { createParentLog } from '../../src/playground/parent-log.ts';

it.each([
  [undefined, ['bot starting', 'ready', 'the bot ended by itself']],
  ['debug', ['bot starting', 'ready', 'the bot ended by itself']],
  ['warn', ['ready', 'the bot ended by itself']],
  ['fatal', ['ready']],
  ['silent', []],
])('at LOG_LEVEL %s', (least, expected) => {
  const lines: string[] = [];
  const log = createParentLog(
    (line) => lines.push(line),
    () => 0,
    least,
  );
  log.write('info', 'bot starting');
  log.write('info', 'ready');
  log.write('warn', 'the bot ended by itself');
  expect(lines.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(expected);
});
