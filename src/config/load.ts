import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigError, messageOf } from '../core/errors.ts';
import { parseYaml } from '../core/yaml.ts';
import { absoluteFiles } from './files.ts';
import { type Config, configSchema } from './schema.ts';
import { resolveSecrets } from './secrets.ts';

export interface LoadedConfig {
  readonly config: Config;
  /** Folder of the file: paths in it are relative to this one. */
  readonly folder: string;
}

/** @throws ConfigError with every fault found: key, value, what is allowed, file and line. */
export function loadConfig(
  path: string,
  environment: Readonly<Record<string, string | undefined>>,
): LoadedConfig {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`the configuration can't be read: ${messageOf(error)}`, {
      where: path,
      cause: error,
    });
  }
  const folder = dirname(resolve(path));
  return { config: parseConfig(text, path, folder, environment), folder };
}

export function parseConfig(
  text: string,
  path: string,
  folder: string,
  environment: Readonly<Record<string, string | undefined>>,
): Config {
  const config = parseYaml(text, path, configSchema, (tree) => resolveSecrets(tree, { folder, environment }));
  return absoluteFiles(config, folder);
}
