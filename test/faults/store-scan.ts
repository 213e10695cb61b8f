import type { Scan } from '../../src/core/messages.ts';

/** The scan of this number of line `a`; its profile fills two pages of the store. */
export const storedScan = (n: number): Scan => ({
  kind: 'scan',
  line: 'a',
  gauge: 'g',
  scan: n,
  time_ms: 1_600_000_000_000 + n * 8000,
  duration_ms: 8000,
  startedAt: 'gear',
  loading_mg_cm2: Float64Array.from({ length: 800 }, (_, i) => 20 + Math.sin(n + i)),
});
