import type { ScanPoint } from '../../core/api.ts';
import { loadingAt, type ProfileRow } from './profiles.ts';

/** Two standard deviations (mg/cm²) of what differs in a run, by where it differs. */
export interface Variation {
  readonly run: number;
  readonly scans: number;
  /** From scan to scan, along the web. */
  readonly machine_mg_cm2: number;
  /** From place to place, the same in every scan. */
  readonly cross_mg_cm2: number;
  /** What neither explains. */
  readonly residual_mg_cm2: number;
}

/** Fewer scans than this can't tell one direction from the other. */
const fewestScans = 4;
/** Edges of the coating wander in and out: their outermost share of it is left out on both sides. */
const edgeShare = 0.05;

/**
 * Variation of the newest run along the web (machine direction), across it (cross direction), and the residual: a
 * two-way analysis of variance of scans by locations, as the partitioning of variance of scanning gauges has it (TAPPI
 * TIP 1101-01). Only locations that every scan saw coated count. `undefined` for a run with too few scans.
 */
export function variationOf(
  scans: readonly ScanPoint[],
  profiles: readonly ProfileRow[],
): Variation | undefined {
  const run = scans.at(-1)?.run;
  const used = new Set(scans.filter((scan) => scan.run === run).map((scan) => scan.scan));
  const rows = profiles.filter((profile) => used.has(profile.scan));
  if (run === undefined || rows.length < fewestScans) return undefined;
  const places = coatedPlaces(rows);
  if (places.length < fewestScans) return undefined;

  const scanMeans = rows.map((row) => average(places.map((place) => loadingAt(row, place))));
  const placeMeans = places.map((place) => average(rows.map((row) => loadingAt(row, place))));
  const grand = average(scanMeans);
  let residual = 0;
  rows.forEach((row, i) => {
    places.forEach((place, j) => {
      residual += (loadingAt(row, place) - scanMeans[i]! - placeMeans[j]! + grand) ** 2;
    });
  });
  const freedom = (rows.length - 1) * (places.length - 1);
  return {
    run,
    scans: rows.length,
    machine_mg_cm2: 2 * deviation(scanMeans),
    cross_mg_cm2: 2 * deviation(placeMeans),
    residual_mg_cm2: 2 * Math.sqrt(residual / freedom),
  };
}

/** Locations that no scan saw bare or not at all, without the edges. */
function coatedPlaces(rows: readonly ProfileRow[]): number[] {
  const columns = rows[0]!.steps.length;
  const middle = average(rows.map((row) => loadingAt(row, Math.floor(columns / 2))));
  const coated = Array.from({ length: columns }, (_, place) => place).filter((place) =>
    rows.every((row) => loadingAt(row, place) > middle / 2),
  );
  const edge = Math.ceil(coated.length * edgeShare);
  return coated.slice(edge, coated.length - edge);
}

const average = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

function deviation(values: readonly number[]): number {
  const mean = average(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
