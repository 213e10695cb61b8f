import { encodeSparkplug, type OutgoingMetric } from '../../../core/sparkplug/encode.ts';
import { metricValue as decodedValue, decodeSparkplug } from '../../../core/sparkplug/payload.ts';
import { dataType } from '../../../core/sparkplug/types.ts';
import type { Change } from '../../line-view.ts';
import {
  birthProperties,
  type MetricModel,
  metricModel,
  metricValue,
  qualityOf,
  standingMetrics,
} from './metrics.ts';

export interface SparkplugMessage {
  readonly topic: string;
  readonly payload: Buffer;
}

const REBIRTH = 'Node Control/Rebirth';

/**
 * The edge node's side of Sparkplug B 3.0, without any connection: what is to be published, in this order. Each line
 * is a device. Births name metrics and give them aliases; data bring what changed under the alias. Deterministic.
 *
 * Per connection: `death` becomes the will, then `births`, then `data`; `births` again when a host asks for them.
 */
export class EdgeNode {
  readonly #group: string;
  readonly #node: string;
  readonly #devices = new Map<string, Map<string, BornMetric>>();
  #aliases = 0;
  #seq = 0;

  constructor(group: string, node: string, lines: readonly string[]) {
    this.#group = group;
    this.#node = node;
    for (const line of lines) {
      this.#devices.set(
        line,
        new Map(standingMetrics().map((model) => [model.name, this.#born(model)] as const)),
      );
    }
  }

  /** Where hosts send their commands. */
  get commandTopic(): string {
    return this.#topic('NCMD');
  }

  /** Without seq, with the bdSeq of the births that it ends (6.4.25). */
  death(now_ms: number, bdSeq: number): SparkplugMessage {
    return { topic: this.#topic('NDEATH'), payload: encodeSparkplug(now_ms, undefined, [bd(now_ms, bdSeq)]) };
  }

  /** The node's and every device's, all metrics with what is known of them; the sequence starts anew. */
  births(
    now_ms: number,
    bdSeq: number,
    known: (line: string) => readonly Change[],
  ): readonly SparkplugMessage[] {
    this.#seq = 0;
    const metrics = [
      bd(now_ms, bdSeq),
      {
        name: REBIRTH,
        timestamp_ms: now_ms,
        datatype: dataType.Boolean,
        sendDatatype: true,
        value: false,
      },
    ];
    const own = { topic: this.#topic('NBIRTH'), payload: encodeSparkplug(now_ms, this.#seq, metrics) };
    return [own, ...[...this.#devices.keys()].map((line) => this.#deviceBirth(now_ms, line, known(line)))];
  }

  /**
   * What changed on a line. A metric that no birth has named, such as a first alarm, is named by a new birth of the
   * device.
   *
   * @param known everything of that line, the changes too.
   */
  data(
    now_ms: number,
    line: string,
    changes: readonly Change[],
    known: () => readonly Change[],
  ): SparkplugMessage | undefined {
    const device = this.#devices.get(line);
    if (!device || changes.length === 0) return undefined;
    const models = changes.map(({ path, group }) => metricModel(path, group));
    if (models.some(({ name }) => !device.has(name))) return this.#deviceBirth(now_ms, line, known());
    // Within one message a metric stands once: the latest wins.
    const metrics = new Map<string, OutgoingMetric>();
    for (const [i, change] of changes.entries()) {
      const metric = device.get(models[i]?.name ?? '');
      if (metric) metrics.set(metric.model.name, metric.data(change));
    }
    return {
      topic: this.#topic('DDATA', line),
      payload: encodeSparkplug(now_ms, this.#next(), [...metrics.values()]),
    };
  }

  /** Whether a host asks for the births. What can't be read asks for nothing. */
  asksForRebirth(topic: string, payload: Uint8Array): boolean {
    if (topic !== this.commandTopic) return false;
    try {
      return decodeSparkplug(payload).metrics.some(
        (metric) => metric.name === REBIRTH && decodedValue(metric, dataType.Boolean) === true,
      );
    } catch {
      return false;
    }
  }

  #deviceBirth(now_ms: number, line: string, known: readonly Change[]): SparkplugMessage {
    const device = this.#devices.get(line) ?? new Map<string, BornMetric>();
    const changes = new Map<string, Change>();
    for (const change of known) {
      const model = metricModel(change.path, change.group);
      changes.set(model.name, change);
      if (!device.has(model.name)) device.set(model.name, this.#born(model));
    }
    const metrics = [...device].map(([name, metric]) => metric.birth(now_ms, changes.get(name)));
    return { topic: this.#topic('DBIRTH', line), payload: encodeSparkplug(now_ms, this.#next(), metrics) };
  }

  #born(model: MetricModel): BornMetric {
    return new BornMetric(model, this.#aliases++);
  }

  /** 0 to 255, then 0 again (6.4.4). */
  #next(): number {
    this.#seq = (this.#seq + 1) % 256;
    return this.#seq;
  }

  #topic(type: 'NBIRTH' | 'NDEATH' | 'NCMD' | 'DBIRTH' | 'DDATA', device?: string): string {
    const node = `spBv1.0/${this.#group}/${type}/${this.#node}`;
    return device === undefined ? node : `${node}/${device}`;
  }
}

/** A metric with its alias, which is the same for good, and the quality that hosts were last told. */
class BornMetric {
  readonly model: MetricModel;
  readonly #alias: number;
  #quality: number | undefined;

  constructor(model: MetricModel, alias: number) {
    this.model = model;
    this.#alias = alias;
  }

  birth(now_ms: number, change: Change | undefined): OutgoingMetric {
    const properties = birthProperties(this.model, change);
    this.#quality = Number(properties['Quality']);
    return {
      name: this.model.name,
      alias: this.#alias,
      timestamp_ms: change?.time_ms ?? now_ms,
      datatype: this.model.datatype,
      sendDatatype: true,
      value: metricValue(this.model, change),
      properties,
    };
  }

  data(change: Change): OutgoingMetric {
    const quality = qualityOf(change);
    const changed = quality !== this.#quality;
    this.#quality = quality;
    return {
      alias: this.#alias,
      timestamp_ms: change.time_ms,
      datatype: this.model.datatype,
      value: metricValue(this.model, change),
      ...(changed && { properties: { Quality: quality } }),
    };
  }
}

const bd = (now_ms: number, bdSeq: number): OutgoingMetric => ({
  name: 'bdSeq',
  timestamp_ms: now_ms,
  datatype: dataType.Int64,
  sendDatatype: true,
  value: bdSeq,
});
