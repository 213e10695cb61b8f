import type { Goal, RunRow } from '../../core/api.ts';

/** How well the runs at one gap setting keep within target ± tolerance. Indices are NaN where they can't be known. */
export interface Capability {
  readonly gap_um: number;
  readonly runs: number;
  readonly scans: number;
  readonly mean_mg_cm2: number;
  /** From the spread of scans within their runs. */
  readonly cp: number;
  readonly cpk: number;
  /** From the spread of all scans, with what differs from run to run. */
  readonly pp: number;
  readonly ppk: number;
}

/** Runs whose gaps round to the same micrometre were meant to be at one. */
const setting = (gap_um: number): number => Math.round(gap_um);

/**
 * Capability and performance indices after ISO 22514-2 for a two-sided tolerance and normally distributed loadings,
 * whose reference interval is six standard deviations: (U - L) / 6σ, and the nearer limit's distance from the mean
 * over 3σ. Each run is a subgroup: Cp takes σ pooled within the runs, Pp the σ of all scans about their common mean,
 * put together from each run's level and spread. Gaps ascending.
 */
export function capabilities(rows: readonly RunRow[], goal: Goal): Capability[] {
  const { target_mg_cm2: target, tolerance_mg_cm2: half } = goal;
  if (target === null || half === null) return [];
  const settings = new Map<number, RunFigures[]>();
  for (const { gap_um, measured } of rows) {
    if (!measured || measured.spread_mg_cm2 === null || measured.scans < 2) continue;
    const { scans: n, level_mg_cm2: level, spread_mg_cm2: sd } = measured;
    const same = settings.get(setting(gap_um)) ?? [];
    settings.set(setting(gap_um), [...same, { n, level, sd }]);
  }
  return [...settings]
    .sort(([a], [b]) => a - b)
    .map(([gap_um, runs]) => ({ gap_um, ...indices(runs, target - half, target + half) }));
}

interface RunFigures {
  readonly n: number;
  readonly level: number;
  readonly sd: number;
}

function indices(runs: readonly RunFigures[], low: number, high: number): Omit<Capability, 'gap_um'> {
  const sum = (of: (run: RunFigures) => number) => runs.reduce((total, run) => total + of(run), 0);
  const scans = sum(({ n }) => n);
  const mean = sum(({ n, level }) => n * level) / scans;
  const within = sum(({ n, sd }) => (n - 1) * sd ** 2);
  const between = sum(({ n, level }) => n * (level - mean) ** 2);
  const [cp, cpk] = ratios(Math.sqrt(within / (scans - runs.length)), mean, low, high);
  const [pp, ppk] = ratios(Math.sqrt((within + between) / (scans - 1)), mean, low, high);
  return { runs: runs.length, scans, mean_mg_cm2: mean, cp, cpk, pp, ppk };
}

function ratios(sd: number, mean: number, low: number, high: number): [index: number, nearer: number] {
  if (!(sd > 0)) return [Number.NaN, Number.NaN];
  return [(high - low) / (6 * sd), Math.min(high - mean, mean - low) / (3 * sd)];
}
