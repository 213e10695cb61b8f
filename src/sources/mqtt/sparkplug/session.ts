import type { MqttSparkplugSettings } from '../../../config/sources.ts';
import { messageOf } from '../../../core/errors.ts';
import { isPlausibleTime } from '../../time.ts';
import type { DecodedScan, Refusal } from '../decoder.ts';
import { durationFault, refuse, scanFault, timeFault, toLoading } from '../figures.ts';
import {
  decodeSparkplug,
  metricValue,
  type SparkplugMetric,
  type SparkplugPayload,
  type SparkplugValue,
} from './payload.ts';

/** What came of one message. */
export interface SparkplugOutcome {
  readonly scan?: DecodedScan;
  readonly refusal?: Refusal;
  /** Topic of the command by which the edge node is asked for its births. */
  readonly rebirth?: string;
  readonly event?: { readonly kind: 'birth' | 'death'; readonly of: string };
  /** An edge node or device that died is a hole in the data, until it is born again. */
  readonly hole?: { readonly of: string; readonly time_ms: number; readonly until_ms?: number };
}

/** A device, or the edge node itself under the empty name. */
interface Device {
  /** The latest values: a message brings only what has changed. */
  readonly values: Map<string, SparkplugValue | undefined>;
  readonly types: Map<string, number | undefined>;
  /** Newest time of it that came (ms); NaN before there was any. */
  seen_ms: number;
}

interface EdgeNode {
  seq: number;
  bdSeq: SparkplugValue | undefined;
  readonly aliases: Map<bigint, string>;
  readonly devices: Map<string, Device>;
}

/** More edge nodes than a line's gauges can have: beyond it the one known longest is forgotten and must be born anew. */
const mostNodes = 64;

/**
 * The host's side of Sparkplug B (Sparkplug 3.0): births name metrics and types, data brings what changed, deaths end
 * both. A gap in the sequence means that something was missed, possibly a birth: nothing of that edge node is taken
 * until it was born anew, and its birth brings its latest scan once more. Deterministic; it never throws.
 */
export class SparkplugSession {
  readonly #settings: MqttSparkplugSettings;
  readonly #invalidValues: 'refuse' | 'mark';
  readonly #nodes = new Map<string, EdgeNode>();
  readonly #asked = new Set<string>();
  /** Those that died, and the newest time that they had told (ms). */
  readonly #dead = new Map<string, number>();

  constructor(settings: MqttSparkplugSettings, invalidValues: 'refuse' | 'mark') {
    this.#settings = settings;
    this.#invalidValues = invalidValues;
  }

  take(topic: string, bytes: Uint8Array): SparkplugOutcome {
    const [namespace, group, type, node, device = ''] = topic.split('/');
    if (namespace !== 'spBv1.0' || !group || !node) return refused('malformed', 'not a topic of Sparkplug B');
    const key = `${group}/${node}`;
    const name = device === '' ? key : `${key}/${device}`;
    let payload: SparkplugPayload;
    try {
      payload = decodeSparkplug(bytes);
    } catch (error) {
      return refused('malformed', `not a Sparkplug payload: ${messageOf(error)}`);
    }
    switch (type) {
      case 'NBIRTH':
        return this.#born(key, payload);
      case 'NDEATH':
        return this.#nodeDied(key, payload);
      case 'DBIRTH':
      case 'DDEATH':
      case 'NDATA':
      case 'DDATA':
        break;
      default:
        return {};
    }
    const known = this.#nodes.get(key);
    if (!known || payload.seq !== (known.seq + 1) % 256) return this.#missed(key, known, payload);
    known.seq = payload.seq;
    if (type === 'DDEATH') {
      const died = known.devices.get(device);
      known.devices.delete(device);
      return { event: { kind: 'death', of: name }, ...this.#died(name, died ? [died] : []) };
    }
    if (type === 'DBIRTH') {
      known.devices.set(device, newDevice());
      return {
        ...this.#values(known, device, payload, true),
        event: { kind: 'birth', of: name },
        ...this.#back(name, payload),
      };
    }
    if (!known.devices.has(device)) return this.#missed(key, known, payload);
    return this.#values(known, device, payload, false);
  }

  /** After a lost connection: everything may have been missed. What had died is still known to have. */
  reset(): void {
    this.#nodes.clear();
    this.#asked.clear();
  }

  #born(key: string, payload: SparkplugPayload): SparkplugOutcome {
    this.#asked.delete(key);
    this.#nodes.delete(key);
    const [longest] = this.#nodes.keys();
    if (longest !== undefined && this.#nodes.size >= mostNodes) this.#nodes.delete(longest);
    const node: EdgeNode = {
      seq: payload.seq ?? 0,
      bdSeq: undefined,
      aliases: new Map(),
      devices: new Map([['', newDevice()]]),
    };
    this.#nodes.set(key, node);
    const outcome = this.#values(node, '', payload, true);
    node.bdSeq = node.devices.get('')?.values.get('bdSeq');
    return { ...outcome, event: { kind: 'birth', of: key }, ...this.#back(key, payload) };
  }

  /** Nothing was missed of what had never told a time. */
  #died(name: string, devices: Iterable<Device>): Pick<SparkplugOutcome, 'hole'> {
    const seen = [...devices].map(({ seen_ms }) => seen_ms).filter((ms) => !Number.isNaN(ms));
    if (seen.length === 0) return {};
    const time_ms = Math.max(...seen);
    const [longest] = this.#dead.keys();
    if (longest !== undefined && this.#dead.size >= mostNodes) this.#dead.delete(longest);
    this.#dead.set(name, time_ms);
    return { hole: { of: name, time_ms } };
  }

  #back(name: string, { timestamp_ms }: SparkplugPayload): Pick<SparkplugOutcome, 'hole'> {
    const time_ms = this.#dead.get(name);
    if (time_ms === undefined) return {};
    this.#dead.delete(name);
    return { hole: { of: name, time_ms, until_ms: Math.max(time_ms, timestamp_ms ?? time_ms) } };
  }

  /** The broker sends the will of an older connection late: its bdSeq tells (Sparkplug 3.0, 5.4). */
  #nodeDied(key: string, { metrics }: SparkplugPayload): SparkplugOutcome {
    const node = this.#nodes.get(key);
    const bdSeq = metrics.find(({ name }) => name === 'bdSeq');
    if (!node || (bdSeq && node.bdSeq !== undefined && metricValue(bdSeq, bdSeq.datatype) !== node.bdSeq))
      return {};
    this.#nodes.delete(key);
    return { event: { kind: 'death', of: key }, ...this.#died(key, node.devices.values()) };
  }

  /** Asks for the births once; a second time would only bring a second set of them. */
  #missed(key: string, node: EdgeNode | undefined, { seq }: SparkplugPayload): SparkplugOutcome {
    this.#nodes.delete(key);
    const why = node ? `sequence ${seq} after ${node.seq}` : 'no birth was seen';
    const [group, name] = key.split('/');
    const first = !this.#asked.has(key);
    if (this.#asked.size > mostNodes) this.#asked.clear();
    this.#asked.add(key);
    return {
      ...refused('unknown-tag', `${key}: ${why}, waiting for its birth`),
      ...(first ? { rebirth: `spBv1.0/${group}/NCMD/${name}` } : {}),
    };
  }

  #values(node: EdgeNode, deviceName: string, payload: SparkplugPayload, birth: boolean): SparkplugOutcome {
    const device = node.devices.get(deviceName) as Device;
    const { metrics } = this.#settings;
    let loadingTime_ms: number | undefined;
    // A birth repeats values that may be old; its own time says that the device was there.
    if (payload.timestamp_ms !== undefined && isPlausibleTime(payload.timestamp_ms))
      device.seen_ms = Math.max(device.seen_ms || 0, payload.timestamp_ms);
    for (const { name, metric } of named(payload.metrics, node.aliases, birth)) {
      if (birth) device.types.set(name, metric.datatype);
      else if (!device.types.has(name)) continue;
      device.values.set(name, metricValue(metric, metric.datatype ?? device.types.get(name)));
      if (name === metrics.loading)
        loadingTime_ms = metric.timestamp_ms ?? payload.timestamp_ms ?? Number.NaN;
    }
    if (loadingTime_ms === undefined || device.values.get(metrics.loading) === undefined) return {};
    const scan = this.#scan(device, loadingTime_ms);
    if (!('ok' in scan)) device.seen_ms = Math.max(device.seen_ms || 0, scan.time_ms);
    return 'ok' in scan ? { refusal: scan } : { scan };
  }

  #scan({ values }: Device, loadingTime_ms: number): DecodedScan | Refusal {
    const { metrics, locations, unit } = this.#settings;
    const value = (name: string | undefined) => (name === undefined ? undefined : values.get(name));
    const scan = value(metrics.scan);
    if (typeof scan !== 'number') return refuse('malformed', `metric ${metrics.scan} should be an integer`);
    const told = value(metrics.time);
    const time_ms =
      metrics.time === undefined ? loadingTime_ms : typeof told === 'number' ? told : Number.NaN;
    const duration = value(metrics.duration_ms);
    const startedAt = value(metrics.started_at) ?? 'operator';
    if (startedAt !== 'operator' && startedAt !== 'gear') {
      return refuse('malformed', `metric ${metrics.started_at} should be operator or gear`);
    }
    const fault =
      scanFault(scan) ??
      timeFault(time_ms) ??
      (typeof duration === 'number' ? durationFault(duration) : undefined);
    if (fault) return fault;
    const loading = value(metrics.loading);
    if (!(loading instanceof Float64Array))
      return refuse('malformed', `metric ${metrics.loading} is no array of numbers`);
    if (loading.length !== locations) {
      return refuse('wrong-length', `${loading.length} values, ${locations} expected`);
    }
    const loading_mg_cm2 = loading.slice();
    const badValue = toLoading(loading_mg_cm2, unit, this.#invalidValues);
    if (badValue) return badValue;
    return {
      scan,
      time_ms,
      startedAt,
      loading_mg_cm2,
      ...(typeof duration === 'number' ? { duration_ms: duration } : {}),
    };
  }
}

const refused = (reason: Refusal['reason'], detail: string) => ({ refusal: refuse(reason, detail) });

const newDevice = (): Device => ({ values: new Map(), types: new Map(), seen_ms: Number.NaN });

/** Metrics under their full names, members of templates behind their template's. A birth gives aliases their names. */
function* named(
  metrics: readonly SparkplugMetric[],
  aliases: Map<bigint, string>,
  birth: boolean,
  prefix = '',
): Generator<{ name: string; metric: SparkplugMetric }> {
  for (const metric of metrics) {
    const { alias } = metric;
    const own = metric.name === undefined || metric.name === '' ? undefined : prefix + metric.name;
    if (birth && own !== undefined && alias !== undefined) aliases.set(alias, own);
    const name = own ?? (alias === undefined ? undefined : aliases.get(alias));
    if (name === undefined) continue;
    yield { name, metric };
    yield* named(metric.members, aliases, birth, `${name}/`);
  }
}
