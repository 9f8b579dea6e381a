/**
 * The page's own files: html, style sheets and pictures as they are, and the compiled browser code.
 * Only plain names in two known directories are ever opened.
 */
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';

export interface StaticDirs {
  /** Holds `index.html`, style sheets and pictures. */
  readonly assets: string;
  /** Holds `main.js` and what it imports. */
  readonly client: string;
}

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  svg: 'image/svg+xml',
};

/** Answers with a file, or returns false where the path names none. */
export async function answerStatic(
  dirs: StaticDirs,
  path: string,
  response: ServerResponse,
): Promise<boolean> {
  const file = fileOf(dirs, path);
  if (file === null) return false;
  let content: Buffer;
  try {
    content = await readFile(file.path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  response.writeHead(200, { 'content-type': types[file.ending], 'content-length': content.byteLength });
  response.end(content);
  return true;
}

function fileOf(dirs: StaticDirs, path: string): { path: string; ending: string } | null {
  if (path === '/') return { path: join(dirs.assets, 'index.html'), ending: 'html' };
  const found = /^\/(assets|client)\/([a-z][\w-]*)\.(css|js|svg)$/.exec(path);
  if (found === null) return null;
  const [, where, name, ending = ''] = found;
  if ((where === 'client') !== (ending === 'js')) return null;
  return { path: join(where === 'client' ? dirs.client : dirs.assets, `${name}.${ending}`), ending };
}
