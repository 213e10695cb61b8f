import { spawnSync } from 'node:child_process';

/** Whether a real program is there to test against. With `CI=true` a missing one is a failure, never a skip. */
export function requireProgram(name: string): boolean {
  const found = spawnSync('sh', ['-c', `command -v ${name} || ls /usr/sbin/${name}`]).status === 0;
  if (!found && process.env['CI'] === 'true') throw new Error(`${name} is not installed`);
  return found;
}
