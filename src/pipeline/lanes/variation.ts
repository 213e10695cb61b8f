/**
 * Variance partition over the scans since coating began: how much of the scatter runs along the machine (scan
 * averages), how much across it (the profile that stays), and how much is neither (residual). The usual split of
 * scanning gauges (TAPPI TIP 1101-01), as two standard deviations, kept up to date scan by scan from sums alone.
 */
export interface VariationState {
  readonly scans: number;
  /** Subtracted from every value so that the sums keep their digits (mg/cm²). */
  readonly origin_mg_cm2: number;
  /** Sum over the scans for each location (less the origin). */
  readonly sums: Float64Array;
  readonly sumOfSquares: number;
  readonly sumOfSquaredMeans: number;
}

export interface Variation {
  readonly scans: number;
  readonly total2Sigma_mg_cm2: number;
  readonly machineDirection2Sigma_mg_cm2: number;
  readonly crossDirection2Sigma_mg_cm2: number;
  readonly residual2Sigma_mg_cm2: number;
}

export const noVariation: VariationState = {
  scans: 0,
  origin_mg_cm2: 0,
  sums: new Float64Array(0),
  sumOfSquares: 0,
  sumOfSquaredMeans: 0,
};

/**
 * With one more profile (all of one length and coated span). An invalid location counts as what its scan and its
 * place lead to expect, which adds nothing to the residual.
 */
export function withProfile(state: VariationState, profile: Float64Array): VariationState {
  const locations = profile.length;
  const fresh = state.scans === 0 || state.sums.length !== locations;
  const before = fresh ? noVariation : state;
  const origin = fresh ? finiteMean(profile, 0) : state.origin_mg_cm2;
  const level = finiteMean(profile, origin);
  const usualLevel = fresh ? 0 : mean(before.sums) / before.scans;
  const sums = new Float64Array(locations);
  let sum = 0;
  let squares = 0;
  for (let j = 0; j < locations; j++) {
    const old = fresh ? 0 : before.sums[j]!;
    const value = profile[j]!;
    const usual = fresh ? 0 : old / before.scans - usualLevel;
    const x = Number.isFinite(value) ? value - origin : level + usual;
    sums[j] = old + x;
    sum += x;
    squares += x * x;
  }
  return {
    scans: before.scans + 1,
    origin_mg_cm2: origin,
    sums,
    sumOfSquares: before.sumOfSquares + squares,
    sumOfSquaredMeans: before.sumOfSquaredMeans + (sum / locations) ** 2,
  };
}

/** Variances about the grand mean, each divided by the number of its values; they add up: total = MD + CD + residual. */
export function variation({ scans, sums, sumOfSquares, sumOfSquaredMeans }: VariationState): Variation {
  const locations = sums.length;
  const grand = mean(sums) / scans;
  const total = sumOfSquares / (scans * locations) - grand ** 2;
  const machine = sumOfSquaredMeans / scans - grand ** 2;
  let profileSquares = 0;
  for (const s of sums) profileSquares += (s / scans - grand) ** 2;
  const cross = profileSquares / locations;
  const twoSigma = (variance: number) => 2 * Math.sqrt(Math.max(0, variance));
  return {
    scans,
    total2Sigma_mg_cm2: twoSigma(total),
    machineDirection2Sigma_mg_cm2: twoSigma(machine),
    crossDirection2Sigma_mg_cm2: twoSigma(cross),
    residual2Sigma_mg_cm2: twoSigma(total - machine - cross),
  };
}

function mean(values: Float64Array): number {
  let sum = 0;
  for (const value of values) sum += value;
  return sum / values.length;
}

function finiteMean(values: Float64Array, origin: number): number {
  let sum = 0;
  let count = 0;
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    sum += value - origin;
    count++;
  }
  return count > 0 ? sum / count : 0;
}
