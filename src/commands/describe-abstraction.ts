import { MAX_DISTANCE } from '../causal/divergence.ts';
import type { ExactSolution } from '../causal/exact/index.ts';
import { type AbstractionMaps, type AbstractionProblem, outcomeName } from '../causal/problem.ts';
import type { RelaxedSolution } from '../causal/relaxed/index.ts';
import type { RobustSolution } from '../causal/robust/index.ts';
import type { StochasticSolution } from '../causal/stochastic/index.ts';
import { textTable } from './text-table.ts';

/** An abstraction in words and small tables, for people. Lines joined by newlines. */
export function describeMaps(
  problem: AbstractionProblem,
  maps: AbstractionMaps & { readonly errors: readonly number[] },
): string {
  const gaps = textTable([
    ['line gap (µm)', 'lab gap (µm)', 'error'],
    ...problem.lineGaps_um.map((gap_um, g) => [
      `${gap_um}`,
      `${problem.labGaps_um[maps.alphaGap[g]!]}`,
      maps.errors[g]!.toFixed(4),
    ]),
  ]);
  const byBin = Array.from({ length: problem.labBins }, (_, bin) => [
    `${bin}`,
    problem.outcomes
      .filter((_, o) => maps.alphaLoading[o] === bin)
      .map((outcome) => `(${outcomeName(outcome)})`)
      .join(' ') || '-',
  ]);
  return `${gaps}\n\n${textTable([['lab bin', 'line outcomes (bin of each lane)'], ...byBin])}`;
}

/** What the search proved and how far the data leave the answer open. */
export function describeCertificate(solution: ExactSolution): string {
  const lines: string[] = [];
  if (solution.proved) {
    lines.push(
      `Consistency error ${solution.error.toFixed(6)}: no map of this kind has a smaller one (proved).`,
    );
  } else {
    lines.push(
      `Consistency error ${solution.error.toFixed(6)}, not proved: the search ended at its budget. ` +
        `The optimum lies between ${solution.lowerBound.toFixed(6)} and this.`,
    );
  }
  if (!solution.proved) return lines.join('\n');
  const least = solution.tiesComplete ? '' : 'at least ';
  if (solution.ties === 1 && solution.tiesComplete) {
    lines.push('It is the only pair of maps with this error.');
  } else if (solution.ties > 0) {
    lines.push(
      `The data do not decide: ${least}${solution.ties} pairs of maps have this error. ` +
        'Shown is the one with the smallest errors at the other gaps, then the nearest in value.',
    );
    const shown = solution.optimalGapMaps.slice(0, 10);
    const rows = shown.map(({ alphaGap, loadingMaps }) => [
      alphaGap.join(alphaGap.some((lab) => lab > 9) ? ',' : ''),
      `${loadingMaps}`,
    ]);
    lines.push('', textTable([['gap map (index of the lab gap)', 'loading maps'], ...rows]));
    const hidden = solution.optimalGapMaps.length - shown.length;
    if (hidden > 0) lines.push(`… and ${hidden} more gap maps`);
  }
  if (solution.alphaGap.some((lab, gap) => gap > 0 && lab < solution.alphaGap[gap - 1]!)) {
    lines.push(
      '',
      'This gap map does not keep the order of the gaps; --order-preserving asks for one that does.',
    );
  }
  if (!solution.tieBreakProved) lines.push('The choice among them was ended by the budget.');
  return lines.join('\n');
}

/** How sure the counts make the answer. */
export function describeUncertainty(uncertainty: {
  readonly draws: number;
  readonly sameGapMap: number;
  readonly gapMaps: readonly { readonly alphaGap: readonly number[]; readonly probability: number }[];
  readonly errorInterval90: readonly [number, number];
}): string {
  const [low, high] = uncertainty.errorInterval90;
  const percent = (share: number) => (100 * share).toFixed(1);
  const rows = uncertainty.gapMaps
    .slice(0, 5)
    .map(({ alphaGap, probability }) => [
      alphaGap.join(alphaGap.some((lab) => lab > 9) ? ',' : ''),
      percent(probability),
    ]);
  return [
    `From so few scans and coatings (${uncertainty.draws} draws from their posterior, every scan taken as independent):`,
    `the error of these maps lies between ${low.toFixed(3)} and ${high.toFixed(3)} with 90 % probability, ` +
      `and their gap map is the best one with ${percent(uncertainty.sameGapMap)} %.`,
    '',
    textTable([['gap map (index of the lab gap)', '% of draws'], ...rows]),
  ].join('\n');
}

/** The figures of a relaxed search that are easily mixed up, side by side. */
export function describeRelaxed(
  { relaxed, error, loss, engine, restarts }: RelaxedSolution,
  certified: ExactSolution,
  orderPreserving: boolean,
): string {
  const kind = orderPreserving ? 'order-preserving maps (the relaxed search knows no order)' : 'all maps';
  const status = certified.proved ? 'certified optimum' : 'best known, not proved';
  return [
    textTable([
      ['figure', 'error', 'what it is'],
      [
        'relaxed',
        relaxed.distance.toFixed(6),
        `best of ${restarts.length} restarts, ${loss} loss, ${engine}`,
      ],
      ['rounded', relaxed.rounded.error.toFixed(6), 'the same restart as maps, as published'],
      ['polished', error.toFixed(6), 'the best rounded maps after single changes; shown below'],
      ['certified', certified.error.toFixed(6), `${status} over ${kind}`],
    ]),
    '',
    'Mixed maps reach almost anything, so the relaxed figure decides nothing: compare the last three.',
  ].join('\n');
}

/** What splitting outcomes would gain. */
export const describeStochastic = ({ error, lowerBound, gap }: StochasticSolution): string =>
  `With outcomes shared out over several bins this gap map has a largest error of ${error.toFixed(6)}, and no shares do better ` +
  `than ${lowerBound.toFixed(6)} (duality gap ${gap.toExponential(1)}).`;

/** What stays true if the line's mechanisms are others than the counts show. */
export function describeRobust(robust: RobustSolution, confidence: number): string {
  const { alphaGap, error, nominal, ceiling } = robust;
  const map = alphaGap.join(alphaGap.some((lab) => lab > 9) ? ',' : '');
  const vacuous =
    ceiling > 0.99 * MAX_DISTANCE ? ' That is as large as errors get: the scans are too few.' : '';
  return (
    `Worst case with ${100 * confidence} % confidence in each gap's scans: gap map ${map} has an error of ` +
    `${error.toFixed(6)} (certainly not above ${ceiling.toFixed(6)}), and of ${nominal.toFixed(6)} as observed.${vacuous}`
  );
}
