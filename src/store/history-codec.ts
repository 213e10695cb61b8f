import { Packr } from 'msgpackr';
import { BadInputError } from '../core/errors.ts';
import type { HistoryKind, HistoryRecord } from '../core/history.ts';
import type { Observation } from '../core/observation.ts';
import { packNumbers, unpackNumbers } from './numbers.ts';

/**
 * What the history keeps, as bytes and back. A record is a MessagePack array that begins with the version of the
 * format. Observations, of which there are tens of thousands a day, go without the names of their fields, their
 * measured numbers as raw floats; everything else is rare enough to be kept as it is.
 */
const packr = new Packr({ useRecords: false });
const format = 1;

/** The number of each kind in the keys; never given to another kind. */
export const kindNumbers: Readonly<Record<HistoryKind, number>> = {
  observation: 1,
  dropped: 2,
  run: 3,
  forecast: 4,
  abstraction: 5,
  alarm: 6,
  outage: 7,
  'dead-letter': 8,
};

export const historyKinds = Object.keys(kindNumbers) as HistoryKind[];

export function encodeHistory(record: HistoryRecord): Buffer {
  return record.kind === 'observation' ? encodeObservation(record) : packr.pack([format, record]);
}

/** @throws BadInputError for bytes that this version of the format did not write. */
export function decodeHistory(bytes: Uint8Array): HistoryRecord {
  const fields: unknown = packr.unpack(bytes);
  if (!Array.isArray(fields)) throw new BadInputError('not a record of the history');
  const [version, ...rest] = fields as [number, ...unknown[]];
  if (version !== format) {
    throw new BadInputError(`history record of format ${version}`, { allowed: `format ${format}` });
  }
  return rest.length === 1 ? (rest[0] as HistoryRecord) : decodeObservation(rest as ObservationFields);
}

type ObservationFields = [
  line: string,
  gauge: string,
  scan: number,
  run: number,
  aggregated: boolean,
  figures: Uint8Array,
  times_ms: Uint8Array,
];

function encodeObservation(o: Observation): Buffer {
  const figures = [o.gap_um, o.mean_mg_cm2, o.crossWeb2Sigma_mg_cm2, o.confidence, ...o.lanes_mg_cm2];
  const fields: ObservationFields = [
    o.line,
    o.gauge,
    o.scan,
    o.run,
    o.aggregated,
    packNumbers(Float64Array.from(figures)),
    packNumbers(Float64Array.of(o.time_ms, o.head_ms)),
  ];
  return packr.pack([format, ...fields]);
}

function decodeObservation(fields: ObservationFields): Observation {
  const [line, gauge, scan, run, aggregated, figures, times] = fields;
  const [gap_um, mean_mg_cm2, crossWeb2Sigma_mg_cm2, confidence, ...lanes_mg_cm2] = unpackNumbers(
    figures,
  ) as Iterable<number> as [number, number, number, number, ...number[]];
  const [time_ms, head_ms] = unpackNumbers(times) as Iterable<number> as [number, number];
  return {
    kind: 'observation',
    line,
    gauge,
    scan,
    time_ms,
    run,
    gap_um,
    lanes_mg_cm2,
    mean_mg_cm2,
    crossWeb2Sigma_mg_cm2,
    head_ms,
    confidence,
    aggregated,
  };
}
