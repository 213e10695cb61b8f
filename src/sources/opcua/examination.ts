import type { ClientSession } from 'node-opcua';
import { messageOf } from '../../core/errors.ts';
import type { OpcUaLibrary } from './library.ts';
import { type ResolvedTags, readNamespaces } from './session.ts';

/** A connection as far as it has come; what is not there yet can't be wrong. */
export interface Examined {
  readonly library: OpcUaLibrary | undefined;
  readonly session: ClientSession | undefined;
  readonly tags: ResolvedTags | undefined;
}

/** Source time of a tag's newest value that arrived (ms). */
export type LastSource = (tag: string) => number | undefined;

/**
 * After a repair: the library has kept the node ids, which mean something else where namespaces moved.
 *
 * @returns what is wrong, in words; a server that does not answer is a fault as well.
 */
export const faultAfterRepair = (examined: Examined): Promise<string | undefined> =>
  faultOf(() => moved(examined));

/** No values for too long: did namespaces move, did values pass us by, or (undefined) is there just nothing new? */
export const faultInSilence = (examined: Examined, lastSource_ms: LastSource): Promise<string | undefined> =>
  faultOf(async () => (await moved(examined)) ?? (await passedBy(examined, lastSource_ms)));

async function faultOf(look: () => Promise<string | undefined>): Promise<string | undefined> {
  try {
    return await look();
  } catch (error) {
    return messageOf(error);
  }
}

async function moved({ library, session, tags }: Examined): Promise<string | undefined> {
  if (!session || !tags || !library) return undefined;
  const namespaces = await readNamespaces(session, library);
  return namespaces.join('\n') === tags.namespaces.join('\n')
    ? undefined
    : "the server's namespaces have moved";
}

async function passedBy(
  { library, session, tags }: Examined,
  lastSource_ms: LastSource,
): Promise<string | undefined> {
  if (!session || !tags || !library) return undefined;
  const attributeId = library.AttributeIds.Value;
  const values = await session.read(tags.known.map(({ nodeId }) => ({ nodeId, attributeId })));
  const newer = tags.known.some(({ name }, i) => {
    const seen_ms = lastSource_ms(name);
    const source_ms = values[i]?.sourceTimestamp?.getTime();
    return source_ms !== undefined && seen_ms !== undefined && source_ms > seen_ms;
  });
  return newer ? 'the server has newer values than it sends' : undefined;
}
