import { describe, expect, it } from 'vitest';
import { publishedPlot } from '../../../src/predict/published/plot.ts';
import { type PublishedRow, publishedSuite } from '../../../src/predict/published.ts';
import { readLabTable } from '../../../src/sources/tables/lab.ts';
import { readLineTable } from '../../../src/sources/tables/line.ts';
import { hasSharedData, publishedData, sharedData } from '../../support/shared-data.ts';

describe.skipIf(!hasSharedData)(`published suite${publishedData}`, () => {
  const lab = hasSharedData
    ? readLabTable(sharedData('lrcs.csv'), {
        where: [{ column: 'am_percent', value: 96 }],
        gaps_um: [75, 100, 200],
      }).rows
    : [];
  const line = hasSharedData ? readLineTable(sharedData('wmg-scans.csv')) : [];
  const rows = hasSharedData ? publishedSuite({ lab, line }) : [];
  const row = (method: string, target = 'lab gap', training?: string): PublishedRow =>
    rows.find((r) => r.method === method && r.target === target && (!training || r.training === training))!;

  it('gives the published table to three decimals', () => {
    const table = [
      row('lasso, rounded'),
      row('published transport'),
      row('published transport', 'lab gap + line gap'),
    ].map(({ mse, sd }) => `${mse.toFixed(3)}±${sd.toFixed(3)}`);
    expect(table).toEqual(['1.861±1.752', '0.215±0.258', '1.225±0.946']);
  });

  it('draws the table: a bar for every row, leaks in a colour of their own, a mark for every null', () => {
    const svg = publishedPlot(rows);
    const bars = (colour: string) => svg.match(new RegExp(`rx="2" fill="${colour}"><title>`, 'g')) ?? [];
    expect(bars('#e69f00')).toHaveLength(rows.filter((r) => r.leaks).length);
    expect(bars('#0072b2')).toHaveLength(rows.filter((r) => !r.leaks).length);
    expect(svg.match(/<title>random rows: /g)).toHaveLength(rows.filter((r) => !Number.isNaN(r.null)).length);
    expect(svg).toContain('published transport: 0.215 ± 0.258');
    expect(svg).toContain('lab+line&gt;30um');
    expect(svg).not.toContain('NaN');
  });

  it('shows that random draws from the leaked lab data score as well as the published transport', () => {
    expect(Math.abs(row('published transport').null - 0.15)).toBeLessThan(0.03);
    expect(Math.abs(row('published transport', 'lab gap + line gap').null - 0.83)).toBeLessThan(0.05);
  });

  it('predicts a gap whose lab data it never saw better than the lab alone and better than its null', () => {
    const exact = row('exact order-preserving, leak-free', 'lab gap', 'lab+line, measured scans');
    expect(exact.leaks).toBe(false);
    expect(exact.mse).toBeLessThanOrEqual(0.443);
    expect(exact.mse).toBeLessThan(exact.null);
    expect(exact.mse).toBeLessThan(row('lasso').mse);
    expect(row('shared bins, leak-free').mse).toBeLessThan(exact.mse);
  });

  it('really leaves the held-out gap out: changing its lab rows changes no leak-free prediction', () => {
    const k = 100;
    // Within the range of all values, so that the common edges stay.
    const altered = lab.map((r) =>
      r.gap_um === k ? { ...r, loading_mg_cm2: 25 - r.loading_mg_cm2 / 2 } : r,
    );
    const predictionOf = (rowsOf: PublishedRow[], data: typeof lab) => {
      const found = rowsOf.filter((r) => !r.leaks).map((r) => r.folds.find((f) => f.heldOut_um === k)!);
      // Mean squared error in mg/cm² about a known set of values gives the prediction back.
      const values = data.filter((r) => r.gap_um === k).map((r) => r.loading_mg_cm2);
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      const variance = values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length;
      return found.map((fold) => ({ distance: Math.sqrt(Math.max(0, fold.mse_mg2_cm4 - variance)), mean }));
    };
    const before = predictionOf(rows, lab);
    const after = predictionOf(publishedSuite({ lab: altered, line }), altered);
    for (const [i, { distance, mean }] of before.entries()) {
      const candidates = [mean - distance, mean + distance];
      const now = [after[i]!.mean - after[i]!.distance, after[i]!.mean + after[i]!.distance];
      expect(Math.min(...candidates.flatMap((c) => now.map((n) => Math.abs(c - n))))).toBeLessThan(1e-6);
    }
  });

  it('takes continuous methods into the same table, trained without the held-out gap', () => {
    const seen: number[][] = [];
    const [mean] = publishedSuite(
      { lab, line },
      {
        continuous: [
          {
            name: 'constant',
            fit: (training) => {
              seen.push([...new Set(training.lab.map((r) => r.gap_um))].sort((a, b) => a - b));
              return () => 20;
            },
          },
        ],
      },
    ).slice(-1);
    expect(seen).toEqual([
      [100, 200],
      [75, 200],
      [75, 100],
    ]);
    const expected = [75, 100, 200].map((k) => {
      const at = lab.filter((r) => r.gap_um === k);
      return at.reduce((sum, r) => sum + (r.loading_mg_cm2 - 20) ** 2, 0) / at.length;
    });
    expect(mean!.mse_mg2_cm4).toBeCloseTo(expected.reduce((a, b) => a + b, 0) / 3, 9);
  });

  it('is the same for the same seed', () => {
    expect(publishedSuite({ lab, line }, { seed: 3, nullDraws: 20 })).toEqual(
      publishedSuite({ lab, line }, { seed: 3, nullDraws: 20 }),
    );
  });
});

it('published suite refuses two lab gaps', () => {
  const lab = [75, 100].map((gap_um) => ({ gap_um, loading_mg_cm2: gap_um / 7 }));
  expect(() => publishedSuite({ lab, line: [] })).toThrow(/2 gaps: 75, 100 µm.*three or more/);
});
