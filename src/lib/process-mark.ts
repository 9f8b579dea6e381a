/** Telling a running process from a later one that was given the same id. */
import { readFileSync } from 'node:fs';

/**
 * What tells a process from a later one with the same id: start time in clock ticks, field 22 of
 * `/proc/<pid>/stat` (proc(5)). Empty where there is no `/proc` (macOS): the id alone then has to do.
 * A process that ended and that nobody has waited for (state `Z`) counts as dead.
 */
function startTime(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state = '', ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? 'dead' : (rest[18] ?? '');
  } catch {
    return '';
  }
}

/** Whether a process still lives, by what {@link processMark} said of it. */
export function isAlive(mark: string): boolean {
  const [id, started = ''] = mark.split(' ');
  const pid = Number(id);
  if (!Number.isInteger(pid) || pid <= 0 || started === 'dead') return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false;
  }
  return startTime(pid) === started;
}

/** Names a running process so that a later one with the same id is not taken for it. */
export function processMark(pid: number): string {
  return `${pid} ${startTime(pid)}`;
}
