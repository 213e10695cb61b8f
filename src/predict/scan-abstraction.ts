import { coatingProblem, labCounts } from '../causal/coating.ts';
import { solveExact } from '../causal/exact/index.ts';
import { outcomeName } from '../causal/problem.ts';
import { abstractionSchema } from '../config/abstraction.ts';
import { binOf, pooledEdges } from '../core/bins.ts';
import type { LabGroup } from '../core/prediction.ts';
import type { Abstraction } from './discrete.ts';
import type { ScannedRun } from './evaluate/held-out.ts';

/** As the published study has them, and the agent by default. */
const BINS = 5;

/**
 * The abstraction of a whole table of scans, with the agent's default settings: order-preserving maps from the line's
 * rounded gaps to the lab gaps that both the settings and the tables have, five bins of equal width over all values.
 *
 * @returns undefined where tables and settings leave no lab gap, no scan, or fewer line gaps than lab gaps.
 */
export function abstractionOfScans(
  lab: readonly LabGroup[],
  line: readonly ScannedRun[],
): Abstraction | undefined {
  const settings = abstractionSchema.parse({});
  const groups = lab.filter(({ gap_um }) => settings.lab_gaps_um.includes(gap_um));
  const scans = line.flatMap(({ nominalGap_um, lanes_mg_cm2 }) =>
    lanes_mg_cm2.map((lanes) => ({ gap_um: nominalGap_um, lanes })),
  );
  const gaps = [...new Set(scans.map(({ gap_um }) => gap_um))].sort((a, b) => a - b);
  const labGaps = new Set(groups.map(({ gap_um }) => gap_um));
  if (labGaps.size === 0 || gaps.length < labGaps.size) return undefined;
  const coatings = groups.flatMap((group) => group.rows_mg_cm2 ?? [group.mean_mg_cm2]);
  const edges_mg_cm2 = pooledEdges([...coatings, ...scans.flatMap(({ lanes }) => lanes)], BINS);
  const levels = gaps.map((gap_um) => {
    const counts = new Map<string, number>();
    for (const scan of scans) {
      if (scan.gap_um !== gap_um) continue;
      const outcome = outcomeName(scan.lanes.map((lane) => binOf(edges_mg_cm2, lane)));
      counts.set(outcome, (counts.get(outcome) ?? 0) + 1);
    }
    return { gap_um, counts };
  });
  const problem = coatingProblem(labCounts(groups, edges_mg_cm2), levels, settings.joint);
  const { alphaGap, alphaLoading } = solveExact(problem, {
    objective: settings.objective,
    orderPreserving: settings.order_preserving,
    surjectiveGap: true,
    budget: { nodes: settings.node_budget },
    countTies: false,
  });
  return {
    lineGaps_um: problem.lineGaps_um,
    labGaps_um: problem.labGaps_um,
    alphaGap,
    alphaLoading: Object.fromEntries(
      problem.outcomes.map((outcome, i) => [outcomeName(outcome), alphaLoading[i] as number]),
    ),
    edges_mg_cm2,
  };
}
