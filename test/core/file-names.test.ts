/** Names of files, whatever stands in them (N1, N2). */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eachOnce, pathName, shownName } from '../../src/core/file-names.ts';

const bytes = (text: string): number => new TextEncoder().encode(text).length;

describe('a name as it is shown', () => {
  it.each([
    ['report.pdf', 'report.pdf'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\temp\\plan.txt', 'plan.txt'],
    ['photo\u202egnp.exe', 'photognp.exe'],
    ['a\u0000b\r\nc.md', 'a b c.md'],
    ['Entwurf – 日本語.md', 'Entwurf – 日本語.md'],
    ['', 'file'],
    ['..', 'file'],
    ['/', 'file'],
    ['\u200b', 'file'],
  ])('%j is %j', (name, shown) => {
    expect(shownName(name)).toBe(shown);
  });

  it('is one line of at most 200 bytes without anything invisible, and keeps its ending', () => {
    const names = fc.oneof(fc.string({ unit: 'binary', maxLength: 400 }), fc.string({ unit: 'grapheme' }));
    fc.assert(
      fc.property(names, (name) => {
        const shown = shownName(name);
        expect(shown).toMatch(/^[^\p{Cc}\p{Cf}\p{Cs}\p{Co}/\\]+$/u);
        expect(bytes(shown)).toBeLessThanOrEqual(200);
        expect(shownName(shown)).toBe(shown);
      }),
    );
    expect(shownName(`${'ä'.repeat(5_000)}.tar.gz`)).toMatch(/^ä{90,}.*\.gz$/);
  });
});

describe('a name in a path', () => {
  it.each([
    ['a b.txt', 'a_b.txt'],
    ['$(rm -rf ~).sh', 'rm_-rf_.sh'],
    ['-rf', 'rf'],
    ['.bashrc', 'bashrc'],
    ['con', '_con'],
    ['NUL.txt', '_NUL.txt'],
    ['console.log', 'console.log'],
    ['日本語.md', '日本語.md'],
    ['💥', 'file'],
    ['"; drop table', 'drop_table'],
  ])('%j is %j', (name, path) => {
    expect(pathName(name)).toBe(path);
  });

  it('is never empty, hidden, special or long, and holds nothing that a shell reads', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        const path = pathName(name);
        expect(path).toMatch(/^[\p{L}\p{N}\p{M}_][\p{L}\p{N}\p{M}._-]*$/u);
        expect(bytes(path)).toBeLessThanOrEqual(201);
        expect(path).not.toMatch(/^(?:con|prn|aux|nul)(?:\.|$)/i);
      }),
    );
  });
});

describe('names of one message', () => {
  it('are each their own, also where only their case differs', () => {
    expect(eachOnce(['a.txt', 'A.txt', 'a.txt', 'a-2.txt', 'b'])).toEqual([
      'a.txt',
      'A-2.txt',
      'a-3.txt',
      'a-2-2.txt',
      'b',
    ]);
  });
});
