import { coatingProblem, type Joint, labCounts, lineCounts } from '../../../src/causal/coating.ts';
import type { AbstractionProblem } from '../../../src/causal/problem.ts';
import { binOf, pooledEdges } from '../../../src/core/bins.ts';
import { readLabTable } from '../../../src/sources/tables/lab.ts';
import { readLineTable } from '../../../src/sources/tables/line.ts';
import { sharedData } from '../../support/shared-data.ts';

/** The published study's data, binned as the study did. */
export function publishedProblem(joint: Joint = 'product', bins = 5): AbstractionProblem {
  const lab = readLabTable(sharedData('lrcs.csv'), {
    where: [{ column: 'am_percent', value: 96 }],
    gaps_um: [75, 100, 200],
  });
  const line = readLineTable(sharedData('wmg-scans.csv'));
  const pooled = [...lab.rows.map((row) => row.loading_mg_cm2), ...line.flatMap((row) => row.lanes_mg_cm2)];
  const edges = pooledEdges(pooled, bins);
  const scans = line.map(({ gap_um, lanes_mg_cm2 }) => ({
    gap_um,
    bins: lanes_mg_cm2.map((value) => binOf(edges, value)),
  }));
  return coatingProblem(labCounts(lab.groups, edges), lineCounts(scans), joint);
}
