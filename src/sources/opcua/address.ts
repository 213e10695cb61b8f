import { ConfigError } from '../../core/errors.ts';

/**
 * Where a tag lies, as configured: by namespace URI, because the index of a namespace may change at every restart
 * of the server.
 */
export type NodeAddress =
  | { readonly kind: 'id'; readonly namespace: Namespace /** e.g. `s=Gap` */; readonly identifier: string }
  | { readonly kind: 'path'; readonly segments: readonly PathSegment[] };

/** A URI, or an index for servers whose order of namespaces is known never to change. */
export type Namespace = { readonly uri: string } | { readonly index: number };

export interface PathSegment {
  readonly namespace: Namespace;
  readonly name: string;
}

const standard: Namespace = { index: 0 };

/**
 * `nsu=URI;s=Gap`, `ns=2;i=7`, `i=2258`, or a browse path from the root, `/Objects/nsu=URI;Coater/nsu=URI;Gap`.
 *
 * @throws ConfigError for any other text, at `where`.
 */
export function parseAddress(text: string, where: string): NodeAddress {
  if (text.startsWith('/')) return { kind: 'path', segments: parsePath(text, where) };
  const match = /^(?:nsu=([^;]+);|ns=(\d+);)?([isgb]=.+)$/.exec(text);
  if (!match?.[3]) {
    throw new ConfigError(`"${text}" is not the address of a node`, {
      where,
      allowed: 'nsu=URI;s=NAME, ns=INDEX;i=NUMBER, or a path such as /Objects/nsu=URI;NAME',
    });
  }
  return { kind: 'id', namespace: namespaceOf(match[1], match[2]), identifier: match[3] };
}

function parsePath(text: string, where: string): PathSegment[] {
  // A URI has slashes of its own: a segment ends at the first one behind its name.
  const segment = /\/(?:nsu=([^;]+);|(\d+):)?([^/]+)/gy;
  const segments: PathSegment[] = [];
  let end = 0;
  for (let match = segment.exec(text); match; match = segment.exec(text)) {
    segments.push({ namespace: namespaceOf(match[1], match[2]), name: match[3] as string });
    end = segment.lastIndex;
  }
  if (end !== text.length) throw new ConfigError(`"${text}" has an empty step`, { where });
  return segments;
}

function namespaceOf(uri: string | undefined, index: string | undefined): Namespace {
  if (uri !== undefined) return { uri };
  return index === undefined ? standard : { index: Number(index) };
}

/** Index of a namespace at the server as it is now; undefined where the server does not have it. */
export function namespaceIndex(namespace: Namespace, namespaces: readonly string[]): number | undefined {
  if ('index' in namespace) return namespace.index < namespaces.length ? namespace.index : undefined;
  const index = namespaces.indexOf(namespace.uri);
  return index < 0 ? undefined : index;
}
