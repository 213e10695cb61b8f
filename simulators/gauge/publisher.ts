import type { Clock } from '../../src/core/clock.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { Scan } from '../../src/core/messages.ts';
import type { Random } from '../../src/core/random.ts';
import type { ScanEmission } from '../emission.ts';
import { type BrokerLink, createBrokerLink } from './link.ts';
import { encodeScan, type PayloadFormat, type PayloadOptions } from './payload.ts';
import { deviceBirth, deviceData, nodeBirth, nodeDeath } from './sparkplug.ts';

export interface GaugePublisherOptions {
  /** `mqtt://host:port`, `mqtts://…` or `ws://…`. */
  readonly url: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly clientId?: string | undefined;
  readonly line: string;
  /** Those that will publish; each has a topic, or a Sparkplug device, of its own. */
  readonly gauges: readonly string[];
  /** `{line}` and `{gauge}` are filled in. Sparkplug has topics of its own. */
  readonly topic: string;
  readonly format: PayloadFormat | 'sparkplug';
  readonly header: boolean;
  readonly sparkplugGroup: string;
  /** Event time of births before the first scan (ms). */
  readonly start_ms: number;
  readonly random: Random;
  readonly clock?: Clock | undefined;
  readonly log: Logger;
}

/** The MQTT connection of a line's gauges: one scan after the other. */
export interface GaugePublisher extends Omit<BrokerLink, 'send'> {
  /** Resolves once the broker has acknowledged the scan; see {@link BrokerLink.send} for a broker that is away. */
  publish(emission: ScanEmission): Promise<void>;
}

export const TOPIC = 'gapwise/plant/area/{line}/gauge/{gauge}/scan';

export const topicOf = (pattern: string, line: string, gauge: string): string =>
  pattern.replaceAll('{line}', line).replaceAll('{gauge}', gauge);

export const defaultTopic = (line: string, gauge: string): string => topicOf(TOPIC, line, gauge);

export const sparkplugTopic = (group: string, type: string, line: string, gauge?: string): string =>
  ['spBv1.0', group, type, line, ...(gauge === undefined ? [] : [gauge])].join('/');

export function createGaugePublisher(options: GaugePublisherOptions): GaugePublisher {
  return options.format === 'sparkplug'
    ? edgeNode(options)
    : plainPublisher(options, { format: options.format, header: options.header });
}

function plainPublisher(options: GaugePublisherOptions, payload: PayloadOptions): GaugePublisher {
  const link = createBrokerLink(options);
  const { line, topic } = options;
  return {
    ...link,
    publish: ({ scan, corrupt }) =>
      link.send(() => ({
        topic: topicOf(topic, line, scan.gauge),
        payload: encodeScan(scan, payload, corrupt),
        qos: 1,
      })),
  };
}

/**
 * An edge node of Sparkplug B (Sparkplug 3.0, chapters 5 and 6): the line is the node, each gauge a device. Births go
 * out after each connection and when a host asks for them; the broker tells the node's death by its last will. The
 * numbers of messages go round from 0 to 255 and begin anew with each birth. All is of QoS 0, as the standard wants.
 */
function edgeNode(options: GaugePublisherOptions): GaugePublisher {
  const { line, gauges, sparkplugGroup: group } = options;
  const latest = new Map<string, Scan>();
  let seq = 0;
  let bdSeq = -1;
  const next = () => {
    seq = (seq + 1) % 256;
    return seq;
  };
  const now_ms = () => Math.max(options.start_ms, ...Array.from(latest.values(), (scan) => scan.time_ms));
  const births = () => {
    seq = 0;
    return [
      { topic: sparkplugTopic(group, 'NBIRTH', line), payload: nodeBirth(now_ms(), bdSeq) },
      ...gauges.map((gauge) => ({
        topic: sparkplugTopic(group, 'DBIRTH', line, gauge),
        payload: deviceBirth(now_ms(), next(), latest.get(gauge)),
      })),
    ];
  };
  const commands = sparkplugTopic(group, 'NCMD', line);
  const link = createBrokerLink({
    ...options,
    will: () => {
      bdSeq = (bdSeq + 1) % 256;
      return {
        topic: sparkplugTopic(group, 'NDEATH', line),
        payload: nodeDeath(now_ms(), bdSeq),
        qos: 1,
        retain: false,
      };
    },
    async onConnect(client) {
      // All at once, so that no data can come between them.
      const publishBirths = () =>
        Promise.all(births().map(({ topic, payload }) => client.publishAsync(topic, payload, { qos: 0 })));
      // The one command that there is asks for the births.
      client.on('message', () => void publishBirths().catch(() => {}));
      await client.subscribeAsync(commands, { qos: 1 });
      await publishBirths();
    },
  });
  return {
    ...link,
    publish: ({ scan, corrupt }) =>
      link.send(() => {
        latest.set(scan.gauge, scan);
        return {
          topic: sparkplugTopic(group, 'DDATA', line, scan.gauge),
          payload: deviceData(scan.time_ms, next(), scan, corrupt),
          qos: 0,
        };
      }),
  };
}
