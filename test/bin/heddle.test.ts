/** The product's own process, from outside: what it answers before anything is connected. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { ensureBuilt } from '../../bin/lib/ensure.js';
import { root } from '../architecture-scan.ts';

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'heddle bin '));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** Runs a script with nothing in its environment but what is given, in a directory of its own. */
function run(
  script: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv = {},
  cwd = temporary(),
): Promise<Ended> {
  return new Promise((resolve) => {
    const options = { cwd, env: { PATH: process.env['PATH'], ...env }, timeout: 60_000 };
    execFile(process.execPath, [script, ...args], options, (error, out, err) => {
      resolve({ code: error === null ? 0 : Number(error.code), out, err });
    });
  });
}

const heddle = join(root, 'bin/heddle.js');
const slack = { SLACK_BOT_TOKEN: 'xoxb-1-test', SLACK_APP_TOKEN: 'xapp-1-test' };

describe('node bin/heddle.js', () => {
  beforeAll(() => ensureBuilt());

  it.each(['--help', '-h', 'help'])('%s lists the commands', async (flag) => {
    const { code, out, err } = await run(heddle, [flag]);
    expect([code, err]).toEqual([0, '']);
    for (const command of ['start', 'playground', 'setup', 'doctor', 'bench'])
      expect(out).toContain(`  ${command} `);
  });

  it('--version is that of package.json', async () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    expect(await run(heddle, ['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  });

  it('an unknown command is named, and exits 64', async () => {
    const { code, out, err } = await run(heddle, ['strat']);
    expect([code, out]).toEqual([64, '']);
    expect(err).toContain('There is no command "strat".');
    expect((await run(heddle, [])).code).toBe(64);
    expect((await run(heddle, ['toString'])).code).toBe(64);
    expect((await run(heddle, ['start', '--fast'])).code).toBe(64);
  });

  it('bench does not guess: an unknown scenario or option exits 64 and starts nothing', async () => {
    for (const args of [['sprint'], ['start', '--fast']]) {
      const { code, out, err } = await run(heddle, ['bench', ...args]);
      expect([code, out]).toEqual([64, '']);
      expect(err).toContain('is not understood here; scenarios are overhead, reply,');
    }
  });

  it('start without Slack credentials exits 78, one sentence a problem, nothing on stdout', async () => {
    const { code, out, err } = await run(heddle, ['start']);
    expect([code, out]).toEqual([78, '']);
    expect(
      err
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]),
    ).toEqual(['SLACK_BOT_TOKEN', 'ANTHROPIC_API_KEY', 'HEDDLE_AGENT_ID', 'HEDDLE_ENVIRONMENT_ID']);
  });

  it('doctor says what it found also where nobody answers', async () => {
    const nobody = 'http://127.0.0.1:9/';
    const { code, out } = await run(heddle, ['doctor'], {
      ...slack,
      SLACK_API_URL: nobody,
      ANTHROPIC_BASE_URL: nobody,
      ANTHROPIC_API_KEY: 'sk-ant-test',
    });
    expect(out).toMatch(/problem +slack: Slack cannot be reached/);
    expect(out).toMatch(/problem +anthropic: the Anthropic API cannot be reached/);
    expect(code).toBe(1);
  });

  it('the playground refuses a wrong setting too', async () => {
    const { code, err } = await run(heddle, ['playground'], { PORT: 'x', HEDDLE_IDLE_TIMEOUT: 'y' });
    expect(code).toBe(78);
    expect(err.trim().split('\n')).toHaveLength(2);
  });

  it('.env of the current directory is read, and the environment stands above it', async () => {
    const cwd = temporary();
    writeFileSync(join(cwd, '.env'), 'SLACK_BOT_TOKEN=xoxp-wrong\nPORT=wrong # not a port\n');
    const { err } = await run(heddle, ['start'], { ...slack, LOG_LEVEL: 'loud' }, cwd);
    expect(err).toMatch(/^PORT is not a port/m);
    expect(err).toMatch(/^LOG_LEVEL is none/m);
    expect(err).not.toContain('SLACK_BOT_TOKEN');
  });
});

describe('npm start', () => {
  it('does not open the playground where a part of the Slack credentials is set', async () => {
    await ensureBuilt();
    const { code, err } = await run(join(root, 'bin/start.js'), [], { SLACK_APP_TOKEN: 'xapp-1-test' });
    expect(code).toBe(78);
    expect(err).toContain('SLACK_BOT_TOKEN is not set, but SLACK_APP_TOKEN is');
  });
});

describe('a checkout that is not built', () => {
  it('bin/heddle.js says what to run, and exits 78', async () => {
    const { code, err } = await run(join(checkout(), 'bin/heddle.js'), ['--version']);
    expect(code).toBe(78);
    expect(err).toMatch(/not built yet\. Run `npm start`/);
  });

  it('is built once, by whoever comes first, wherever it lies and from wherever it is started', async () => {
    const copy = checkout();
    const script = join(copy, 'bin/run.js');
    const ended = await Promise.all([1, 2, 3].map(() => run(script, ['--version'])));
    expect(ended.map(({ code, out }) => [code, out])).toEqual([1, 2, 3].map(() => [0, '0.1.0\n']));
    expect(ended.filter(({ err }) => err.includes('heddle: building'))).toHaveLength(1);
    expect((await run(script, ['--version'])).err).toBe('');
    writeFileSync(join(copy, 'src/lib/extra.ts'), 'export const extra = 1;\n');
    expect((await run(script, ['--version'])).err).toBe('heddle: building\n');
  });

  /** A copy without dist/, in a directory with blanks in its name. The packages are the ones that are here. */
  function checkout(): string {
    const copy = join(temporary(), 'a checkout');
    const names = ['bin', 'src', 'package.json', 'package-lock.json', 'tsconfig.json'];
    for (const name of names) cpSync(join(root, name), join(copy, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'), 'dir');
    return copy;
  }
});
