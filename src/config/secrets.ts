import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { ConfigError, messageOf } from '../core/errors.ts';

/**
 * Replaces every `{ from_env: NAME }` and `{ from_file: PATH }` in a configuration tree by the text it names, so
 * that no secret need stand in the file itself. Paths are relative to `folder`.
 *
 * @throws ConfigError naming the key and the variable or file, never the value.
 */
export function resolveSecrets(
  tree: unknown,
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
  path: readonly (string | number)[] = [],
): unknown {
  if (Array.isArray(tree))
    return tree.map((item, i) => resolveSecrets(item, folder, environment, [...path, i]));
  if (tree === null || typeof tree !== 'object') return tree;
  const entries = Object.entries(tree);
  const [only, second] = entries;
  if (only && !second && only[0] === 'from_env') return fromEnvironment(String(only[1]), environment, path);
  if (only && !second && only[0] === 'from_file') return fromFile(resolve(folder, String(only[1])), path);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, resolveSecrets(value, folder, environment, [...path, key])]),
  );
}

function fromEnvironment(
  name: string,
  environment: Readonly<Record<string, string | undefined>>,
  path: readonly (string | number)[],
): string {
  const value = environment[name];
  if (value) return value;
  throw new ConfigError(`the environment variable ${name} is not set`, { where: path.join('.') });
}

function fromFile(file: string, path: readonly (string | number)[]): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ConfigError(`the file ${file} can't be read: ${messageOf(error)}`, { where: path.join('.') });
  }
}
