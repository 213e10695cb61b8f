import type { ClientSession } from 'node-opcua';
import type { OpcUaLibrary } from './library.ts';

/**
 * Engineering units as the server has them (OPC 10000-8, property EngineeringUnits), one for each node id; undefined
 * where there is none.
 */
export async function readUnits(
  session: ClientSession,
  library: OpcUaLibrary,
  nodeIds: readonly string[],
): Promise<(string | undefined)[]> {
  if (nodeIds.length === 0) return [];
  const results = await session.translateBrowsePath(
    nodeIds.map(
      (nodeId) =>
        new library.BrowsePath({
          startingNode: library.resolveNodeId(nodeId),
          relativePath: {
            elements: [
              {
                referenceTypeId: library.resolveNodeId('HasProperty'),
                isInverse: false,
                includeSubtypes: true,
                targetName: { namespaceIndex: 0, name: 'EngineeringUnits' },
              },
            ],
          },
        }),
    ),
  );
  const units: (string | undefined)[] = nodeIds.map(() => undefined);
  const found = results.flatMap(({ targets }, at) =>
    targets?.[0] ? [{ at, nodeId: targets[0].targetId.toString() }] : [],
  );
  if (found.length === 0) return units;
  const values = await session.read(
    found.map(({ nodeId }) => ({ nodeId, attributeId: library.AttributeIds.Value })),
  );
  for (const [i, { at }] of found.entries()) {
    const value = values[i]?.value?.value as { displayName?: { text?: string | null } } | null | undefined;
    units[at] = value?.displayName?.text ?? undefined;
  }
  return units;
}
