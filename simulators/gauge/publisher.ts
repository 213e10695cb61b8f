import type { IClientOptions, MqttClient } from 'mqtt';
import { messageOf, RetryableError } from '../../src/core/errors.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { ScanEmission } from '../emission.ts';
import { encodeScan, type PayloadOptions } from './payload.ts';

export interface GaugePublisherOptions extends PayloadOptions {
  /** `mqtt://host:port`, `mqtts://…` or `ws://…`. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly clientId?: string;
  readonly topic: string;
  readonly log: Logger;
}

/** A gauge's own MQTT connection: QoS 1, one scan after the other. */
export interface GaugePublisher {
  /** Resolves once the broker has acknowledged the scan. After a lost connection it is sent again. */
  publish(emission: ScanEmission): Promise<void>;
  /** Drops the connection without a goodbye. */
  goDown(): Promise<void>;
  comeBack(): Promise<void>;
  stop(): Promise<void>;
}

export const defaultTopic = (line: string, gauge: string): string =>
  `gapwise/plant/area/${line}/gauge/${gauge}/scan`;

/** @throws RetryableError when the broker can't be reached. */
export async function startGaugePublisher(options: GaugePublisherOptions): Promise<GaugePublisher> {
  let client = await connect(options);
  return {
    async publish({ scan, corrupt }) {
      await client.publishAsync(options.topic, encodeScan(scan, options, corrupt), { qos: 1 });
    },
    async goDown() {
      client.stream.destroy();
      await client.endAsync(true);
    },
    async comeBack() {
      client = await connect(options);
    },
    async stop() {
      await client.endAsync();
    },
  };
}

async function connect(options: GaugePublisherOptions): Promise<MqttClient> {
  const settings: IClientOptions = { clean: true, reconnectPeriod: 1000 };
  if (options.username !== undefined) settings.username = options.username;
  if (options.password !== undefined) settings.password = options.password;
  if (options.clientId !== undefined) settings.clientId = options.clientId;
  const { connectAsync } = await import('mqtt');
  try {
    const client = await connectAsync(options.url, settings, false);
    // Without a listener a late network error would end the process; the client reconnects by itself.
    client.on('error', (error) => options.log.warn({ event: 'gauge-connection-error' }, messageOf(error)));
    return client;
  } catch (cause) {
    throw new RetryableError(`the broker can't be reached: ${messageOf(cause)}`, {
      where: options.url,
      cause,
    });
  }
}
