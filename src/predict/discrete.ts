import type { Prediction } from '../core/prediction.ts';
import type { AbstractionReport } from '../core/report.ts';
import { normalCdf, normalQuantile } from './numeric/normal.ts';

/** The discrete side of a prediction: how the current abstraction sees it in the lab's bins. */
export interface DiscreteView {
  /** Probability of each lab bin by the abstraction, from the lowest; with `unmapped` they sum to 1. */
  readonly byAbstraction: readonly number[];
  /** Probability of outcomes that the abstraction has never seen and so doesn't map. */
  readonly unmapped: number;
  /** Probability of each bin by the continuous lab prediction at the abstraction's lab gap. */
  readonly byLab: readonly number[];
  /** The lab gap that the abstraction maps this line gap to (µm). */
  readonly labGap_um: number;
  /** Total variation distance between the two, 0 to 1. */
  readonly disagreement: number;
  /** Plain words where the two views disagree; absent where they don't. */
  readonly warning?: string;
}

/** What the view needs of an abstraction. */
export type Abstraction = Pick<
  AbstractionReport,
  'lineGaps_um' | 'labGaps_um' | 'alphaGap' | 'alphaLoading' | 'edges_mg_cm2'
>;

/** Beyond this share of probability in different bins, the operator is told. */
const TOLERATED = 0.5;
/** Equally probable levels that stand for the web's common level. */
const LEVELS = 16;
/** Outcomes with less probability than this are not followed. */
const NEGLIGIBLE = 1e-4;

/**
 * Sends the line's prediction through the abstraction: the web's common level is spread over equally probable
 * values, the lanes are independent about it, their bins form an outcome, and α_L gives the outcome's lab bin.
 *
 * @param line prediction of the line's next run, with as many lanes as the abstraction's outcomes have.
 * @param labAt the lab's prediction at a gap.
 */
export function discreteView(
  line: Prediction,
  labAt: (gap_um: number) => Prediction,
  abstraction: Abstraction,
): DiscreteView {
  const bins = abstraction.edges_mg_cm2.length - 1;
  const byAbstraction = new Array<number>(bins).fill(0);
  let unmapped = 0;
  for (let i = 0; i < LEVELS; i++) {
    const shift = line.sd_mg_cm2 * normalQuantile((i + 0.5) / LEVELS);
    const lanes = line.lanes.map((lane) =>
      binMasses(lane.mean_mg_cm2 + shift, laneSd(line, lane), abstraction),
    );
    for (const { outcome, probability } of outcomes(lanes)) {
      const bin = abstraction.alphaLoading[outcome];
      if (bin === undefined) unmapped += probability / LEVELS;
      else byAbstraction[bin] = (byAbstraction[bin] ?? 0) + probability / LEVELS;
    }
  }
  const labGap_um = mappedGap(line.gap_um, abstraction);
  const lab = labAt(labGap_um);
  const byLab = binMasses(lab.mean_mg_cm2, lab.sd_mg_cm2, abstraction);
  const disagreement =
    (unmapped + byAbstraction.reduce((sum, p, bin) => sum + Math.abs(p - (byLab[bin] as number)), 0)) / 2;
  return {
    byAbstraction,
    unmapped,
    byLab,
    labGap_um,
    disagreement,
    ...(disagreement > TOLERATED && { warning: words(line.gap_um, labGap_um, disagreement) }),
  };
}

/** A lane's own deviation from the common level, recovered from its interval; never quite zero. */
function laneSd(line: Prediction, lane: Prediction['lanes'][number]): number {
  const reach = (lane.interval90_mg_cm2[1] - lane.interval90_mg_cm2[0]) / (2 * normalQuantile(0.95));
  return Math.sqrt(Math.max(0.01, reach ** 2 - line.sd_mg_cm2 ** 2));
}

/** Probability of each bin; the outer ones take what lies beyond the edges. */
function binMasses(mean: number, sd: number, { edges_mg_cm2 }: Abstraction): number[] {
  const inner = edges_mg_cm2.slice(1, -1).map((edge) => normalCdf((edge - mean) / sd));
  const limits = [0, ...inner, 1];
  return limits.slice(1).map((high, i) => Math.max(0, high - (limits[i] as number)));
}

/** Every combination of bins, lane by lane, that has some probability. */
function outcomes(lanes: readonly (readonly number[])[]): { outcome: string; probability: number }[] {
  let found = [{ outcome: '', probability: 1 }];
  for (const masses of lanes) {
    found = found.flatMap(({ outcome, probability }) =>
      masses.flatMap((mass, bin) =>
        mass * probability > NEGLIGIBLE
          ? [{ outcome: outcome === '' ? `${bin}` : `${outcome},${bin}`, probability: probability * mass }]
          : [],
      ),
    );
  }
  const kept = found.reduce((sum, { probability }) => sum + probability, 0);
  return found.map(({ outcome, probability }) => ({ outcome, probability: probability / kept }));
}

/** The lab gap of the nearest line gap that the abstraction knows. */
function mappedGap(gap_um: number, { lineGaps_um, labGaps_um, alphaGap }: Abstraction): number {
  const distances = lineGaps_um.map((known) => Math.abs(known - gap_um));
  const nearest = distances.indexOf(Math.min(...distances));
  return labGaps_um[alphaGap[nearest] ?? 0] ?? gap_um;
}

const words = (gap_um: number, labGap_um: number, disagreement: number): string =>
  `At ${gap_um.toFixed(0)} µm the abstraction and the continuous prediction disagree: ${(100 * disagreement).toFixed(0)} % of ` +
  `the probability lies in other lab bins than the lab at ${labGap_um} µm would give.`;
