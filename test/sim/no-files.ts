/** Nobody attaches or writes files here: the calls are there, and find nothing. */
import { PortError } from '../../src/errors.ts';
import type { AgentFiles } from '../../src/ports-files.ts';

const none = (): Promise<never> => Promise.reject(new PortError({ kind: 'refused', code: 'no_files_here' }));

export const noFiles: AgentFiles = {
  upload: none,
  discard: () => Promise.resolve(),
  mount: none,
  outputs: () => Promise.resolve([]),
  openOutput: none,
};
