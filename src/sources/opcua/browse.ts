import type { BrowseResult, ClientSession, DataValue, NodeId, ReferenceDescription } from 'node-opcua';
import type { OpcUaLibrary } from './library.ts';
import { readUnits } from './properties.ts';
import { readNamespaces } from './session.ts';

/** A variable of a server as a person would want to see it. */
export interface FoundVariable {
  /** Address by namespace URI, as the tag map takes it. */
  readonly node: string;
  /** Browse names from the Objects folder on, without namespaces. */
  readonly path: readonly string[];
  readonly dataType: string;
  readonly unit: string | null;
  /** Null where it is not a plain value. */
  readonly value: string | number | boolean | null;
  /** Name of the status code. */
  readonly quality: string;
  /** Whether it is one number (or a truth value): only such can be a machine parameter. */
  readonly numeric: boolean;
}

export interface Browsed {
  readonly variables: readonly FoundVariable[];
  /** The server has more than were asked for. */
  readonly cut: boolean;
}

interface Place {
  readonly nodeId: NodeId;
  readonly path: readonly string[];
}

/** Servers limit how much one request may ask (OperationLimits); this is below what any in use is known to have. */
const batch = 50;

/**
 * All variables below the Objects folder except those of the server about itself, breadth first. Follows hierarchical
 * references to objects and variables, each node once; properties of a node are not variables of their own.
 */
export async function browseVariables(
  session: ClientSession,
  library: OpcUaLibrary,
  limit: number,
): Promise<Browsed> {
  const found: Place[] = [];
  const seen = new Set<string>([library.resolveNodeId('Server').toString()]);
  let level: Place[] = [{ nodeId: library.resolveNodeId('ObjectsFolder'), path: [] }];
  while (level.length > 0 && found.length <= limit) {
    const next: Place[] = [];
    for (let at = 0; at < level.length && found.length <= limit; at += batch) {
      const places = level.slice(at, at + batch);
      const children = await childrenOf(session, library, places);
      for (const [i, place] of places.entries()) {
        for (const reference of children[i] ?? []) {
          const key = reference.nodeId.toString();
          if (seen.has(key)) continue;
          seen.add(key);
          const name = reference.browseName.name ?? key;
          const child = { nodeId: reference.nodeId, path: [...place.path, name] };
          next.push(child);
          if (reference.nodeClass === library.NodeClass.Variable) found.push(child);
        }
      }
    }
    level = next;
  }
  const kept = found.slice(0, limit);
  const namespaces = await readNamespaces(session, library);
  const variables: FoundVariable[] = [];
  for (let at = 0; at < kept.length; at += batch) {
    variables.push(...(await describe(session, library, namespaces, kept.slice(at, at + batch))));
  }
  return { variables, cut: found.length > limit };
}

async function childrenOf(
  session: ClientSession,
  library: OpcUaLibrary,
  places: readonly Place[],
): Promise<ReferenceDescription[][]> {
  const property = library.resolveNodeId('HasProperty').toString();
  const results = await session.browse(
    places.map(({ nodeId }) => ({
      nodeId,
      referenceTypeId: library.resolveNodeId('HierarchicalReferences'),
      browseDirection: library.BrowseDirection.Forward,
      includeSubtypes: true,
      nodeClassMask: library.NodeClassMask.Object | library.NodeClassMask.Variable,
      resultMask: 0x3f,
    })),
  );
  const all: ReferenceDescription[][] = [];
  for (const first of results) {
    const references = [...(first.references ?? [])];
    let rest: BrowseResult = first;
    while (rest.continuationPoint?.length > 0) {
      rest = await session.browseNext(rest.continuationPoint, false);
      references.push(...(rest.references ?? []));
    }
    all.push(references.filter(({ referenceTypeId }) => referenceTypeId.toString() !== property));
  }
  return all;
}

async function describe(
  session: ClientSession,
  library: OpcUaLibrary,
  namespaces: readonly string[],
  places: readonly Place[],
): Promise<FoundVariable[]> {
  const { AttributeIds } = library;
  const attributes = [AttributeIds.DataType, AttributeIds.ValueRank, AttributeIds.Value];
  const read = await session.read(
    places.flatMap(({ nodeId }) => attributes.map((attributeId) => ({ nodeId, attributeId }))),
  );
  const units = await readUnits(
    session,
    library,
    places.map(({ nodeId }) => nodeId.toString()),
  );
  return places.map(({ nodeId, path }, i) => {
    const [type, rank, value] = read.slice(3 * i, 3 * i + 3) as [DataValue, DataValue, DataValue];
    const scalar = (rank.value?.value ?? -1) < 0;
    const dataType = typeName(library, type.value?.value as NodeId | null, value);
    return {
      node: addressOf(nodeId, namespaces),
      path,
      dataType: scalar ? dataType : `${dataType}[]`,
      unit: units[i] ?? null,
      value: plainValue(value.value?.value),
      quality: value.statusCode.name,
      numeric: scalar && numericTypes.has(library.DataType[value.value?.dataType ?? 0] ?? ''),
    };
  });
}

const numericTypes: ReadonlySet<string> = new Set([
  ...['Boolean', 'SByte', 'Byte', 'Int16', 'UInt16', 'Int32', 'UInt32', 'Int64', 'UInt64', 'Float', 'Double'],
]);

/** The built-in type; for a type of the server's own the built-in one that its value is made of. */
function typeName(library: OpcUaLibrary, type: NodeId | null, value: DataValue): string {
  const builtIn = type?.namespace === 0 ? library.DataType[Number(type.value)] : undefined;
  return builtIn ?? library.DataType[value.value?.dataType ?? 0] ?? 'unknown';
}

function addressOf(nodeId: NodeId, namespaces: readonly string[]): string {
  const identifier = nodeId.toString().replace(/^ns=\d+;/, '');
  if (nodeId.namespace === 0) return identifier;
  const uri = namespaces[nodeId.namespace];
  return uri === undefined ? `ns=${nodeId.namespace};${identifier}` : `nsu=${uri};${identifier}`;
}

function plainValue(value: unknown): string | number | boolean | null {
  if (typeof value === 'number') return Number.isFinite(value) ? value : null;
  if (typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.slice(0, 200);
  return value instanceof Date ? value.toISOString() : null;
}
