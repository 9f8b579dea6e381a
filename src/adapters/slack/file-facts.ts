/** What Slack's messages say of their files. */
import type { FileFact } from '../../core/event.ts';
import { number, objects, text, type Fields } from './fields.ts';

/** The files of a message, where anything can be said of them. */
export function fileFacts(message: Fields | undefined): readonly FileFact[] {
  return objects(message, 'files')
    .map(fileFact)
    .filter((file) => file !== undefined);
}

/** In shared channels a file may come as nothing but its id (`file_access: check_file_info`). */
function fileFact(file: Fields): FileFact | undefined {
  const id = text(file, 'id');
  if (id === undefined) return undefined;
  return {
    id,
    name: text(file, 'name') ?? text(file, 'title') ?? id,
    mimetype: text(file, 'mimetype') ?? 'application/octet-stream',
    size: Math.max(0, number(file, 'size') ?? 0),
  };
}
