import type { Evidence, LabGroup, LineRun } from '../../../src/core/prediction.ts';
import { seededRandom } from '../../../src/core/random.ts';

/** A lab coating series of a made-up slurry: figures are round numbers, so that tests can reason about them. */
export const labGroup = (gap_um: number, mean_mg_cm2: number, more: Partial<LabGroup> = {}): LabGroup => ({
  table: 'lab',
  gap_um,
  slurry: { am_percent: 96, solid_to_liquid_percent: 68 },
  n: 8,
  mean_mg_cm2,
  sd_mg_cm2: 0.4,
  ...more,
});

export const lineRun = (
  run: number,
  gap_um: number,
  level_mg_cm2: number,
  more: Partial<LineRun> = {},
): LineRun => ({
  line: 'a',
  run,
  gap_um,
  scans: 20,
  level_mg_cm2,
  spread_mg_cm2: 0.2,
  lanes_mg_cm2: [level_mg_cm2 + 0.1, level_mg_cm2 - 0.1],
  start_ms: run * 1e6,
  ...more,
});

/** A lab and a line that follow one straight law with some scatter: loading = 1 + 0.125·gap on the line. */
export function ordinaryEvidence(seed: number, runs = 12): Evidence {
  const random = seededRandom(seed);
  const lab = [50, 100, 200, 300].map((gap) => labGroup(gap, 0.5 + 0.13 * gap + 0.4 * random.normal()));
  const line = Array.from({ length: runs }, (_, i) => {
    const gap = 100 + 20 * random.integer(5);
    return lineRun(i + 1, gap, 1 + 0.125 * gap + 0.6 * random.normal());
  });
  return { lab, line };
}
