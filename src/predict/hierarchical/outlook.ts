import { curveAt, type Posterior } from './component.ts';
import { type Ensemble, type Frame, heaviest, type Member } from './ensemble.ts';
import type { Design, Place } from './rows.ts';

/** A member that speaks for several, with their share of the weight. */
export interface Spokesman {
  readonly member: Member;
  /** Normalised over the ensemble. */
  readonly weight: number;
}

/** Groups with less than this share of the weight change no figure that is shown. */
const NEGLIGIBLE = 1e-4;

/** Members with less than this part of the heaviest one's weight are not heard. */
const SILENT = 1e-3;

/**
 * The ensemble in few members, for fast predictions: those of equal length scale and scatter between runs become
 * one normal of the same mean and covariance. Mean and variance of every prediction stay what they were; all that
 * is lost is how far the tails of such a group differ from the normal's.
 */
export function spokesmen(ensemble: Ensemble): Spokesman[] {
  const best = heaviest(ensemble);
  const groups = new Map<string, Spokesman[]>();
  let sum = 0;
  for (const member of ensemble) {
    const weight = Math.exp(member.posterior.logWeight - best);
    if (weight < SILENT) continue;
    sum += weight;
    const key = `${member.hyper.length_um} ${member.run_sd}`;
    const group = groups.get(key);
    if (group) group.push({ member, weight });
    else groups.set(key, [{ member, weight }]);
  }
  return [...groups.values()].map(merged).flatMap(({ member, weight }) => {
    const share = weight / sum;
    return share > NEGLIGIBLE ? [{ member, weight: share }] : [];
  });
}

function merged(group: readonly Spokesman[]): Spokesman {
  const [first] = group as [Spokesman];
  const weight = group.reduce((sum, one) => sum + one.weight, 0);
  const n = first.member.posterior.mean.length;
  const mean = new Float64Array(n);
  for (const { member, weight: own } of group) {
    for (let i = 0; i < n; i++)
      mean[i] = (mean[i] as number) + (own / weight) * (member.posterior.mean[i] as number);
  }
  const covariance = new Float64Array(n * n);
  for (const { member, weight: own } of group) addSpread(covariance, mean, member.posterior, own / weight);
  const rms = (of: (member: Member) => number): number =>
    Math.sqrt(group.reduce((sum, one) => sum + (one.weight / weight) * of(one.member) ** 2, 0));
  return {
    weight,
    member: {
      run_sd: first.member.run_sd,
      hyper: {
        length_um: first.member.hyper.length_um,
        smooth_sd: rms(({ hyper }) => hyper.smooth_sd),
        lineSmooth_sd: rms(({ hyper }) => hyper.lineSmooth_sd),
        slurry_sd: rms(({ hyper }) => hyper.slurry_sd),
        batch_sd: rms(({ hyper }) => hyper.batch_sd),
      },
      posterior: { mean, covariance, logWeight: Math.log(weight) },
    },
  };
}

/** Law of total variance: adds one member's covariance and the outer product of its mean's deviation. */
function addSpread(covariance: Float64Array, centre: Float64Array, one: Posterior, share: number): void {
  const n = centre.length;
  for (let i = 0; i < n; i++) {
    const di = share * ((one.mean[i] as number) - (centre[i] as number));
    const from = i * n;
    for (let j = 0; j < n; j++) {
      const dj = (one.mean[j] as number) - (centre[j] as number);
      covariance[from + j] =
        (covariance[from + j] as number) + share * (one.covariance[from + j] as number) + di * dj;
    }
  }
}

/** What the ensemble says of one place through one spokesman. */
export interface Outlook {
  readonly member: Member;
  readonly design: Design;
  readonly mean: number;
  /** Of the curve (mg²/cm⁴), without the scatter of runs or coatings. */
  readonly variance: number;
  readonly weight: number;
}

export function outlooks(frame: Frame, members: readonly Spokesman[], place: Place): Outlook[] {
  const designs = frame.designer.at(place);
  return members.map(({ member, weight }) => {
    const design = designs(member.hyper);
    const { mean, variance } = curveAt(member.posterior, design.row);
    return { member, design, mean, variance: variance + design.unexplained, weight };
  });
}
