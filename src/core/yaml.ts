import { type Document, isMap, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigError, messageOf } from './errors.ts';
import { nearest } from './nearest.ts';
import { knownKeys } from './schema-keys.ts';

/** Something wrong at a place of a document. */
export interface Fault {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

/** A document made ready for its schema, with what went wrong on the way. */
export interface Prepared {
  readonly tree: unknown;
  readonly faults: readonly Fault[];
}

/**
 * A YAML text as its schema has it, with defaults filled in.
 *
 * @param prepare runs between reading and checking, e.g. to put secrets in their place.
 * @throws ConfigError with every fault found: file, line, key, and what is allowed.
 */
export function parseYaml<Schema extends z.ZodType>(
  text: string,
  file: string,
  schema: Schema,
  prepare: (tree: unknown) => Prepared = (tree) => ({ tree, faults: [] }),
): z.output<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, logLevel: 'error' });
  const [fault] = document.errors;
  if (fault) throw new ConfigError(fault.message, { where: file });
  const { tree, faults } = prepare(plainValue(document, file));
  const result = schema.safeParse(tree);
  if (result.success && faults.length === 0) return result.data;
  const found = [
    ...faults,
    ...(result.error?.issues ?? []).flatMap((issue) => faultsOf(issue, schema, tree)),
  ];
  const told = found
    .map(({ path, message }) => ({ line: lineOf(document, lines, path), path, message }))
    .sort((a, b) => a.line - b.line)
    .map(({ line, path, message }) => {
      const key = path.map(String).join('.');
      return `line ${line}${key ? `, ${key}` : ''}: ${message}`;
    });
  throw new ConfigError(told.join('\n  '), { where: file });
}

/** @throws ConfigError for aliases that expand without measure, as in the attack called a billion laughs. */
function plainValue(document: Document, file: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ConfigError(messageOf(error), { where: file, cause: error });
  }
}

/** An unknown key is a fault of that key, not of the map around it. */
function faultsOf(issue: z.core.$ZodIssue, schema: z.ZodType, tree: unknown): Fault[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
  const allowed = knownKeys(schema, tree, issue.path);
  return issue.keys.map((key) => {
    const meant = nearest(key, allowed);
    const hint = meant ? `; did you mean "${meant}"?` : '';
    return { path: [...issue.path, key], message: `unknown key${hint} (allowed: ${allowed.join(', ')})` };
  });
}

/** Line of the key, or else of the deepest part of `path` that the document has. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const key = depth > 0 ? keyNode(document, path.slice(0, depth)) : undefined;
    const node = key ?? document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

function keyNode(document: Document, path: readonly PropertyKey[]): unknown {
  const parent = document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  const last = String(path.at(-1));
  return parent.items.find(({ key }) => String(key) === last)?.key;
}
