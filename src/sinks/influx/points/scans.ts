import type { DroppedScan, Observation, Profile } from '../../../core/observation.ts';
import { type Instant, instantOf } from '../instant.ts';
import { flag, type PointParts, whole } from '../point.ts';

/** The gauge's side: every profile, and what became of its scan. */

export interface ProfileOptions {
  readonly profile: 'off' | 'zones' | 'all';
  readonly zones: number;
}

export function observationPoints(observation: Observation): PointParts[] {
  const { line, gauge, scan, run, time_ms, gap_um, mean_mg_cm2 } = observation;
  const at = instantOf(time_ms, scan);
  const fields = {
    scan: whole(scan),
    run: whole(run),
    gap_um,
    mean_mg_cm2,
    cross_web_2sigma_mg_cm2: observation.crossWeb2Sigma_mg_cm2,
    confidence: observation.confidence,
    travel_s: (time_ms - observation.head_ms) / 1000,
    aggregated: flag(observation.aggregated),
  };
  return [
    { measurement: 'observation', tags: { line, gauge }, fields, at },
    ...observation.lanes_mg_cm2.map((loading_mg_cm2, lane) => ({
      measurement: 'lane',
      tags: { line, gauge, lane: String(lane) },
      fields: { loading_mg_cm2, deviation_mg_cm2: loading_mg_cm2 - mean_mg_cm2 },
      at,
    })),
  ];
}

export function droppedPoints({ line, gauge, reason, scan, detail }: DroppedScan, at: Instant): PointParts[] {
  return [
    { measurement: 'dropped', tags: { line, gauge, reason }, fields: { scan: whole(scan), detail }, at },
  ];
}

export function profilePoints(profile: Profile, { profile: wanted, zones }: ProfileOptions): PointParts[] {
  if (wanted === 'off') return [];
  const { line, gauge, scan, time_ms, loading_mg_cm2 } = profile;
  const measured = loading_mg_cm2.filter(Number.isFinite);
  const fields = {
    scan: whole(scan),
    valid: whole(measured.length),
    mean_mg_cm2: mean(measured),
    ...zoneFields(loading_mg_cm2, zones),
    ...(wanted === 'all' && allFields(loading_mg_cm2)),
  };
  return [{ measurement: 'profile', tags: { line, gauge }, fields, at: instantOf(time_ms, scan) }];
}

/** `z00_mg_cm2` at the operator side and so on: means over zones of equal width; one without a valid location is left out. */
function zoneFields(loading_mg_cm2: Float64Array, zones: number): Record<string, number> {
  const digits = String(zones - 1).length;
  const edge = (zone: number) => Math.round((zone * loading_mg_cm2.length) / zones);
  return Object.fromEntries(
    Array.from({ length: zones }, (_, zone) => [
      `z${String(zone).padStart(digits, '0')}_mg_cm2`,
      rounded(mean(loading_mg_cm2.subarray(edge(zone), edge(zone + 1)).filter(Number.isFinite))),
    ]),
  );
}

/** Far finer than any gauge, and half as long in the line. */
const rounded = (loading_mg_cm2: number): number => Math.round(loading_mg_cm2 * 1e4) / 1e4;

/** NaN of nothing. */
function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

const STEP_MG_CM2 = 0.001;
const INVALID = -32_768;

/** Every location in one text: 16-bit integers, little-endian, in steps of 0.001 mg/cm², as base64. */
function allFields(loading_mg_cm2: Float64Array): { all: string } {
  const bytes = new DataView(new ArrayBuffer(2 * loading_mg_cm2.length));
  loading_mg_cm2.forEach((loading, i) => {
    const steps = Math.round(loading / STEP_MG_CM2);
    bytes.setInt16(2 * i, Math.abs(steps) < -INVALID ? steps : INVALID, true);
  });
  return { all: Buffer.from(bytes.buffer).toString('base64') };
}
