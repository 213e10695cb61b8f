import { coatingProblem, type LineCounts, labCounts, withScan } from '../../../src/causal/coating.ts';
import { type ExactOptions, type ExactSolution, solveExact } from '../../../src/causal/exact/index.ts';
import { resolveExact } from '../../../src/causal/incremental.ts';
import type { AbstractionProblem } from '../../../src/causal/problem.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { hasSharedData } from '../../support/shared-data.ts';
import { publishedProblem } from '../../unit/causal/published-problem.ts';
import { benchmark, type Part, processorSeconds } from '../harness.ts';
import { GROWTH, grownProblem } from '../learning/growth.ts';

const KINDS: readonly { readonly name: string; readonly options: ExactOptions }[] = [
  { name: 'max', options: {} },
  { name: 'max, order-preserving', options: { orderPreserving: true } },
  { name: 'sum', options: { objective: 'sum' } },
  { name: 'sum, order-preserving', options: { objective: 'sum', orderPreserving: true } },
];

await benchmark('exact', async (part) => {
  part.note('times are processor time, proof, tie-break and count together');
  if (hasSharedData) await published(part);
  else part.note('the published data are absent: the study itself is left out');
  await online(part);
  for (const { name, options } of KINDS.slice(0, 2)) await growth(part, name, options);
});

async function published(part: Part): Promise<void> {
  const problem = publishedProblem();
  for (const { name, options } of KINDS) {
    const taken = await processorSeconds(25, () => solveExact(problem, options), 10);
    part.figure(
      `published study, ${name}`,
      taken.map((s) => s * 1000),
      'ms',
      { atMost: 1000 },
    );
  }
}

/** A line of twelve gaps whose every scan is followed by a new solution, as in an agent. */
async function online(part: Part): Promise<void> {
  const random = seededRandom(7);
  const edges = [0, 6, 12, 18, 24, 30];
  const lab = labCounts(
    [75, 100, 200].map((gap_um) => ({ gap_um, n: 24, mean_mg_cm2: gap_um / 8, sd_mg_cm2: 1 })),
    edges,
  );
  let line: readonly LineCounts[] = [];
  let before: { problem: AbstractionProblem; maps: ExactSolution } | undefined;
  const taken: number[] = [];
  for (let scan = 0; scan < 400; scan++) {
    const gap_um = 75 + 11 * ((scan >> 3) % 12);
    const level = gap_um / 8 + random.normal();
    const bins = [0, 1].map(() => Math.max(0, Math.min(4, Math.floor((level + random.normal()) / 6))));
    line = withScan(line, { gap_um, bins });
    if (line.length < lab.length) continue;
    const problem = coatingProblem(lab, line, 'joint');
    const start = before;
    const [seconds] = await processorSeconds(
      1,
      () => {
        before = { problem, maps: resolveExact(start, problem, { orderPreserving: true, countTies: false }) };
      },
      0,
    );
    taken.push(seconds! * 1000);
  }
  const sorted = taken.slice(100).sort((a, b) => a - b);
  part.figure('solution after one more scan, 12 gaps, order-preserving', sorted, 'ms', { atMost: 20 });
  part.figure('the same, 99th percentile', [sorted[Math.floor(0.99 * sorted.length)]!], 'ms');
}

async function growth(part: Part, name: string, options: ExactOptions): Promise<void> {
  const rows: (string | number)[][] = [];
  for (const size of GROWTH) {
    const problem = grownProblem(size, 1);
    let solution = solveExact(problem, options);
    const [seconds] = await processorSeconds(
      1,
      () => {
        solution = solveExact(problem, options);
      },
      0,
    );
    rows.push([
      size.bins,
      size.lanes,
      size.lineGaps,
      size.labGaps,
      problem.outcomes.length,
      solution.error.toFixed(4),
      solution.lowerBound.toFixed(4),
      solution.proved ? `${solution.tiesComplete ? '' : '≥ '}${solution.ties.toPrecision(3)}` : '-',
      solution.nodes,
      seconds! * 1000,
    ]);
  }
  const head = [
    'bins',
    'lanes',
    'line gaps',
    'lab gaps',
    'outcomes',
    'error',
    'lower bound',
    'ties',
    'nodes',
    'ms',
  ];
  part.table(`growth, ${name}`, head, rows);
}
