import { expect, test } from 'vitest';
import { publishedRuns, simulatedDay } from '../../bench/simulators/calibration.ts';

test('the recorded day: runs as long at the coater, and as long and as late at the gauge, as they were', () => {
  const day = simulatedDay();
  expect(day).toHaveLength(publishedRuns.length);
  for (const [i, { coater_s, first, end, mean_mg_cm2 }] of publishedRuns.entries()) {
    const run = day[i]!;
    expect(Math.abs(run.coater_s - coater_s)).toBeLessThanOrEqual(2);
    // A run's thin beginning is below 10 mg/cm²; where the web waits at it, that costs scans.
    expect(Math.abs(run.first - first)).toBeLessThanOrEqual(Math.max(2, 0.2 * (end - first)));
    expect(Math.abs(run.end - end)).toBeLessThanOrEqual(2);
    // The first and last scans see the edge of the film, so short runs lie below their level.
    expect(Math.abs(run.mean_mg_cm2 - mean_mg_cm2)).toBeLessThan(3);
  }
});
