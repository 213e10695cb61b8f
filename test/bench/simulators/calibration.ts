import { generate } from '../../../simulators/generate.ts';
import { simulateLab } from '../../../simulators/physics/lab.ts';
import { wmgLine } from '../../../simulators/physics/parameters.ts';
import { runLevel, simulateRuns } from '../../../simulators/physics/runs.ts';
import { loadScenario } from '../../../simulators/scenario/load.ts';
import { seededRandom } from '../../../src/core/random.ts';

/** The simulator's figures beside the published ones: printed by the benchmark, held by a test. */

export const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((a, b) => a + b, 0) / values.length;

export const sd = (values: ArrayLike<number>): number => {
  const m = mean(values);
  return Math.sqrt(Array.from(values).reduce((a, b) => a + (b - m) ** 2, 0) / (values.length - 1));
};

/**
 * Cunha et al., Batteries & Supercaps 3(1):60-67 (2020), 96 % active material: mean and sd (mg/cm²) of all coatings at
 * a gap, and the solids of the slurries that were coated there, eight repeats each.
 */
const publishedLab = [
  { gap_um: 50, mean: 7.702, sd: 0.791, solids: [0.669, 0.689, 0.708, 0.711, 0.733] },
  { gap_um: 75, mean: 10.625, sd: 0.601, solids: [0.669] },
  { gap_um: 100, mean: 15.288, sd: 0.215, solids: [0.669] },
  { gap_um: 200, mean: 26.966, sd: 1.283, solids: [0.669, 0.669, 0.689, 0.708, 0.711, 0.733] },
  { gap_um: 300, mean: 39.614, sd: 2.907, solids: [0.669, 0.669, 0.688, 0.708, 0.711, 0.729, 0.733] },
  { gap_um: 400, mean: 49.852, sd: 2.852, solids: [0.669, 0.669, 0.688, 0.708, 0.711, 0.733] },
];

export interface GapRow {
  readonly gap_um: number;
  /** Groups at the lab, runs at the line. */
  readonly n: number;
  readonly published: { readonly mean: number; readonly sd: number };
  readonly simulated: { readonly mean: number; readonly sd: number };
  /** Published mean minus simulated one, over what the mean of so many would scatter by. */
  readonly z: number;
}

const LAB_CAMPAIGNS = 200;

/** One simulated campaign is as large as the published one; the means are over many of them. */
export function labCalibration(): GapRow[] {
  return publishedLab.map(({ gap_um, solids, ...published }) => {
    const random = seededRandom(gap_um);
    const campaigns = Array.from({ length: LAB_CAMPAIGNS }, () =>
      solids.flatMap((solids_fraction) => [...simulateLab({ gap_um, solids_fraction, repeats: 8 }, random)]),
    );
    const means = campaigns.map(mean);
    const simulated = { mean: mean(means), sd: mean(campaigns.map(sd)) };
    const z = (published.mean - simulated.mean) / sd(means);
    return { gap_um, n: solids.length, published: { mean: published.mean, sd: published.sd }, simulated, z };
  });
}

/** The WMG day (Zennaro et al., CLeaR 2023): gap (µm), seconds at the coater, scans and mean loading at the gauge. */
export const publishedRuns = [
  { gap_um: 143, coater_s: 35, first: 117, end: 120, mean_mg_cm2: 22.27 },
  { gap_um: 169, coater_s: 80, first: 222, end: 230, mean_mg_cm2: 25.21 },
  { gap_um: 143, coater_s: 56, first: 272, end: 302, mean_mg_cm2: 21.69 },
  { gap_um: 108.56, coater_s: 39, first: 363, end: 368, mean_mg_cm2: 18.3 },
  { gap_um: 165, coater_s: 81, first: 424, end: 427, mean_mg_cm2: 25.97 },
  { gap_um: 143, coater_s: 53, first: 489, end: 494, mean_mg_cm2: 21.5 },
  { gap_um: 151.04, coater_s: 75, first: 586, end: 620, mean_mg_cm2: 22.84 },
  { gap_um: 143, coater_s: 105, first: 716, end: 750, mean_mg_cm2: 22.15 },
  { gap_um: 181.76, coater_s: 37, first: 787, end: 791, mean_mg_cm2: 26.41 },
  { gap_um: 143, coater_s: 27, first: 860, end: 862, mean_mg_cm2: 24.54 },
  { gap_um: 143, coater_s: 45, first: 864, end: 869, mean_mg_cm2: 21.82 },
  { gap_um: 150, coater_s: 46, first: 977, end: 984, mean_mg_cm2: 22.21 },
  { gap_um: 147, coater_s: 311, first: 985, end: 1064, mean_mg_cm2: 22.5 },
  { gap_um: 147, coater_s: 566, first: 1104, end: 1126, mean_mg_cm2: 22.57 },
  { gap_um: 106.25, coater_s: 44, first: 1236, end: 1241, mean_mg_cm2: 17.3 },
  { gap_um: 180, coater_s: 119, first: 1365, end: 1393, mean_mg_cm2: 24.61 },
  { gap_um: 182, coater_s: 65, first: 1424, end: 1431, mean_mg_cm2: 24.82 },
] as const;

/** Gaps that the study took together (µm). */
const GROUPS = [
  [105, 110],
  [143, 143],
  [147, 152],
  [165, 169],
  [180, 182],
] as const;

/** Runs of the line by gap: mean and spread of their levels. */
export function lineCalibration(): GapRow[] {
  return GROUPS.map(([low, high]) => {
    const runs = publishedRuns.filter(({ gap_um }) => gap_um >= low && gap_um <= high);
    const gap_um = mean(runs.map((run) => run.gap_um));
    const simulated = {
      mean: mean(runs.map((run) => runLevel(wmgLine, run.gap_um))),
      sd: betweenRuns(gap_um),
    };
    const levels = runs.map((run) => run.mean_mg_cm2);
    const z = (mean(levels) - simulated.mean) / (simulated.sd / Math.sqrt(runs.length));
    return { gap_um, n: runs.length, published: { mean: mean(levels), sd: sd(levels) }, simulated, z };
  });
}

const SPREAD_RUNS = 400;
const SCANS = 30;

const runsAt = (gap_um: number) =>
  simulateRuns(
    wmgLine,
    Array.from({ length: SPREAD_RUNS }, () => ({ gap_um, scans: SCANS })),
    seededRandom(Math.round(gap_um)),
  );

const betweenRuns = (gap_um: number) => sd(runsAt(gap_um).map((run) => run.level_mg_cm2));

export interface Spread {
  readonly what: string;
  readonly published: readonly [low: number, high: number];
  readonly simulated: number;
}

/** Spread (mg/cm²) between runs at one gap and of the scans within a run. */
export const spreads = (): Spread[] => [
  { what: 'between runs at one gap', published: [0.7, 1.2], simulated: betweenRuns(150) },
  {
    what: 'scans within a run',
    published: [0.1, 0.3],
    simulated: mean(runsAt(150).map((run) => sd(run.scans_mg_cm2))),
  },
];

export interface DayRun {
  readonly coater_s: number;
  readonly first: number;
  /** Exclusive. */
  readonly end: number;
  readonly mean_mg_cm2: number;
}

/** The simulated day measured as the study measured the recorded one: gap above 40 µm, loading above 10 mg/cm². */
export function simulatedDay(): DayRun[] {
  const line = generate(loadScenario('config/scenarios/recorded-day.yaml'), 1);
  const coating_s: number[] = [];
  const atGauge: { first: number; end: number; sum: number }[] = [];
  let open = false;
  let coated = false;
  for (const message of line) {
    if (message.kind === 'machine') {
      const { bar_operator_mm = 0, roll_ratio_percent = 0 } = message.values;
      const isOpen = bar_operator_mm * 10 * roll_ratio_percent > 40;
      if (isOpen && !open) coating_s.push(0);
      if (isOpen) coating_s[coating_s.length - 1] = (coating_s.at(-1) ?? 0) + 1;
      open = isOpen;
    } else if (message.kind === 'scan') {
      const loading_mg_cm2 = mean(message.loading_mg_cm2.slice(352, 452));
      if (loading_mg_cm2 > 10 && !coated) atGauge.push({ first: message.scan, end: 0, sum: 0 });
      coated = loading_mg_cm2 > 10;
      const run = atGauge.at(-1);
      if (run && coated) {
        run.end = message.scan + 1;
        run.sum += loading_mg_cm2;
      }
    }
  }
  const merged_s = withoutInterruptions(coating_s);
  return atGauge.map(({ first, end, sum }, i) => ({
    coater_s: merged_s[i] ?? Number.NaN,
    first,
    end,
    mean_mg_cm2: sum / (end - first),
  }));
}

/** Two interruptions of one second cut runs 5 and 14 in two, as in the recording; the study took them together. */
function withoutInterruptions(coating_s: readonly number[]): number[] {
  const cutBefore = [5, 15];
  return coating_s.flatMap((seconds, i) => {
    if (cutBefore.includes(i)) return [];
    return [seconds + (cutBefore.includes(i + 1) ? 1 + (coating_s[i + 1] ?? 0) : 0)];
  });
}
