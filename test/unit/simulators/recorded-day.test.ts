import { expect, test } from 'vitest';
import { generate } from '../../../simulators/generate.ts';
import { loadScenario } from '../../../simulators/scenario/load.ts';

/** Of the recorded day: seconds at the coater; first scan, end (exclusive) and mean loading (mg/cm²) at the gauge. */
const recorded = [
  [35, 117, 120, 22.27],
  [80, 222, 230, 25.21],
  [56, 272, 302, 21.69],
  [39, 363, 368, 18.3],
  [81, 424, 427, 25.97],
  [53, 489, 494, 21.5],
  [75, 586, 620, 22.84],
  [105, 716, 750, 22.15],
  [37, 787, 791, 26.41],
  [27, 860, 862, 24.54],
  [45, 864, 869, 21.82],
  [46, 977, 984, 22.21],
  [311, 985, 1064, 22.5],
  [566, 1104, 1126, 22.57],
  [44, 1236, 1241, 17.3],
  [119, 1365, 1393, 24.61],
  [65, 1424, 1431, 24.82],
] as const;

test('the recorded day: runs as long at the coater, and as long and as late at the gauge, as they were', () => {
  const line = generate(loadScenario('config/scenarios/recorded-day.yaml'), 1);
  const coating_s: number[] = [];
  const atGauge: { first: number; end: number; sum: number }[] = [];
  let open = false;
  let coated = false;
  for (const message of line) {
    if (message.kind === 'machine') {
      const gap_um =
        (message.values['bar_operator_mm'] ?? 0) * 10 * (message.values['roll_ratio_percent'] ?? 0);
      if (gap_um > 40) {
        if (!open) coating_s.push(0);
        coating_s[coating_s.length - 1] = (coating_s.at(-1) ?? 0) + 1;
      }
      open = gap_um > 40;
    } else if (message.kind === 'scan') {
      const mean = message.loading_mg_cm2.slice(352, 452).reduce((a, b) => a + b) / 100;
      if (mean > 10 && !coated) atGauge.push({ first: message.scan, end: 0, sum: 0 });
      const run = atGauge.at(-1);
      coated = mean > 10;
      if (run && coated) {
        run.end = message.scan + 1;
        run.sum += mean;
      }
    }
  }
  // The two interruptions of one second cut runs 5 and 14 in two, as they do in the recording.
  expect(coating_s).toHaveLength(19);
  const merged = coating_s.flatMap((seconds, i) =>
    i === 5 || i === 15 ? [] : [seconds + (i === 4 || i === 14 ? 1 + (coating_s[i + 1] ?? 0) : 0)],
  );
  expect(atGauge).toHaveLength(recorded.length);
  for (const [i, [seconds, first, end, mean]] of recorded.entries()) {
    const { first: from = 0, end: to = 0, sum = 0 } = atGauge[i] ?? {};
    console.log(
      `run ${i + 1}: coater ${merged[i]} s (${seconds}), scans ${from}-${to} (${first}-${end}), ` +
        `${(sum / (to - from)).toFixed(2)} (${mean}) mg/cm²`,
    );
    expect(Math.abs((merged[i] ?? 0) - seconds)).toBeLessThanOrEqual(2);
    // A run's thin beginning is below 10 mg/cm²; where the web waits at it, that costs scans.
    expect(Math.abs(from - first)).toBeLessThanOrEqual(Math.max(2, 0.2 * (end - first)));
    expect(Math.abs(to - end)).toBeLessThanOrEqual(2);
    // The first and last scans see the edge of the film, so short runs lie below their level.
    expect(Math.abs(sum / (to - from) - mean)).toBeLessThan(3);
  }
});
