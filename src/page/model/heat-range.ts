import { Histogram } from './histogram.ts';
import { loadingAt, type ProfileRow } from './profiles.ts';

/** The loadings (mg/cm²) at the two ends of the colour scale; below `bare` the foil is uncoated. */
export interface HeatRange {
  readonly low: number;
  readonly high: number;
  readonly bare: number;
}

/** A seventh of the locations tells the range as well as all of them. */
const every = 7;

/**
 * Ends of the colour scale for these scans: the 2nd and 98th percentile of what is coated, on round numbers. Foil
 * without coating would otherwise take up half the scale. `undefined` while nothing has been coated.
 */
export function heatRange(rows: readonly ProfileRow[]): HeatRange | undefined {
  const loadings = new Histogram(0.05, 200);
  for (const row of rows)
    for (let location = 0; location < row.steps.length; location += every) {
      const loading = loadingAt(row, location);
      if (loading > 0) loadings.add(loading);
    }
  const top = loadings.quantile(0.98);
  const bare = top / 4;
  if (!(top > 1)) return undefined;
  const step = top > 20 ? 2 : 1;
  const low = Math.floor(loadings.quantile(0.02, bare) / step) * step;
  const high = Math.max(low + step, Math.ceil(loadings.quantile(0.98, bare) / step) * step);
  return { low, high, bare };
}

/**
 * Ends of the colour scale where each scan is shown against its own mean: what differs across the web then stands
 * out, however much the runs differ. Symmetric about 0, at the 95th percentile of what is coated.
 */
export function deviationRange(rows: readonly ProfileRow[], level: HeatRange): HeatRange {
  const deviations = new Histogram(0.01, 20);
  for (const row of rows) {
    const mean = coatedMean(row, level.bare);
    for (let location = 0; location < row.steps.length; location += every) {
      const loading = loadingAt(row, location);
      if (loading >= level.bare) deviations.add(Math.abs(loading - mean));
    }
  }
  const end = Math.max(0.25, Math.ceil(4 * deviations.quantile(0.95)) / 4);
  return { low: -end, high: end, bare: level.bare };
}

/** Mean over the coated locations of a scan (mg/cm²); NaN where there are none. */
export function coatedMean(row: ProfileRow, bare: number): number {
  let sum = 0;
  let n = 0;
  for (let location = 0; location < row.steps.length; location++) {
    const loading = loadingAt(row, location);
    if (!(loading >= bare)) continue;
    sum += loading;
    n++;
  }
  return sum / n;
}
