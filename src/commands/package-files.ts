import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { FatalError } from '../core/errors.ts';

/** The package's own folder: the nearest one above this file that has a manifest, in a clone or installed. */
export function packageFolder(): string {
  for (let folder = dirname(fileURLToPath(import.meta.url)); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'package.json'))) return folder;
    if (folder === dirname(folder))
      throw new FatalError('the installation is incomplete: no package.json found');
  }
}

export const packageFile = (...path: string[]): string => join(packageFolder(), ...path);
