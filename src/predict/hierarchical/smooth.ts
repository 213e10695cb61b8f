import { cholesky, solveLower } from '../numeric/cholesky.ts';

/**
 * A smooth deviation over the gap: a Gaussian process of unit variance with squared-exponential covariance, carried
 * by its values at evenly spaced knots (Nyström). What the knots can't carry, far beyond them, is given back as
 * variance of its own (the FITC correction of Snelson and Ghahramani, NIPS 2006), so that extrapolation never
 * looks surer than the process is.
 */
export interface SmoothBasis {
  readonly size: number;
  /** Fills `out[offset…offset + size]` with the basis at a gap; independent unit-variance weights multiply it. */
  fill(gap_um: number, out: Float64Array, offset: number): void;
  /** Share of the unit variance at this gap that the basis doesn't carry, 0 to 1. */
  lost(basis: Float64Array, offset: number): number;
}

/** Knots at two thirds of the shortest length lose less than 1 % of the variance between them. */
const KNOT_SPACING_UM = 40;

export const knotsUpTo = (highest_um: number): number =>
  Math.min(24, Math.ceil(highest_um / KNOT_SPACING_UM) + 1);

export function smoothBasis(length_um: number, size: number): SmoothBasis {
  const covariance = (distance_um: number) => Math.exp(-0.5 * (distance_um / length_um) ** 2);
  const between = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      // The jitter keeps the factor stable: long length scales make neighbouring knots nearly equal.
      between[i * size + j] = covariance((i - j) * KNOT_SPACING_UM) + (i === j ? 1e-6 : 0);
    }
  }
  const lower = cholesky(between, size);
  const toKnots = new Float64Array(size);
  return {
    size,
    fill(gap_um, out, offset) {
      for (let k = 0; k < size; k++) toKnots[k] = covariance(gap_um - k * KNOT_SPACING_UM);
      out.set(solveLower(lower, size, toKnots), offset);
    },
    lost(basis, offset) {
      let carried = 0;
      for (let k = 0; k < size; k++) carried += (basis[offset + k] as number) ** 2;
      return Math.max(0, 1 - carried);
    },
  };
}
