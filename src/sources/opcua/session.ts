import type {
  ClientMonitoredItem,
  ClientSession,
  ClientSubscription,
  DataChangeNotification,
  NotificationMessage,
  RepublishRequest,
  RepublishResponse,
} from 'node-opcua';
import type { OpcUaSourceSettings } from '../../config/sources.ts';
import { type NodeAddress, namespaceIndex, parseAddress } from './address.ts';
import type { OpcUaLibrary } from './library.ts';
import { Sequence } from './sequence.ts';
import type { TagValue } from './values.ts';

/** The tags of a session as the server knows them now. */
export interface ResolvedTags {
  readonly namespaces: readonly string[];
  /** Name of the tag and its node id, in the order of the tag map. */
  readonly known: readonly { readonly name: string; readonly nodeId: string }[];
  readonly unknown: readonly UnknownTag[];
}

export interface UnknownTag {
  readonly name: string;
  readonly detail: string;
}

/** Looks the tags up anew: the namespace array is never taken from an earlier connection. */
export async function resolveTags(
  session: ClientSession,
  library: OpcUaLibrary,
  settings: OpcUaSourceSettings,
): Promise<ResolvedTags> {
  const namespaces = await readNamespaces(session, library);
  const known: { name: string; nodeId: string }[] = [];
  const unknown: UnknownTag[] = [];
  for (const [name, { node }] of Object.entries(settings.tags)) {
    const found = await resolveAddress(session, library, parseAddress(node, `tags.${name}.node`), namespaces);
    if ('nodeId' in found) known.push({ name, nodeId: found.nodeId });
    else unknown.push({ name, detail: `${node}: ${found.fault}` });
  }
  return { namespaces, known, unknown };
}

/** Read past the library's cache, which outlives a restart of the server. */
export async function readNamespaces(session: ClientSession, library: OpcUaLibrary): Promise<string[]> {
  const { value } = await session.read({
    nodeId: library.VariableIds.Server_NamespaceArray,
    attributeId: library.AttributeIds.Value,
  });
  return Array.isArray(value.value) ? value.value.map(String) : [];
}

type Found = { readonly nodeId: string } | { readonly fault: string };

async function resolveAddress(
  session: ClientSession,
  library: OpcUaLibrary,
  address: NodeAddress,
  namespaces: readonly string[],
): Promise<Found> {
  if (address.kind === 'id') {
    const index = namespaceIndex(address.namespace, namespaces);
    if (index === undefined) return { fault: 'the server does not have this namespace' };
    return { nodeId: `ns=${index};${address.identifier}` };
  }
  const elements = [];
  for (const { namespace, name } of address.segments) {
    const index = namespaceIndex(namespace, namespaces);
    if (index === undefined) return { fault: `the server does not have the namespace of step ${name}` };
    elements.push({
      referenceTypeId: library.resolveNodeId('HierarchicalReferences'),
      isInverse: false,
      includeSubtypes: true,
      targetName: { namespaceIndex: index, name },
    });
  }
  const result = await session.translateBrowsePath(
    new library.BrowsePath({
      startingNode: library.resolveNodeId('RootFolder'),
      relativePath: { elements },
    }),
  );
  const target = result.targets?.[0];
  return target ? { nodeId: target.targetId.toString() } : { fault: result.statusCode.name };
}

/** A subscription on the known tags; `unknown` are those whose node the server refuses to watch. */
export interface TagSubscription {
  readonly unknown: readonly UnknownTag[];
}

/**
 * Every notification goes to `take` as a whole, because values of one notification that share a source time belong
 * together.
 */
export async function subscribe(
  session: ClientSession,
  library: OpcUaLibrary,
  settings: OpcUaSourceSettings,
  tags: ResolvedTags,
  take: (values: TagValue[]) => void,
  lost: (messages: number) => void,
): Promise<TagSubscription> {
  const interval_ms = settings.publishing_interval_ms;
  const keepAliveCount = Math.max(1, Math.round((settings.keepalive_s * 1000) / interval_ms));
  const subscription: ClientSubscription = await session.createSubscription2({
    requestedPublishingInterval: interval_ms,
    requestedMaxKeepAliveCount: keepAliveCount,
    // The subscription must outlive a lost connection as long as the session does.
    requestedLifetimeCount: Math.max(
      3 * keepAliveCount,
      Math.ceil((settings.session_timeout_s * 1000) / interval_ms),
    ),
    maxNotificationsPerPublish: 0,
    publishingEnabled: true,
  });

  // The first values may be here before the library has told which handle stands for which tag.
  let names: Map<number, string> | undefined;
  const early: NotificationMessage[] = [];
  const hand = (message: NotificationMessage) => {
    if (names) take(valuesOf(message, names));
    else early.push(message);
  };
  askForLostMessages(session as unknown as Republishing, library, subscription, hand, lost);
  subscription.on('received_notifications', hand);

  const group = await subscription.monitorItems(
    tags.known.map(({ nodeId }) => ({ nodeId, attributeId: library.AttributeIds.Value })),
    {
      samplingInterval: settings.sampling_interval_ms,
      queueSize: settings.queue_size,
      discardOldest: true,
      filter: new library.DataChangeFilter({
        trigger: library.DataChangeTrigger.StatusValueTimestamp,
        deadbandType: library.DeadbandType.None,
      }),
    },
    library.TimestampsToReturn.Both,
  );
  names = new Map();
  const unknown: UnknownTag[] = [];
  for (const [i, base] of group.monitoredItems.entries()) {
    const item = base as ClientMonitoredItem;
    const { name, nodeId } = tags.known[i] as { name: string; nodeId: string };
    if (item.statusCode.isGood()) names.set(item.monitoringParameters.clientHandle, name);
    else unknown.push({ name, detail: `${nodeId}: ${item.statusCode.name}` });
  }
  for (const message of early.splice(0)) take(valuesOf(message, names));
  return { unknown };
}

/** The library's session has the service; its public types leave it out. */
interface Republishing {
  republish(
    request: RepublishRequest,
    done: (error: Error | null, response?: RepublishResponse) => void,
  ): void;
}

/**
 * Asks again for messages that a broken wire swallowed, as long as the server has them (Republish), and counts what it
 * no longer has. The library does so after a repair, but behind the highest number that it saw: a message that came
 * in the meantime, or a keep-alive, which carries the number of the *next* message, makes it skip what was lost.
 */
function askForLostMessages(
  session: Republishing,
  library: OpcUaLibrary,
  subscription: ClientSubscription,
  hand: (message: NotificationMessage) => void,
  lost: (messages: number) => void,
): void {
  const sequence = new Sequence();
  subscription.on('subscriptionId_changed', () => sequence.restart());
  subscription.on('raw_notification', ({ notificationData, sequenceNumber }) => {
    const keepAlive = (notificationData ?? []).length === 0;
    const { subscriptionId } = subscription;
    for (const retransmitSequenceNumber of sequence.missing(sequenceNumber, keepAlive)) {
      const request = new library.RepublishRequest({ subscriptionId, retransmitSequenceNumber });
      session.republish(request, (error, response) => {
        if (error || !response) lost(1);
        else hand(response.notificationMessage);
      });
    }
  });
}

function valuesOf(message: NotificationMessage, names: ReadonlyMap<number, string>): TagValue[] {
  const values: TagValue[] = [];
  for (const data of message.notificationData ?? []) {
    // Only data changes carry monitored items; a change of the subscription's status does not.
    for (const { clientHandle, value } of (data as DataChangeNotification | null)?.monitoredItems ?? []) {
      const name = names.get(clientHandle);
      if (name === undefined) continue;
      values.push({
        name,
        value: value.value?.value,
        status: value.statusCode.value,
        source_ms: (value.sourceTimestamp ?? value.serverTimestamp)?.getTime(),
      });
    }
  }
  return values;
}
