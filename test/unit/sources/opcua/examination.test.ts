import type { ClientSession } from 'node-opcua';
import { describe, expect, it } from 'vitest';
import {
  type Examined,
  faultAfterRepair,
  faultInSilence,
} from '../../../../src/sources/opcua/examination.ts';
import type { OpcUaLibrary } from '../../../../src/sources/opcua/library.ts';
import type { ResolvedTags } from '../../../../src/sources/opcua/session.ts';

const uris = ['http://opcfoundation.org/UA/', 'urn:coater'];

/** A session with those namespaces now, and the newest source time of each of two tags. */
function connection(namespaces: readonly string[], sources_ms: readonly (number | undefined)[]): Examined {
  const session = {
    read: async (nodes: unknown) =>
      Array.isArray(nodes)
        ? sources_ms.map((ms) => ({ sourceTimestamp: ms === undefined ? null : new Date(ms) }))
        : { value: { value: namespaces } },
  };
  return {
    library: {
      AttributeIds: { Value: 13 },
      VariableIds: { Server_NamespaceArray: 2255 },
    } as unknown as OpcUaLibrary,
    session: session as unknown as ClientSession,
    tags: {
      namespaces: uris,
      known: [
        { name: 'gap', nodeId: 'a' },
        { name: 'speed', nodeId: 'b' },
      ],
    } as unknown as ResolvedTags,
  };
}

const seen = (tag: string) => ({ gap: 1_000, speed: 2_000 })[tag];

describe('a connection that stands', () => {
  it('has no fault while the server says what it has sent', async () => {
    expect(await faultAfterRepair(connection(uris, []))).toBeUndefined();
    expect(await faultInSilence(connection(uris, [1_000, 2_000]), seen)).toBeUndefined();
  });

  it('is of no use once namespaces have moved: node ids mean something else', async () => {
    const moved = connection([...uris].reverse(), [1_000, 2_000]);
    expect(await faultAfterRepair(moved)).toBe("the server's namespaces have moved");
    expect(await faultInSilence(moved, seen)).toBe("the server's namespaces have moved");
  });

  it('lets values pass by where any tag has a newer one than came', async () => {
    const fault = 'the server has newer values than it sends';
    expect(await faultInSilence(connection(uris, [1_000, 2_001]), seen)).toBe(fault);
    expect(await faultInSilence(connection(uris, [1_000, 1_999]), seen)).toBeUndefined();
    // Nothing to compare with: no value came yet, or the server tells no times.
    expect(await faultInSilence(connection(uris, [5_000, undefined]), () => undefined)).toBeUndefined();
    expect(await faultInSilence(connection(uris, [undefined, undefined]), seen)).toBeUndefined();
  });

  it('is at fault where the server does not answer', async () => {
    const session = { read: () => Promise.reject(new Error('BadSessionClosed')) };
    const dead = { ...connection(uris, []), session: session as unknown as ClientSession };
    expect(await faultAfterRepair(dead)).toBe('BadSessionClosed');
  });

  it('that is not open yet has nothing to be examined', async () => {
    const early = { ...connection([], [9_000]), session: undefined };
    expect(await faultInSilence(early, seen)).toBeUndefined();
  });
});
