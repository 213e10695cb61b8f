import { z } from 'zod';

/** What is used of JSON Schema here. */
interface Node {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly additionalProperties?: Node | boolean;
  readonly items?: Node;
  readonly anyOf?: readonly Node[];
  readonly oneOf?: readonly Node[];
  readonly allOf?: readonly Node[];
  readonly const?: unknown;
  readonly $defs?: Readonly<Record<string, Node>>;
}

/**
 * The keys that a schema knows at a place of a document. Of alternatives told apart by a constant (`type: mqtt`), only
 * those count that the document chose.
 */
export function knownKeys(schema: z.ZodType, document: unknown, path: readonly PropertyKey[]): string[] {
  const root = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as Node;
  let nodes = alternatives(root, root, document);
  let value = document;
  for (const key of path) {
    value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
    const inner = nodes.flatMap((node) => child(node, key));
    nodes = inner.flatMap((node) => alternatives(node, root, value));
  }
  return [...new Set(nodes.flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

function child(node: Node, key: PropertyKey): Node[] {
  if (typeof key === 'number') return node.items ? [node.items] : [];
  const named = node.properties?.[String(key)];
  if (named) return [named];
  return typeof node.additionalProperties === 'object' ? [node.additionalProperties] : [];
}

function alternatives(node: Node, root: Node, value: unknown): Node[] {
  if (node.$ref) {
    const target = root.$defs?.[node.$ref.replace('#/$defs/', '')];
    return target ? alternatives(target, root, value) : [];
  }
  const branches = node.oneOf ?? node.anyOf ?? node.allOf;
  if (!branches) return [node];
  return branches
    .flatMap((branch) => alternatives(branch, root, value))
    .filter((branch) => fits(branch, value));
}

/** Whether every constant of the alternative stands in the document. */
function fits({ properties }: Node, value: unknown): boolean {
  return Object.entries(properties ?? {}).every(
    ([key, { const: constant }]) =>
      constant === undefined || (value as Record<string, unknown> | undefined)?.[key] === constant,
  );
}
