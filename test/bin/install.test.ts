import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isInstalled } from '../../bin/lib/install.js';

type Packages = Record<string, object>;

const wanted: Packages = {
  '': { name: 'heddle' },
  'node_modules/a': { version: '1.0.0', integrity: 'sha512-a' },
  'node_modules/tool': { version: '2.0.0', integrity: 'sha512-t', dev: true },
  'node_modules/native-here': {
    version: '1.0.0',
    optional: true,
    os: [process.platform],
    cpu: [process.arch],
  },
  'node_modules/native-there': { version: '1.0.0', optional: true, os: ['other'], cpu: [process.arch] },
};

function check(present: Packages | undefined, dev = true): boolean {
  const directory = mkdtempSync(join(tmpdir(), 'heddle install '));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const lockfile = join(directory, 'package-lock.json');
  const installed = join(directory, '.package-lock.json');
  writeFileSync(lockfile, JSON.stringify({ packages: wanted }));
  if (present) writeFileSync(installed, JSON.stringify({ packages: present }));
  return isInstalled({ dev, lockfile, installed });
}

function all(): Packages {
  const { 'node_modules/native-there': _, ...rest } = wanted;
  return rest;
}

describe('isInstalled', () => {
  it('is true where everything is there that this machine needs', () => {
    expect(check(all())).toBe(true);
  });

  it('is false where nothing was installed, or not to its end', () => {
    expect(check(undefined)).toBe(false);
  });

  it.each(['node_modules/a', 'node_modules/tool', 'node_modules/native-here'])(
    'is false without %s',
    (name) => {
      const { [name]: _, ...rest } = all();
      expect(check(rest)).toBe(false);
    },
  );

  it('is false where a version or a checksum differs', () => {
    expect(check({ ...all(), 'node_modules/a': { version: '1.0.1', integrity: 'sha512-a' } })).toBe(false);
    expect(check({ ...all(), 'node_modules/a': { version: '1.0.0', integrity: 'sha512-b' } })).toBe(false);
  });

  it('to run, the tools are not needed', () => {
    const { 'node_modules/tool': _, ...rest } = all();
    expect(check(rest, false)).toBe(true);
  });
});
