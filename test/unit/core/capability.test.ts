import { describe, expect, it } from 'vitest';
import { capabilities } from '../../../src/core/capability.ts';

describe('capability indices (ISO 22514-2)', () => {
  // Runs of [19, 20, 21] and [21, 22, 23] mg/cm²: each with a sum of squares of 2 about its level.
  const runs = [
    { gap_um: 150, scans: 3, level_mg_cm2: 20, squares: 2 },
    { gap_um: 150.2, scans: 3, level_mg_cm2: 22, squares: 2 },
  ];

  it('are those worked out by hand, within the runs and over all', () => {
    const [row, ...others] = capabilities(runs, 20, 3);
    expect(others).toEqual([]);
    expect(row).toMatchObject({ gap_um: 150, runs: 2, scans: 6, mean_mg_cm2: 21 });
    // Within: variance 4 / 4. Over all: 10 / 5. Limits 17 and 23, of which 23 is the nearer to 21.
    expect(row!.cp).toBeCloseTo(6 / 6, 12);
    expect(row!.cpk).toBeCloseTo(2 / 3, 12);
    expect(row!.pp).toBeCloseTo(6 / (6 * Math.SQRT2), 12);
    expect(row!.ppk).toBeCloseTo(2 / (3 * Math.SQRT2), 12);
  });

  it('come gap by gap, ascending, and are not known where nothing scatters', () => {
    const rows = capabilities([...runs, { gap_um: 99, scans: 1, level_mg_cm2: 5, squares: 0 }], 20, 3);
    expect(rows.map(({ gap_um }) => gap_um)).toEqual([99, 150]);
    expect(rows[0]!.cp).toBeNaN();
    expect(rows[0]!.ppk).toBeNaN();
  });
});
