import type { LabGroup } from '../../../core/prediction.ts';
import type { ExpectedLoading } from '../../events.ts';

/** What is known of comma coating without any data: about 2 mg/cm² plus 12 mg/cm² for each 100 µm. */
export const roughExpectation: ExpectedLoading = (gap_um) => ({
  mean_mg_cm2: 2 + 0.12 * gap_um,
  sd_mg_cm2: 1 + 0.04 * gap_um,
});

/**
 * Expected loading from lab coatings: the mean of all coatings at each gap, straight lines between the gaps, in
 * proportion to the gap below the smallest, the last line carried on above the largest. The spread is that of all
 * slurries together. Rough, and enough to tell runs apart.
 */
export function labExpectation(groups: readonly LabGroup[]): ExpectedLoading {
  const points = levels(groups);
  const [first] = points;
  if (!first) return roughExpectation;
  return (gap_um) => {
    const above = points.findIndex((p) => p.gap_um >= gap_um);
    const upper = above < 0 ? points.length - 1 : above;
    const b = points[upper]!;
    const a = points[upper - 1] ?? { gap_um: 0, mean_mg_cm2: 0, sd_mg_cm2: b.sd_mg_cm2 };
    const share = (gap_um - a.gap_um) / (b.gap_um - a.gap_um);
    return {
      mean_mg_cm2: a.mean_mg_cm2 + share * (b.mean_mg_cm2 - a.mean_mg_cm2),
      sd_mg_cm2: Math.max(a.sd_mg_cm2, b.sd_mg_cm2),
    };
  };
}

interface GapLevel {
  readonly gap_um: number;
  readonly mean_mg_cm2: number;
  readonly sd_mg_cm2: number;
}

function levels(groups: readonly LabGroup[]): GapLevel[] {
  const gaps = [...new Set(groups.map(({ gap_um }) => gap_um))].sort((a, b) => a - b);
  return gaps.map((gap_um) => {
    const own = groups.filter((group) => group.gap_um === gap_um);
    const n = own.reduce((sum, group) => sum + group.n, 0);
    const mean_mg_cm2 = own.reduce((sum, group) => sum + group.n * group.mean_mg_cm2, 0) / n;
    const variance =
      own.reduce((sum, { n, mean_mg_cm2: mean, sd_mg_cm2: sd }) => {
        const within = Number.isNaN(sd) ? 0 : sd ** 2;
        return sum + n * (within + (mean - mean_mg_cm2) ** 2);
      }, 0) / n;
    return { gap_um, mean_mg_cm2, sd_mg_cm2: Math.sqrt(variance) };
  });
}
