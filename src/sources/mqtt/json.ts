import type { MqttJsonSettings } from '../../config/sources.ts';
import { messageOf } from '../../core/errors.ts';
import type { WebEdge } from '../../core/messages.ts';
import type { Decoded, Refusal, ScanDecoder } from './decoder.ts';
import { durationFault, refuse, scanFault, timeFault, toLoading } from './figures.ts';

/** Decoder for scans as JSON objects, with the figures wherever the configuration says. */
export function jsonDecoder(settings: MqttJsonSettings, invalidValues: 'refuse' | 'mark'): ScanDecoder {
  const { fields, locations, unit } = settings;
  const at = Object.fromEntries(
    Object.entries(fields).map(([figure, path]) => [figure, path?.split('.') ?? []]),
  ) as Record<keyof typeof fields, string[]>;
  // A decoder that ignores byte order marks and refuses bytes that are not UTF-8, instead of guessing.
  const utf8 = new TextDecoder('utf-8', { fatal: true });

  return (payload): Decoded => {
    let root: unknown;
    try {
      root = JSON.parse(utf8.decode(payload));
    } catch (error) {
      return refuse('malformed', `not JSON: ${messageOf(error).slice(0, 120)}`);
    }
    if (typeof root !== 'object' || root === null || Array.isArray(root)) {
      return refuse('malformed', 'not a JSON object');
    }

    const scan = lookUp(root, at.scan);
    if (typeof scan !== 'number') return missing(fields.scan, 'an integer from 0', scan);
    const time_ms = readTime(lookUp(root, at.time));
    const duration_ms = lookUp(root, at.duration_ms);
    if (duration_ms !== undefined && typeof duration_ms !== 'number') {
      return missing(fields.duration_ms, 'a number', duration_ms);
    }
    const startedAt = lookUp(root, at.started_at) ?? 'operator';
    if (!isEdge(startedAt)) return missing(fields.started_at, 'operator or gear', startedAt);
    const fault =
      scanFault(scan) ??
      timeFault(time_ms) ??
      (duration_ms === undefined ? undefined : durationFault(duration_ms));
    if (fault) return fault;

    const loading = readValues(lookUp(root, at.loading), fields.loading, locations);
    if (!(loading instanceof Float64Array)) return loading;
    const badValue = toLoading(loading, unit, invalidValues);
    if (badValue) return badValue;

    const line = fields.line === undefined ? undefined : lookUp(root, at.line);
    const gauge = fields.gauge === undefined ? undefined : lookUp(root, at.gauge);
    return {
      ok: true,
      value: {
        scan,
        time_ms,
        ...(duration_ms === undefined ? {} : { duration_ms }),
        startedAt,
        loading_mg_cm2: loading,
        ...(line === undefined ? {} : { line: String(line).slice(0, 200) }),
        ...(typeof gauge === 'string' ? { gauge: gauge.slice(0, 200) } : {}),
      },
    };
  };
}

const isEdge = (value: unknown): value is WebEdge => value === 'operator' || value === 'gear';

const missing = (field: string, wanted: string, found: unknown): Refusal =>
  refuse('malformed', `field ${field} should be ${wanted}, but is ${describe(found)}`);

function describe(value: unknown): string {
  if (value === undefined) return 'absent';
  if (value === null) return 'null';
  return typeof value === 'number' || typeof value === 'string'
    ? JSON.stringify(value).slice(0, 60)
    : typeof value;
}

/** Own properties only: a payload can't reach what every object inherits. */
function lookUp(root: object, path: readonly string[]): unknown {
  let value: unknown = root;
  for (const name of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

const isoWithZone = /^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)$/;

/** ms since 1970 or ISO 8601 with a zone, as ms; NaN for anything else (a time without zone means two instants). */
function readTime(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && isoWithZone.test(value) ? Date.parse(value) : Number.NaN;
}

/** `null` becomes NaN here; whether that is allowed is decided with the other figures. */
function readValues(value: unknown, field: string, locations: number): Float64Array | Refusal {
  if (!Array.isArray(value)) return missing(field, 'an array of numbers', value);
  if (value.length !== locations) {
    return refuse('wrong-length', `${value.length} values, ${locations} expected`);
  }
  const numbers = new Float64Array(locations);
  for (let location = 0; location < locations; location++) {
    const number: unknown = value[location];
    if (number === null) numbers[location] = Number.NaN;
    else if (typeof number === 'number') numbers[location] = number;
    else return refuse('not-a-number', `${describe(number)} at location ${location}`);
  }
  return numbers;
}
