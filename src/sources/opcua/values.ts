import type { OpcUaTagSettings } from '../../config/sources.ts';
import type { MachineSample } from '../../core/messages.ts';
import type { DeadLetterReason } from '../../core/source.ts';
import { isPlausibleTime } from '../time.ts';

/** One value of one notification, freed from the library's types. */
export interface TagValue {
  readonly name: string;
  readonly value: unknown;
  /** OPC UA status code, 32 bits. */
  readonly status: number;
  /** Time at the device; undefined where the server sent none. */
  readonly source_ms: number | undefined;
}

export interface GroupedValues {
  /** Ascending in time. Names in the order of the tag map, whatever the order in which the server sent them. */
  readonly samples: readonly MachineSample[];
  /** Tags whose queue at the server ran over since the last notification, in the order of the tag map. */
  readonly overflowed: readonly string[];
  readonly refused: readonly RefusedValue[];
}

export interface RefusedValue {
  readonly name: string;
  readonly reason: DeadLetterReason;
  readonly detail: string;
}

/**
 * Turns the values of one notification into samples: values that share a source time belong together. A value
 * whose status is not good becomes a name in `bad`. Pure: the same values in any order give the same samples, as
 * long as no tag has two values of one time (then the later one counts).
 */
export function groupValues(
  line: string,
  tags: Readonly<Record<string, OpcUaTagSettings>>,
  values: readonly TagValue[],
): GroupedValues {
  const byTime = new Map<number, Map<string, number | 'bad'>>();
  const overflowed = new Set<string>();
  const refused: RefusedValue[] = [];

  for (const { name, value, status, source_ms } of values) {
    const tag = tags[name];
    if (tag === undefined) continue;
    if (hasOverflow(status)) overflowed.add(name);
    if (source_ms === undefined || !isPlausibleTime(source_ms)) {
      // Many servers have no time yet for a value that is not good yet; that says nothing and harms nobody.
      if (isGood(status)) refused.push({ name, reason: 'invalid-time', detail: `source time ${source_ms}` });
      continue;
    }
    const figure = isGood(status) ? scaled(value, tag) : 'bad';
    if (figure === undefined) {
      refused.push({ name, reason: 'not-a-number', detail: describe(value) });
      continue;
    }
    const sample = byTime.get(source_ms) ?? new Map<string, number | 'bad'>();
    sample.set(name, figure);
    byTime.set(source_ms, sample);
  }

  const names = Object.keys(tags);
  return {
    samples: [...byTime]
      .sort(([a], [b]) => a - b)
      .map(([time_ms, figures]) => toSample(line, time_ms, names, figures)),
    overflowed: names.filter((name) => overflowed.has(name)),
    refused,
  };
}

function toSample(
  line: string,
  time_ms: number,
  names: readonly string[],
  figures: ReadonlyMap<string, number | 'bad'>,
): MachineSample {
  const present = names.filter((name) => figures.has(name));
  const bad = present.filter((name) => figures.get(name) === 'bad');
  const values = Object.fromEntries(
    present.flatMap((name) => {
      const figure = figures.get(name);
      return typeof figure === 'number' ? [[name, figure]] : [];
    }),
  );
  return { kind: 'machine', line, time_ms, values, ...(bad.length > 0 ? { bad } : {}) };
}

/** Severity good: the two highest bits are clear (OPC 10000-4, 7.39). */
const isGood = (status: number): boolean => status >>> 30 === 0;

/** InfoType DataValue with the overflow bit (OPC 10000-4, table "DataValue InfoBits"). */
const hasOverflow = (status: number): boolean => (status & 0x0480) === 0x0480;

function scaled(value: unknown, { scale, offset }: OpcUaTagSettings): number | undefined {
  const raw = toNumber(value);
  if (raw === undefined) return undefined;
  const figure = raw * scale + offset;
  return Number.isFinite(figure) ? figure : undefined;
}

function toNumber(value: unknown): number | undefined {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value === 'bigint') return Number(value);
  // The library hands 64-bit integers over as two words, the higher one first.
  if (Array.isArray(value) && value.length === 2 && value.every((word) => typeof word === 'number')) {
    const [high, low] = value as [number, number];
    return (high | 0) * 2 ** 32 + (low >>> 0);
  }
  return undefined;
}

const describe = (value: unknown): string =>
  typeof value === 'number' ? String(value) : value === null ? 'null' : `a ${typeof value}`;
