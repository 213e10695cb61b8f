/** How well the runs at one gap setting keep within target ± tolerance. Indices are NaN where they can't be known. */
export interface Capability {
  readonly gap_um: number;
  readonly runs: number;
  readonly scans: number;
  readonly mean_mg_cm2: number;
  /** From the spread of the scans within their runs. */
  readonly cp: number;
  readonly cpk: number;
  /** From the spread of all scans, with what differs from run to run. */
  readonly pp: number;
  readonly ppk: number;
}

/** A run's scans in three figures: a subgroup, whatever is known of it besides. */
export interface CapabilityRun {
  readonly gap_um: number;
  readonly scans: number;
  /** Mean of the scans. */
  readonly level_mg_cm2: number;
  /** Sum of squared deviations of the scans from that mean, (mg/cm²)². */
  readonly squares: number;
}

/** Runs whose gaps round to the same micrometre were meant to be at one. */
const setting = (gap_um: number): number => Math.round(gap_um);

/**
 * Capability and performance indices for a two-sided tolerance and normally distributed loadings, whose reference
 * interval is six standard deviations (ISO 22514-2): (U - L) / 6σ, and the nearer limit's distance from the mean
 * over 3σ. Each run is a subgroup: Cp takes σ pooled within the runs, Pp the σ of all scans about their common mean,
 * put together from each run's level and spread. Gaps ascending.
 */
export function capabilities(
  runs: readonly CapabilityRun[],
  target_mg_cm2: number,
  tolerance_mg_cm2: number,
): Capability[] {
  const settings = new Map<number, CapabilityRun[]>();
  for (const run of runs) {
    const gap_um = setting(run.gap_um);
    settings.set(gap_um, [...(settings.get(gap_um) ?? []), run]);
  }
  const [low, high] = [target_mg_cm2 - tolerance_mg_cm2, target_mg_cm2 + tolerance_mg_cm2];
  return [...settings]
    .sort(([a], [b]) => a - b)
    .map(([gap_um, same]) => ({ gap_um, ...indices(same, low, high) }));
}

function indices(runs: readonly CapabilityRun[], low: number, high: number): Omit<Capability, 'gap_um'> {
  const sum = (of: (run: CapabilityRun) => number) => runs.reduce((total, run) => total + of(run), 0);
  const scans = sum((run) => run.scans);
  const mean = sum((run) => run.scans * run.level_mg_cm2) / scans;
  const within = sum(({ squares }) => squares);
  const between = sum((run) => run.scans * (run.level_mg_cm2 - mean) ** 2);
  const [cp, cpk] = ratios(Math.sqrt(within / (scans - runs.length)), mean, low, high);
  const [pp, ppk] = ratios(Math.sqrt((within + between) / (scans - 1)), mean, low, high);
  return { runs: runs.length, scans, mean_mg_cm2: mean, cp, cpk, pp, ppk };
}

function ratios(sd: number, mean: number, low: number, high: number): [index: number, nearer: number] {
  if (!(sd > 0)) return [Number.NaN, Number.NaN];
  return [(high - low) / (6 * sd), Math.min(high - mean, mean - low) / (3 * sd)];
}
