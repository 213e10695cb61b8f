import { spawnSync } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';

/**
 * A Python that has asyncua, the OPC UA stack of another make: the system's own, or a virtual environment of the
 * tests, made once. `undefined` where neither is to be had; with `CI=true` that is a failure.
 */
export function pythonWithAsyncua(): string | undefined {
  if (works('python3')) return 'python3';
  const folder = resolve('node_modules/.cache/asyncua');
  const python = join(folder, 'bin', 'python');
  if (works(python)) return python;
  // Two test files may come here at once: each makes its own, and the first to be done gives it its name.
  const draft = `${folder}-${process.pid}`;
  const made =
    spawnSync('python3', ['-m', 'venv', draft]).status === 0 &&
    spawnSync(join(draft, 'bin', 'python'), ['-m', 'pip', 'install', '--quiet', '--timeout', '10', 'asyncua'])
      .status === 0;
  if (made && !existsSync(folder)) renameSync(draft, folder);
  rmSync(draft, { recursive: true, force: true });
  if (works(python)) return python;
  if (process.env['CI'] === 'true') throw new Error("Python's asyncua can't be installed");
  return undefined;
}

const works = (program: string): boolean => spawnSync(program, ['-c', 'import asyncua']).status === 0;
