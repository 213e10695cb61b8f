import { decodeSparkplug, metricValue, type SparkplugMetric } from '../../src/core/sparkplug/payload.ts';

/** An edge node as a host of Sparkplug B has to see it. */
interface Node {
  readonly bdSeq: number;
  seq: number;
  readonly aliases: Map<bigint, string>;
  readonly devices: Map<string, Map<string, number>>;
}

/**
 * A strict host: it holds every message against the rules of Sparkplug 3.0 and throws at the first that breaks one.
 * What it knows of a device is what messages have told it.
 */
export class SparkplugHost {
  readonly values = new Map<string, unknown>();
  readonly counts = { births: 0, deaths: 0, rebirths: 0, data: 0, wraps: 0 };
  #node: Node | undefined;
  #lastBdSeq: number | undefined;
  #rebirthAsked = false;

  get alive(): boolean {
    return this.#node !== undefined;
  }

  get devices(): readonly string[] {
    return [...(this.#node?.devices.keys() ?? [])];
  }

  /** To be told when a rebirth is asked for: only then may a birth repeat the bdSeq of the one before. */
  asking(): void {
    this.#rebirthAsked = true;
  }

  take(topic: string, bytes: Uint8Array, { qos, retain }: { qos: number; retain: boolean }): void {
    const [namespace, , type, , device] = topic.split('/');
    if (type === 'NCMD') return;
    rule(namespace === 'spBv1.0', `namespace ${namespace}`);
    rule(!retain, 'no message of an edge node is retained');
    const payload = decodeSparkplug(bytes);
    rule(payload.timestamp_ms !== undefined, `${type} without a timestamp`);
    if (type === 'NDEATH') {
      rule(payload.seq === undefined, 'NDEATH with a seq');
      const [bdSeq] = payload.metrics;
      rule(payload.metrics.length === 1 && bdSeq?.name === 'bdSeq', 'NDEATH holds bdSeq and nothing else');
      // A will that comes late is of an earlier birth and ends nothing.
      if (this.#node && metricValue(bdSeq!, bdSeq!.datatype) === this.#node.bdSeq) {
        this.#node = undefined;
        this.counts.deaths++;
      }
      return;
    }
    rule(qos === 0, `${type} at QoS ${qos}`);
    if (type === 'NBIRTH') {
      this.#birth(payload.seq, payload.metrics);
      return;
    }
    const node = this.#node;
    rule(node !== undefined, `${type} before NBIRTH`);
    rule(payload.seq === (node.seq + 1) % 256, `seq ${payload.seq} after ${node.seq}`);
    if (payload.seq === 0) this.counts.wraps++;
    node.seq = payload.seq;
    switch (type) {
      case 'DBIRTH':
        rule(device !== undefined, 'DBIRTH without a device');
        node.devices.set(device, this.#metricsOf(node, device, payload.metrics));
        return;
      case 'DDATA':
        rule(device !== undefined && node.devices.has(device), `DDATA before DBIRTH of ${device}`);
        rule(payload.metrics.length > 0, 'DDATA without a metric');
        for (const metric of payload.metrics) this.#data(node, device, metric);
        this.counts.data++;
        return;
      default:
        rule(false, `unexpected ${type}`);
    }
  }

  #birth(seq: number | undefined, metrics: readonly SparkplugMetric[]): void {
    rule(seq === 0, `NBIRTH with seq ${seq}`);
    const found = metrics.find(({ name }) => name === 'bdSeq');
    const bdSeq = found && metricValue(found, found.datatype);
    rule(typeof bdSeq === 'number' && bdSeq >= 0 && bdSeq <= 255, 'NBIRTH without bdSeq');
    rule(
      metrics.some(({ name, datatype }) => name === 'Node Control/Rebirth' && datatype === 11),
      'NBIRTH without Node Control/Rebirth',
    );
    if (this.#node) {
      rule(this.#rebirthAsked, 'a second NBIRTH without a death or a command');
      rule(bdSeq === this.#node.bdSeq, `rebirth with bdSeq ${bdSeq} instead of ${this.#node.bdSeq}`);
      this.counts.rebirths++;
    } else if (this.#lastBdSeq !== undefined) {
      // An attempt that was cut short has used up a number that no host has seen.
      const steps = (bdSeq - this.#lastBdSeq + 256) % 256;
      rule(steps >= 1 && steps <= 32, `bdSeq ${bdSeq} after ${this.#lastBdSeq}`);
    }
    this.#rebirthAsked = false;
    this.#lastBdSeq = bdSeq;
    this.counts.births++;
    this.#node = { bdSeq, seq: 0, aliases: new Map(), devices: new Map() };
    this.#metricsOf(this.#node, '', metrics);
  }

  /** Names and data types of a birth. */
  #metricsOf(node: Node, device: string, metrics: readonly SparkplugMetric[]): Map<string, number> {
    const types = new Map<string, number>();
    for (const metric of metrics) {
      const { name, alias, datatype, timestamp_ms } = metric;
      rule(name !== undefined && name !== '', 'a metric of a birth without a name');
      rule(datatype !== undefined && datatype > 0, `${name} without a data type`);
      rule(timestamp_ms !== undefined, `${name} without a timestamp`);
      rule(!types.has(name), `${name} twice in one birth`);
      types.set(name, datatype);
      const key = `${device}/${name}`;
      if (alias !== undefined) {
        const known = node.aliases.get(alias);
        rule(known === undefined || known === key, `alias ${alias} of ${known} given to ${key}`);
        node.aliases.set(alias, key);
      }
      this.values.set(key, metricValue(metric, datatype));
    }
    return types;
  }

  #data(node: Node, device: string, metric: SparkplugMetric): void {
    rule(metric.name === undefined, `${metric.name} by name, although it has an alias`);
    rule(metric.timestamp_ms !== undefined, 'a metric without a timestamp');
    const key = metric.alias === undefined ? undefined : node.aliases.get(metric.alias);
    rule(key !== undefined, `alias ${metric.alias} is of no metric`);
    rule(key.startsWith(`${device}/`), `alias ${metric.alias} is of no metric of ${device}`);
    const datatype = node.devices.get(device)?.get(key.slice(device.length + 1));
    const value = metricValue(metric, datatype);
    rule(metric.raw === undefined || value !== undefined, `${key} is not of data type ${datatype}`);
    this.values.set(key, value);
  }
}

function rule(holds: boolean | undefined, broken: string): asserts holds {
  if (!holds) throw new Error(`Sparkplug: ${broken}`);
}
