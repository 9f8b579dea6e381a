import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../architecture-scan.ts';

const lines = readFileSync(join(root, 'Dockerfile'), 'utf8')
  .replaceAll(/\\\n\s*/g, '')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
const ignored = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');

/** What an instruction is given, for each time it stands. */
function given(instruction: string): string[] {
  return lines
    .filter((line) => line.startsWith(`${instruction} `))
    .map((line) => line.slice(instruction.length + 1));
}

/** What is copied from the checkout. */
const copied = given('COPY')
  .filter((args) => !args.startsWith('--from='))
  .flatMap((args) => args.split(' ').slice(0, -1));

describe('the Dockerfile', () => {
  it('copies what is there, and what .dockerignore lets through', () => {
    expect(copied.length).toBeGreaterThan(5);
    for (const name of copied) {
      expect(existsSync(join(root, name)), name).toBe(true);
      expect(ignored).toContain(`!${name}`);
    }
  });

  it('sends nothing to the build by accident: no .env, no lock of an operator', () => {
    expect(ignored[0]).toBe('*');
    expect(ignored.some((line) => /^!\.|heddle|\*/.test(line.slice(1)))).toBe(false);
  });

  it('builds in one stage and runs in another, on the same Node', () => {
    expect(given('FROM')).toEqual(['node:24-slim AS build', 'node:24-slim']);
  });

  it('runs no scripts of packages, and leaves development packages behind', () => {
    for (const command of given('RUN').filter((run) => run.includes('npm ci'))) {
      expect(command).toContain('--ignore-scripts');
    }
    expect(given('RUN').join('\n')).toContain('npm prune --omit=dev');
  });

  it('runs as nobody special, as the product itself, and can be asked how it is', () => {
    expect(given('USER')).toEqual(['node']);
    expect(given('STOPSIGNAL')).toEqual(['SIGTERM']);
    expect(given('CMD')).toEqual(['["node", "bin/heddle.js", "start"]']);
    expect(given('HEALTHCHECK')[0]).toContain('/healthz');
  });
});
