import type { Goal, RunRow } from '../../core/api.ts';
import { type Capability, capabilities } from '../../core/capability.ts';

/** Of the runs that have a spread; none without a target and a tolerance. See {@link capabilities}. */
export function capabilitiesOf(rows: readonly RunRow[], goal: Goal): Capability[] {
  const { target_mg_cm2: target, tolerance_mg_cm2: tolerance } = goal;
  if (target === null || tolerance === null) return [];
  const runs = rows.flatMap(({ gap_um, measured }) => {
    if (!measured || measured.spread_mg_cm2 === null || measured.scans < 2) return [];
    const { scans, level_mg_cm2, spread_mg_cm2 } = measured;
    return [{ gap_um, scans, level_mg_cm2, squares: (scans - 1) * spread_mg_cm2 ** 2 }];
  });
  return capabilities(runs, target, tolerance);
}
