import { binOf } from '../core/bins.ts';
import { BadInputError } from '../core/errors.ts';
import { normalCdf } from './normal.ts';
import { type AbstractionProblem, outcomeName } from './problem.ts';

/**
 * The coating line as two finite causal models, estimated from data: counts of binned scans below, lab coatings
 * above.
 */

/** Lab coatings at one gap: rows, or figures alone. `LabGroup` of the lab tables has this form. */
export interface LabCoatings {
  readonly gap_um: number;
  readonly n: number;
  readonly mean_mg_cm2: number;
  readonly sd_mg_cm2: number;
  readonly rows_mg_cm2?: readonly number[];
}

/** What the lab shows at one gap: how many coatings, and how they spread over the bins (may be fractional). */
export interface LabCounts {
  readonly gap_um: number;
  readonly counts: Float64Array;
}

/** What the line shows at one gap: scans for each outcome, by name (`"2,2"`: the bin of each lane). */
export interface LineCounts {
  readonly gap_um: number;
  readonly counts: ReadonlyMap<string, number>;
}

/** How the lanes join: as if independent given the gap (as published), or in the combinations that occurred. */
export type Joint = 'product' | 'joint';

/**
 * Expected coatings in each bin, for each gap ascending. Rows are counted; where a group has figures only, its n
 * coatings are spread by the cells of a normal distribution. Groups of one gap (several slurries) add up.
 *
 * @throws BadInputError for a group without coatings, or figures that make no distribution.
 */
export function labCounts(groups: readonly LabCoatings[], edges_mg_cm2: readonly number[]): LabCounts[] {
  const bins = edges_mg_cm2.length - 1;
  const byGap = new Map<number, Float64Array>();
  for (const group of groups) {
    const counts = byGap.get(group.gap_um) ?? new Float64Array(bins);
    byGap.set(group.gap_um, counts);
    if (group.rows_mg_cm2) for (const value of group.rows_mg_cm2) counts[binOf(edges_mg_cm2, value)]! += 1;
    else addNormalCells(counts, group, edges_mg_cm2);
  }
  return [...byGap].sort(([a], [b]) => a - b).map(([gap_um, counts]) => ({ gap_um, counts }));
}

function addNormalCells(counts: Float64Array, group: LabCoatings, edges_mg_cm2: readonly number[]): void {
  const { n, mean_mg_cm2, sd_mg_cm2, gap_um } = group;
  if (!(n > 0) || !Number.isFinite(mean_mg_cm2)) {
    throw new BadInputError(`n ${n}, mean ${mean_mg_cm2}`, {
      where: `lab table, gap ${gap_um} µm`,
      allowed: 'n above 0 and a finite mean',
    });
  }
  if (!(sd_mg_cm2 > 0)) {
    // A single coating, or several that agree, has no spread to go by: all of it is where the mean is.
    counts[binOf(edges_mg_cm2, mean_mg_cm2)]! += n;
    return;
  }
  const below = (bin: number) => {
    if (bin === 0) return 0;
    return bin === counts.length ? 1 : normalCdf((edges_mg_cm2[bin]! - mean_mg_cm2) / sd_mg_cm2);
  };
  for (let bin = 0; bin < counts.length; bin++) counts[bin]! += n * (below(bin + 1) - below(bin));
}

/** Counts the outcomes of binned scans at each gap, ascending. */
export function lineCounts(
  scans: Iterable<{ readonly gap_um: number; readonly bins: readonly number[] }>,
): LineCounts[] {
  const byGap = new Map<number, Map<string, number>>();
  for (const { gap_um, bins } of scans) {
    const counts = byGap.get(gap_um) ?? new Map<string, number>();
    byGap.set(gap_um, counts);
    const name = outcomeName(bins);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return [...byGap].sort(([a], [b]) => a - b).map(([gap_um, counts]) => ({ gap_um, counts }));
}

/** The counts with one more scan, or several; a new gap or a new outcome simply appears. The old ones stay. */
export function withScan(
  line: readonly LineCounts[],
  scan: { readonly gap_um: number; readonly bins: readonly number[] },
  scans = 1,
): LineCounts[] {
  const name = outcomeName(scan.bins);
  const known = line.find(({ gap_um }) => gap_um === scan.gap_um);
  const counts = new Map(known?.counts);
  counts.set(name, (counts.get(name) ?? 0) + scans);
  const others = line.filter((level) => level !== known);
  return [...others, { gap_um: scan.gap_um, counts }].sort((a, b) => a.gap_um - b.gap_um);
}

/** More outcomes than this at one gap are no description of it any more. */
const MOST_OUTCOMES = 100_000;

/**
 * The problem of finding an abstraction between both. Outcomes stand in lexicographic order of their bins, and
 * only those that occur.
 *
 * @throws BadInputError for a level without data, and for a product of lanes too large to list.
 */
export function coatingProblem(
  lab: readonly LabCounts[],
  line: readonly LineCounts[],
  joint: Joint,
): AbstractionProblem {
  const mu = lab.map(({ gap_um, counts }) => normalised(counts, `lab, gap ${gap_um} µm`));
  const levels = line.map((level) => outcomeProbabilities(level, joint));
  const byName = new Map<string, readonly number[]>();
  for (const level of levels) for (const name of level.keys()) byName.set(name, name.split(',').map(Number));
  const named = [...byName].sort(([, a], [, b]) => compareBins(a, b));
  const nu = levels.map((level) => Float64Array.from(named, ([name]) => level.get(name) ?? 0));
  return {
    labGaps_um: lab.map(({ gap_um }) => gap_um),
    lineGaps_um: line.map(({ gap_um }) => gap_um),
    labBins: lab[0]?.counts.length ?? 0,
    outcomes: named.map(([, bins]) => bins),
    mu,
    nu,
  };
}

function outcomeProbabilities({ gap_um, counts }: LineCounts, joint: Joint): Map<string, number> {
  const where = `line, gap ${gap_um} µm`;
  const names = [...counts.keys()].filter((name) => counts.get(name)! > 0);
  const probabilities = normalised(
    names.map((name) => counts.get(name)!),
    where,
  );
  if (joint === 'joint') return new Map(names.map((name, i) => [name, probabilities[i]!]));
  const outcomes = names.map((name) => name.split(',').map(Number));
  const lanes = outcomes[0]!.length;
  let product = new Map<string, number>([['', 1]]);
  for (let lane = 0; lane < lanes; lane++) {
    const marginal = new Map<number, number>();
    for (const [i, outcome] of outcomes.entries()) {
      marginal.set(outcome[lane]!, (marginal.get(outcome[lane]!) ?? 0) + probabilities[i]!);
    }
    if (product.size * marginal.size > MOST_OUTCOMES) {
      throw new BadInputError(`the product of ${lanes} lanes has more than ${MOST_OUTCOMES} outcomes`, {
        where,
        allowed: 'joint: "joint", fewer lanes, or fewer bins',
      });
    }
    const grown = new Map<string, number>();
    for (const [name, p] of product) {
      for (const [bin, q] of marginal) grown.set(lane === 0 ? `${bin}` : `${name},${bin}`, p * q);
    }
    product = grown;
  }
  return product;
}

function normalised(counts: ArrayLike<number>, where: string): Float64Array {
  const values = Float64Array.from(counts);
  const total = values.reduce((sum, count) => sum + count, 0);
  if (!(total > 0)) {
    throw new BadInputError('the level is empty', { where, allowed: 'at least one scan or coating' });
  }
  return values.map((count) => count / total);
}

function compareBins(a: readonly number[], b: readonly number[]): number {
  const at = a.findIndex((bin, lane) => bin !== b[lane]);
  return at < 0 ? 0 : a[at]! - b[at]!;
}
