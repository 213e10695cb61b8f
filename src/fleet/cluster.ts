import { readFileSync } from 'node:fs';
import { type JetStreamClient, type JetStreamManager, jetstream, jetstreamManager } from '@nats-io/jetstream';
import { type KV, Kvm } from '@nats-io/kv';
import { connect, type NatsConnection, type NodeConnectionOptions, nanos } from '@nats-io/transport-node';
import type { FleetSettings } from '../config/fleet.ts';
import { messageOf, RetryableError } from '../core/errors.ts';
import { everySubject } from './partitions.ts';

/** The cluster as the fleet uses it: one stream of messages, and two buckets beside it. */
export interface Cluster {
  readonly connection: NatsConnection;
  readonly jetstream: JetStreamClient;
  readonly manager: JetStreamManager;
  /** Who works which partition; entries vanish when they are not renewed. */
  readonly leases: KV;
  /** Where the lines stand. */
  readonly standings: KV;
  close(): Promise<void>;
}

/** Message ids are remembered this long; what is sent again later is known by its position. */
const duplicateWindow_ms = 120_000;

/**
 * Connects, and makes the stream and the buckets where they don't exist.
 *
 * @throws RetryableError while no server answers, or too few to agree.
 */
export async function openCluster(settings: FleetSettings, name: string): Promise<Cluster> {
  let connection: NatsConnection | undefined;
  try {
    connection = await connect(connectionOptions(settings, name));
    const manager = await jetstreamManager(connection);
    await ensureStream(manager, settings);
    const kvm = new Kvm(connection);
    const { stream, replicas, lease_s } = settings;
    const leases = await kvm.create(`${stream}-leases`, { replicas, history: 1, ttl: lease_s * 1000 });
    const standings = await kvm.create(`${stream}-standings`, { replicas, history: 1 });
    const opened = connection;
    return {
      connection: opened,
      jetstream: jetstream(opened),
      manager,
      leases,
      standings,
      close: () => opened.close(),
    };
  } catch (error) {
    await connection?.close();
    throw new RetryableError(`the cluster can't be used: ${messageOf(error)}`, {
      where: settings.servers.join(', '),
      cause: error,
    });
  }
}

function connectionOptions(settings: FleetSettings, name: string): NodeConnectionOptions {
  const { servers, username, password, tls } = settings;
  return {
    servers,
    name,
    // A server that is away comes back, or another takes over: the library goes on trying.
    maxReconnectAttempts: -1,
    reconnectTimeWait: 500,
    reconnectJitter: 500,
    timeout: 5_000,
    pingInterval: 2_000,
    maxPingOut: 2,
    ...(username !== undefined && { user: username }),
    ...(password !== undefined && { pass: password }),
    ...(tls && {
      tls: {
        ...(tls.ca_file && { ca: readFileSync(tls.ca_file, 'utf8') }),
        ...(tls.certificate_file && { cert: readFileSync(tls.certificate_file, 'utf8') }),
        ...(tls.key_file && { key: readFileSync(tls.key_file, 'utf8') }),
      },
    }),
  };
}

async function ensureStream(manager: JetStreamManager, settings: FleetSettings): Promise<void> {
  const { stream, replicas, retention_days } = settings;
  const wanted = {
    name: stream,
    subjects: [everySubject],
    num_replicas: replicas,
    max_age: nanos(retention_days * 86_400_000),
    duplicate_window: nanos(duplicateWindow_ms),
  };
  const known = await manager.streams.info(stream).catch(() => undefined);
  if (!known) await manager.streams.add(wanted);
}
