import type { IClientOptions } from 'mqtt';
import type { z } from 'zod';
import type { mqttConnection } from './connection.ts';
import { tlsOptions } from './tls-options.ts';

export type MqttConnection = z.output<z.ZodObject<typeof mqttConnection>>;

/**
 * Options that every MQTT client of ours has. Connecting again is left to the adapter: a new client for each
 * attempt, so that nothing of an old connection can ever reach a new one, where the same packet id may name
 * another message.
 *
 * @throws ConfigError for a TLS file that can't be read.
 */
export function mqttClientOptions(connection: MqttConnection, defaultClientId: string): IClientOptions {
  const { tls, username, password } = connection;
  return {
    manualConnect: true,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    clientId: connection.client_id ?? defaultClientId,
    keepalive: connection.keepalive_s,
    connectTimeout: connection.connect_timeout_ms,
    protocolVersion: connection.protocol_version === '5' ? 5 : 4,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...tlsOptions(tls),
  };
}

/** A URL without what may be secret in it, for logs. */
export function withoutCredentials(url: string): string {
  try {
    const { protocol, host } = new URL(url);
    return `${protocol}//${host}`;
  } catch {
    return 'an unreadable URL';
  }
}
