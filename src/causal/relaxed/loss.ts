/**
 * The two losses of the relaxed method, in words and as settings that both engines read.
 *
 * Both maps are matrices of probabilities: α_G has a distribution over lab gaps for each line gap, α_L one over
 * lab bins for each line outcome, each the softmax of logits divided by a temperature T. With p = μ·α_G and
 * q = α_L·ν (lab bins × line gaps), a cell's share of the divergence is
 *
 *     C = ½ p ln(p/m + ε) + ½ q ln(q/m + ε),   m = (p + q)/2,
 *
 * and the distance of a group of cells is √ΣC.
 *
 * - `column`, the definition: a group is one line gap, ε = 0, so its distance is the Jensen-Shannon distance of
 *   that intervention; overall their maximum, or their sum on request.
 * - `published`: what the code published with Zennaro, Drávucz, Apachitei, Widanage and Damoulas, "Jointly Learning
 *   Consistent Causal Abstractions Over Multiple Interventional Distributions" (CLeaR 2023) computes. It sums over
 *   the gaps and takes its maximum over the bins, and ε = 1e-7, which puts a floor of about 5e-4 under it.
 *
 * What is descended on is λ·distance + penalty, where the penalty asks for surjectivity: the sum over the lab
 * gaps of one minus the largest probability that any line gap gives it.
 */
export type RelaxedLoss = 'column' | 'published';

/** ε inside the logarithm. */
export const offsetOf = (loss: RelaxedLoss): number => (loss === 'published' ? 1e-7 : 0);

/** Below this a distance counts as this one where it divides, so that its gradient stays finite at the optimum. */
export const SMALLEST_DISTANCE = 1e-12;
