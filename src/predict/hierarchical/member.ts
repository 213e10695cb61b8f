import type { Posterior } from './component.ts';
import type { CurveHyper } from './hyper.ts';

/** One setting of all hyperparameters and the posterior under it. */
export interface Member {
  readonly hyper: CurveHyper;
  /** Between runs at 150 µm (mg/cm²). */
  readonly run_sd: number;
  readonly posterior: Posterior;
}

/** A member that speaks for several, with their share of the weight. */
export interface Spokesman {
  readonly member: Member;
  readonly weight: number;
}

/**
 * Several members as one normal of the same mean and covariance: mean and variance of every prediction stay what
 * they were; all that is lost is how far the group's tails differ from the normal's. Length and scatter between runs
 * are the first member's: groups are to agree in these.
 */
export function merged(group: readonly Spokesman[]): Spokesman {
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
  const rms = (of: (hyper: CurveHyper) => number): number =>
    Math.sqrt(group.reduce((sum, one) => sum + (one.weight / weight) * of(one.member.hyper) ** 2, 0));
  return {
    weight,
    member: {
      run_sd: first.member.run_sd,
      hyper: {
        length_um: first.member.hyper.length_um,
        smooth_sd: rms((hyper) => hyper.smooth_sd),
        slurry_sd: rms((hyper) => hyper.slurry_sd),
        session_sd: rms((hyper) => hyper.session_sd),
        batch_sd: rms((hyper) => hyper.batch_sd),
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
