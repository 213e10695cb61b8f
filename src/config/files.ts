import { resolve } from 'node:path';

/**
 * The tree with every relative path under a key that ends in `_file` made absolute, from the folder of the
 * configuration: where the agent was started from must not matter.
 */
export function absoluteFiles<Tree>(tree: Tree, folder: string): Tree {
  return visit(tree, folder) as Tree;
}

function visit(node: unknown, folder: string): unknown {
  if (Array.isArray(node)) return node.map((item) => visit(item, folder));
  if (node === null || typeof node !== 'object') return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) => [
      key,
      key.endsWith('_file') && typeof value === 'string' ? resolve(folder, value) : visit(value, folder),
    ]),
  );
}
