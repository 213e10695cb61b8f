import { coatingProblem, type Joint, labCounts, lineCounts } from '../../../src/causal/coating.ts';
import type { AbstractionProblem } from '../../../src/causal/problem.ts';
import { binOf, pooledEdges } from '../../../src/core/bins.ts';
import { seededRandom } from '../../../src/core/random.ts';

export interface GrowthSize {
  readonly bins: number;
  readonly lanes: number;
  readonly lineGaps: number;
  readonly labGaps: number;
  readonly joint: Joint;
}

/** The published study's size. */
export const STUDY: GrowthSize = { bins: 5, lanes: 2, lineGaps: 6, labGaps: 3, joint: 'joint' };

/** One row of a growth table for each size, in the order in which the sizes grow. */
export const GROWTH: readonly GrowthSize[] = [
  STUDY,
  { ...STUDY, bins: 10 },
  { ...STUDY, bins: 20 },
  { ...STUDY, lanes: 3 },
  { ...STUDY, lanes: 4 },
  { ...STUDY, lanes: 8 },
  { ...STUDY, lineGaps: 12 },
  { ...STUDY, lineGaps: 30 },
  { ...STUDY, labGaps: 6 },
];

/**
 * A line of the study's kind at any size, drawn from a seed: loading grows by 10 mg/cm² per 100 µm, the lab
 * scatters by 1 mg/cm² over 24 coatings at each gap, the line by 0.7 between runs and 0.3 between lanes over 40
 * scans at each gap.
 */
export function grownProblem(size: GrowthSize, seed: number): AbstractionProblem {
  const random = seededRandom(seed);
  const gaps = (count: number) => Array.from({ length: count }, (_, i) => 75 + (125 * i) / (count - 1));
  const level = (gap_um: number) => gap_um / 10;
  const lab = gaps(size.labGaps).map((gap_um) => ({
    gap_um,
    rows_mg_cm2: Array.from({ length: 24 }, () => level(gap_um) + random.normal()),
  }));
  const line = gaps(size.lineGaps).flatMap((gap_um) => {
    const run = level(gap_um) + 0.7 * random.normal();
    return Array.from({ length: 40 }, () => ({
      gap_um,
      lanes: Array.from({ length: size.lanes }, () => run + 0.3 * random.normal()),
    }));
  });
  const pooled = [...lab.flatMap((group) => group.rows_mg_cm2), ...line.flatMap((scan) => scan.lanes)];
  const edges = pooledEdges(pooled, size.bins);
  const groups = lab.map((group) => ({ ...group, n: 24, mean_mg_cm2: Number.NaN, sd_mg_cm2: Number.NaN }));
  const scans = line.map(({ gap_um, lanes }) => ({
    gap_um,
    bins: lanes.map((value) => binOf(edges, value)),
  }));
  return coatingProblem(labCounts(groups, edges), lineCounts(scans), size.joint);
}
