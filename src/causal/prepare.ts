import { binOf, pooledEdges } from '../core/bins.ts';
import { BadInputError } from '../core/errors.ts';
import {
  coatingProblem,
  type Joint,
  type LabCoatings,
  type LabCounts,
  type LineCounts,
  labCounts,
  lineCounts,
} from './coating.ts';
import type { AbstractionProblem } from './problem.ts';
import type { BinnedScan } from './transport.ts';

/** A scan of the line as tables and the pipeline have it: lanes as loadings, or already in bins. */
export interface LineScanRow {
  readonly gap_um: number;
  readonly lanes_mg_cm2: readonly number[];
  /** Used where there are no loadings. */
  readonly bins: readonly number[];
}

export interface PreparedProblem {
  readonly problem: AbstractionProblem;
  readonly edges_mg_cm2: readonly number[];
  readonly lab: readonly LabCounts[];
  readonly line: readonly LineCounts[];
  readonly joint: Joint;
  readonly scans: readonly BinnedScan[];
}

/**
 * From tables to a problem: equal-width bins over the pooled loadings of lab and line, then counts. Scans that are
 * binned already keep their bins, and the lab alone gives the edges.
 *
 * @throws BadInputError for empty tables, or rows of which some have loadings and some only bins.
 */
export function prepareProblem(
  lab: readonly LabCoatings[],
  line: readonly LineScanRow[],
  bins: number,
  joint: Joint,
): PreparedProblem {
  if (lab.length === 0) throw new BadInputError('no lab coating is left', { where: 'lab table' });
  const continuous = line.filter((row) => row.lanes_mg_cm2.length > 0);
  if (continuous.length > 0 && continuous.length < line.length) {
    throw new BadInputError(
      `${continuous.length} of ${line.length} rows have loadings, the others only bins`,
      {
        where: 'line table',
        allowed: 'loadings in every row, or bins in every row',
      },
    );
  }
  for (const { gap_um, bins: given, lanes_mg_cm2 } of line) {
    if (lanes_mg_cm2.length > 0 || given.every((bin) => Number.isInteger(bin) && bin >= 0)) continue;
    throw new BadInputError(`bins ${given.join(', ')}`, {
      where: `line table, gap ${gap_um} µm`,
      allowed: 'integers from 0',
    });
  }
  const values = lab.flatMap(labValues);
  const edges_mg_cm2 = pooledEdges([...values, ...continuous.flatMap((row) => row.lanes_mg_cm2)], bins);
  const scans = line.map((row) => ({
    gap_um: row.gap_um,
    bins: row.lanes_mg_cm2.length > 0 ? row.lanes_mg_cm2.map((v) => binOf(edges_mg_cm2, v)) : row.bins,
  }));
  const ofLab = labCounts(lab, edges_mg_cm2);
  const ofLine = lineCounts(scans);
  const problem = coatingProblem(ofLab, ofLine, joint);
  return { problem, edges_mg_cm2, lab: ofLab, line: ofLine, joint, scans };
}

/** The coatings themselves, or where only figures are known the range that holds about 95 % of them. */
function labValues(group: LabCoatings): readonly number[] {
  if (group.rows_mg_cm2) return group.rows_mg_cm2;
  const spread = group.sd_mg_cm2 > 0 ? 2 * group.sd_mg_cm2 : 0;
  return [group.mean_mg_cm2 - spread, group.mean_mg_cm2 + spread];
}
