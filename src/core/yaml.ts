import { type Document, isNode, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { ConfigError } from './errors.ts';

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
  prepare: (tree: unknown) => unknown = (tree) => tree,
): z.output<Schema> {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const [fault] = document.errors;
  if (fault) throw new ConfigError(fault.message, { where: file });
  const result = schema.safeParse(prepare(document.toJS()));
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    const key = issue.path.map(String).join('.');
    return `line ${lineOf(document, lines, issue.path)}${key ? `, ${key}` : ''}: ${issue.message}`;
  });
  throw new ConfigError(faults.join('\n  '), { where: file });
}

/** Line of the deepest part of `path` that the document has: a missing key is reported at its parent. */
function lineOf(document: Document, lines: LineCounter, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth >= 0; depth--) {
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
