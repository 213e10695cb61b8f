import { coatingProblem, type Joint, labCounts, lineCounts } from '../../causal/coating.ts';
import { solveExact } from '../../causal/exact/index.ts';
import { type LabSample, transportBy } from '../../causal/transport.ts';
import { binOf, pooledEdges } from '../../core/bins.ts';
import { BadInputError } from '../../core/errors.ts';

/** Data of the published kind: lab coatings, and scans of the line at a few rounded gaps. */
export interface PublishedData {
  readonly lab: readonly { readonly gap_um: number; readonly loading_mg_cm2: number }[];
  readonly line: readonly LineScan[];
}

export interface LineScan {
  readonly gap_um: number;
  /** Mean loading of each lane, operator side first. */
  readonly lanes_mg_cm2: readonly number[];
  /** False for rows that the study sampled from a model. */
  readonly measured: boolean;
}

/** The data in bins. A lab row keeps its loading, a scan its lanes. */
export interface Study {
  readonly labRows: readonly LabRow[];
  readonly scans: readonly BinnedLineScan[];
  readonly labGaps_um: readonly number[];
  readonly edges_mg_cm2: readonly number[];
}

export interface LabRow extends LabSample {
  readonly loading_mg_cm2: number;
}

export interface BinnedLineScan extends LineScan {
  readonly bins: readonly number[];
}

/** @throws BadInputError for fewer than three lab gaps: two must remain when one is held out. */
export function binStudy(data: PublishedData, bins: number): Study {
  const labGaps_um = [...new Set(data.lab.map((row) => row.gap_um))].sort((a, b) => a - b);
  if (labGaps_um.length < 3) {
    throw new BadInputError(`the lab has ${labGaps_um.length} gaps: ${labGaps_um.join(', ')} µm`, {
      where: 'published suite',
      allowed: 'three or more, so that two remain when one is held out',
    });
  }
  const pooled = [...data.lab.map((r) => r.loading_mg_cm2), ...data.line.flatMap((r) => r.lanes_mg_cm2)];
  const edges_mg_cm2 = pooledEdges(pooled, bins);
  return {
    labRows: data.lab.map((row) => ({ ...row, bin: binOf(edges_mg_cm2, row.loading_mg_cm2) })),
    scans: data.line.map((scan) => ({ ...scan, bins: scan.lanes_mg_cm2.map((v) => binOf(edges_mg_cm2, v)) })),
    labGaps_um,
    edges_mg_cm2,
  };
}

/** The transport that the study published, for its five bins and six line gaps: line → lab. */
const PUBLISHED_GAPS: Readonly<Record<number, number>> = {
  75: 75,
  110: 75,
  150: 100,
  170: 100,
  180: 100,
  200: 200,
};
const PUBLISHED_BINS: Readonly<Record<string, number>> = {
  '2,0': 3,
  '2,2': 1,
  '3,0': 2,
  '3,2': 2,
  '3,3': 2,
  '3,4': 2,
  '4,3': 2,
  '4,4': 4,
};

/** The scans as the published abstraction turns them into lab rows; undefined for other data than the study's. */
export function movedAsPublished(study: Study): LabSample[] | undefined {
  const moved: LabSample[] = [];
  for (const { gap_um, bins } of study.scans) {
    const gap = PUBLISHED_GAPS[gap_um];
    const bin = PUBLISHED_BINS[bins.join(',')];
    if (gap === undefined || bin === undefined || !study.labGaps_um.includes(gap)) return undefined;
    moved.push({ gap_um: gap, bin });
  }
  return moved;
}

/** The scans moved by the exact order-preserving abstraction onto the lab, with one lab gap left out or none. */
export function movedExactly(
  study: Study,
  scans: readonly BinnedLineScan[],
  joint: Joint,
  leftOut_um?: number,
): LabSample[] {
  const groups = study.labGaps_um
    .filter((gap_um) => gap_um !== leftOut_um)
    .map((gap_um) => {
      const rows = study.labRows.filter((row) => row.gap_um === gap_um).map((row) => row.loading_mg_cm2);
      return { gap_um, n: rows.length, mean_mg_cm2: Number.NaN, sd_mg_cm2: Number.NaN, rows_mg_cm2: rows };
    });
  const problem = coatingProblem(labCounts(groups, study.edges_mg_cm2), lineCounts(scans), joint);
  const maps = solveExact(problem, { orderPreserving: true, countTies: false });
  return scans.map(transportBy(problem, maps));
}

/** The scans as they are: their own gap, and the mean of their lanes' bins. Lab and line share the bins' edges. */
export const unmoved = (scans: readonly BinnedLineScan[]): LabSample[] =>
  scans.map(({ gap_um, bins }) => ({ gap_um, bin: bins.reduce((a, b) => a + b, 0) / bins.length }));
