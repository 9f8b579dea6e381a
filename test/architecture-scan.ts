/**
 * Reads source files just well enough to judge them: which modules a file names, and its text without
 * comments and strings. TypeScript 7 has no compiler API to ask.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url)).replace(/[\\/]$/, '');

export interface Import {
  /** The module as written. */
  readonly from: string;
  /** Path below the checkout, for a file of ours. */
  readonly file: string | undefined;
  /** Nothing of it is left at run time. */
  readonly isType: boolean;
  /** `import()`. */
  readonly isDynamic: boolean;
}

export interface Source {
  /** Path below the checkout, with slashes. */
  readonly path: string;
  readonly lines: number;
  /** Without comments; strings are there, but empty. */
  readonly code: string;
  readonly imports: readonly Import[];
}

/** All source files below some directories of the checkout. */
export function sources(...directories: readonly string[]): Source[] {
  return directories
    .flatMap((directory) => readdirSync(join(root, directory), { withFileTypes: true, recursive: true }))
    .filter((entry) => entry.isFile() && /\.(ts|js)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => parse(relative(root, file).replaceAll('\\', '/'), readFileSync(file, 'utf8')));
}

/** One file, for tests of the scanner as well. */
export function parse(path: string, text: string): Source {
  const { code, statements } = strip(text);
  return {
    path,
    lines: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    code,
    imports: importsOf(path, statements),
  };
}

const importForms =
  /\b(?:import|export)\s+(?<type>type\s)?\s*(?<names>(?:[\w$*,\s]|\{[^}]*\})*?)\s*from\s*(?<q1>['"])(?<static>[^'"]+)\k<q1>|\bimport\s*(?<q2>['"])(?<bare>[^'"]+)\k<q2>|\bimport\s*\(\s*(?<q3>['"])(?<dynamic>[^'"]+)\k<q3>/g;

function importsOf(path: string, text: string): Import[] {
  return [...text.matchAll(importForms)].map(({ groups = {} }) => {
    const from = groups['static'] ?? groups['bare'] ?? groups['dynamic'] ?? '';
    return {
      from,
      file: from.startsWith('.') ? posix.join(dirname(path), from) : undefined,
      isType: groups['type'] !== undefined || namesOnlyTypes(groups['names']),
      isDynamic: groups['dynamic'] !== undefined,
    };
  });
}

/** `import { type A, type B } from` leaves nothing behind either, for whoever reads it. */
function namesOnlyTypes(names = ''): boolean {
  const inner = /^\{([^}]*)\}$/.exec(names.trim())?.[1];
  if (inner === undefined) return false;
  const parts = inner.split(',').filter((part) => part.trim() !== '');
  return parts.length > 0 && parts.every((part) => part.trim().startsWith('type '));
}

interface Stripped {
  /** Neither comments nor what stands in strings. */
  readonly code: string;
  /** The same, with the names of modules. */
  readonly statements: string;
}

/** What may stand before a slash that begins a regular expression rather than divides. */
const beforeRegex = /(?:^|[=(,:[!&|?{};+\-*%~^<>]|\b(?:return|typeof|case|in|of|yield|await))\s*$/;

/** What stands before the name of a module. */
const beforeModule = /\b(?:from|import)\s*\(?\s*$/;

/** Walks over the text once. Line ends stay, so that positions can be told. */
function strip(text: string): Stripped {
  let code = '';
  let statements = '';
  const open: number[] = [];
  let at = 0;
  const take = (end: number, kept: string, named = kept): void => {
    code += kept;
    statements += named;
    at = end;
  };
  const drop = (end: number): void => {
    const lineEnds = text.slice(at, end).replaceAll(/[^\n]/g, '');
    code += lineEnds;
    statements += lineEnds;
    at = end;
  };
  while (at < text.length) {
    const two = text.slice(at, at + 2);
    const one = text[at] ?? '';
    if (two === '//') drop(endOf(text, /\n|$/g, at));
    else if (two === '/*') drop(endOf(text, /\*\//g, at + 2, true));
    else if (one === "'" || one === '"') {
      const end = quotedEnd(text, at);
      const empty = `${one}${one}`;
      take(end, empty, beforeModule.test(code.slice(-30)) ? text.slice(at, end) : empty);
    } else if (one === '`' || (one === '}' && open.at(-1) === 0)) {
      if (one === '}') open.pop();
      const end = templateEnd(text, at + 1);
      if (text[end - 1] === '{') open.push(0);
      take(end, '`');
    } else if (one === '/' && beforeRegex.test(code.slice(-30))) take(regexEnd(text, at), '/./');
    else {
      if (open.length > 0 && one === '{') open[open.length - 1] = (open.at(-1) ?? 0) + 1;
      if (open.length > 0 && one === '}') open[open.length - 1] = (open.at(-1) ?? 0) - 1;
      take(at + 1, one);
    }
  }
  return { code, statements };
}

function endOf(text: string, what: RegExp, from: number, past = false): number {
  what.lastIndex = from;
  const match = what.exec(text);
  if (!match) return text.length;
  return match.index + (past ? match[0].length : 0);
}

function quotedEnd(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== text[from] && text[at] !== '\n') at += text[at] === '\\' ? 2 : 1;
  return at + 1;
}

/** Just past the closing backtick, or past the `${` of what is put in. */
function templateEnd(text: string, from: number): number {
  let at = from;
  while (at < text.length && text[at] !== '`') {
    if (text[at] === '$' && text[at + 1] === '{') return at + 2;
    at += text[at] === '\\' ? 2 : 1;
  }
  return at + 1;
}

function regexEnd(text: string, from: number): number {
  let at = from + 1;
  let isClass = false;
  while (at < text.length && text[at] !== '\n' && (isClass || text[at] !== '/')) {
    if (text[at] === '[') isClass = true;
    if (text[at] === ']') isClass = false;
    at += text[at] === '\\' ? 2 : 1;
  }
  return at + 1;
}
