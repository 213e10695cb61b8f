import { Point } from '@influxdata/influxdb-client';
import type { Instant } from './instant.ts';

/** A whole number in the database; a plain number is one with a fraction. */
export interface Whole {
  readonly whole: number;
}

export const whole = (value: number): Whole => ({ whole: value });

/** 0 or 1, so that a mean over many is a share. */
export const flag = (value: boolean): Whole => whole(value ? 1 : 0);

export type FieldValue = number | Whole | string | undefined;

export interface PointParts {
  readonly measurement: string;
  /** Every point of a measurement has all of its tags: InfluxDB 3 settles them at the first write. */
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, FieldValue>>;
  readonly at: Instant;
}

/** Stands for a tag that has nothing to say: line protocol has no empty ones. */
const NOTHING = '-';
/** A database takes 64 KB; nobody reads more than this, and 800 locations as text take 2,134. */
const LONGEST_TEXT = 4_000;

/**
 * One line of line protocol, or undefined where no field is known: there is no NaN and no null in it, so a figure
 * that is not known is a field that is not there.
 */
export function lineOf({ measurement, tags, fields, at }: PointParts): string | undefined {
  const point = new Point(measurement).timestamp(at);
  for (const [name, value] of Object.entries(tags))
    point.tag(name, plainText(value).replaceAll('\\', '/') || NOTHING);
  for (const [name, value] of Object.entries(fields)) {
    if (typeof value === 'string') point.stringField(name, plainText(value));
    else if (typeof value === 'number') {
      if (Number.isFinite(value)) point.floatField(name, value);
    } else if (value !== undefined && Number.isSafeInteger(value.whole)) point.intField(name, value.whole);
  }
  return point.toLineProtocol();
}

/** Without line breaks, which end a point, and not longer than anybody reads. */
const plainText = (text: string): string => text.replace(/\p{Cc}+/gu, ' ').slice(0, LONGEST_TEXT);
