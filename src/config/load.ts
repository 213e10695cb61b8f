import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigError, messageOf } from '../core/errors.ts';
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
  return parseYaml(text, path, configSchema, (tree) => resolveSecrets(tree, folder, environment));
}

/** Any YAML document against any schema, with faults located in the file. */
export function parseYaml<Schema extends z.ZodType>(
  text: string,
  path: string,
  schema: Schema,
  prepare: (tree: unknown) => unknown = (tree) => tree,
): z.infer<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: true });
  const [fault] = document.errors;
  if (fault) throw new ConfigError(fault.message, { where: path });
  const result = schema.safeParse(prepare(document.toJS()));
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    const key = issue.path.map(String).join('.');
    return `line ${lineOf(document, lines, issue.path)}${key ? `, ${key}` : ''}: ${issue.message}`;
  });
  throw new ConfigError(faults.join('\n  '), { where: path });
}

/** Line of the deepest part of `path` that the document has: a missing key is reported at its parent. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
