import { describe, expect, it } from 'vitest';
import type { Report } from '../../../src/core/report.ts';
import { LineMemory } from '../../../src/http/line-memory.ts';

const memory = () =>
  new LineMemory('a', { scans: 10, gapPoints: 10, runs: 10 }, () => ({ lab: [], runs: [] }));
const adapter = (time_ms: number): Report => ({
  kind: 'adapter',
  line: 'a',
  adapter: 'recording',
  time_ms,
  state: 'connected',
  detail: '',
});
const gap = (time_ms: number): Report => ({
  kind: 'gap',
  line: 'a',
  time_ms,
  gap_um: 100,
  operator_um: 100,
  gear_um: 100,
});

describe('the line’s time', () => {
  it('is that of its devices, though the agent plays a recording years later', () => {
    const line = memory();
    line.accept(adapter(1_800_000_000_000));
    expect(line.time_ms).toBe(1_800_000_000_000);
    line.accept(gap(1_600_000_000_000));
    line.accept(adapter(1_800_000_001_000));
    line.accept(gap(1_600_000_001_000));
    expect(line.time_ms).toBe(1_600_000_001_000);
    expect(line.takeBatch()?.time_ms).toBe(1_600_000_001_000);
  });

  it('never goes back with a late reading', () => {
    const line = memory();
    for (const time_ms of [5_000, 9_000, 7_000]) line.accept(gap(time_ms));
    expect(line.time_ms).toBe(9_000);
  });
});
