import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packed, type Rgb, scaleColor, toRgb } from '../../../src/page/model/color-scale.ts';
import { coatedMean, deviationRange, heatRange } from '../../../src/page/model/heat-range.ts';
import { rasterize } from '../../../src/page/model/heat-raster.ts';
import { Histogram } from '../../../src/page/model/histogram.ts';
import type { ProfileRow } from '../../../src/page/model/profiles.ts';

const colors = Array.from({ length: 256 }, (_, i) => toRgb(scaleColor(i / 255)));

/** Relative luminance (WCAG 2.2). */
function luminance([red, green, blue]: Rgb): number {
  const linear = (value: number) => {
    const c = value / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  };
  return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue);
}

/** Full deuteranopia and protanopia on linear light (Machado, Oliveira, Fernandes 2009). */
const deficiencies = {
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
};

describe('colour scale', () => {
  it('grows lighter at every step, in grey and for those who see no red or green', () => {
    const simulated = Object.values(deficiencies).map((matrix) =>
      colors.map((color) =>
        luminance(matrix.map((row) => row.reduce((sum, k, i) => sum + k * color[i]!, 0)) as unknown as Rgb),
      ),
    );
    for (const lights of [colors.map(luminance), ...simulated])
      for (let i = 8; i < 256; i++) expect(lights[i]).toBeGreaterThan(lights[i - 8]!);
  });

  it('spans most of the lightness there is', () => {
    expect(luminance(colors[0]!)).toBeLessThan(0.06);
    expect(luminance(colors[255]!)).toBeGreaterThan(0.75);
  });

  it('has no two neighbouring sixteenths alike', () => {
    const parts = Array.from({ length: 17 }, (_, i) => toRgb(scaleColor(i / 16)));
    parts.slice(1).forEach((part, i) => {
      expect(Math.hypot(...part.map((value, k) => value - parts[i]![k]!))).toBeGreaterThan(9);
    });
  });

  it('converts as OKLab’s author gives it', () => {
    expect(toRgb([1, 0, 0])).toEqual([255, 255, 255]);
    expect(toRgb([0.627955, 0.224863, 0.125846])).toEqual([255, 0, 0]);
    expect(toRgb([0.452014, -0.032457, -0.311528])).toEqual([0, 0, 255]);
  });
});

const row = (scan: number, values: readonly number[], time_ms = scan * 8000): ProfileRow => ({
  scan,
  time_ms,
  resolution_mg_cm2: 0.01,
  steps: Int16Array.from(values, (value) => (Number.isNaN(value) ? -32_768 : Math.round(value * 100))),
});

describe('heat range', () => {
  it('follows what is coated, not the bare foil', () => {
    const web = Array.from({ length: 700 }, (_, i) => (i < 200 ? 0.03 : 15 + (i % 10) / 10));
    expect(heatRange([row(1, web), row(2, web)])).toMatchObject({ low: 15, high: 16 });
  });

  it('is unknown while nothing has been coated', () => {
    expect(heatRange([])).toBeUndefined();
    expect(heatRange([row(1, Array(800).fill(0.02))])).toBeUndefined();
  });

  it('does not follow a single wild location', () => {
    const web = Array(800).fill(20);
    web[7] = 90;
    expect(heatRange([row(1, web), row(2, Array(800).fill(20))])!.high).toBeLessThan(24);
  });
});

describe('difference from the mean', () => {
  const streaked = (level: number) =>
    Array.from({ length: 800 }, (_, i) => (i < 40 ? 0.02 : level + (i % 2 === 0 ? 0.4 : -0.4)));

  it('has the same ends for a thin run as for a thick one', () => {
    const rows = [row(1, streaked(12)), row(2, streaked(24))];
    expect(deviationRange(rows, heatRange(rows)!)).toMatchObject({ low: -0.5, high: 0.5 });
  });

  it('leaves bare foil out of the mean', () => {
    expect(coatedMean(row(1, streaked(12)), 4)).toBeCloseTo(12, 6);
    expect(coatedMean(row(1, [0, 0]), 4)).toBeNaN();
  });

  it('paints equal differences alike, whatever the level', () => {
    const scale = Uint32Array.from({ length: 256 }, (_, i) => i);
    const frame = { from_ms: 0, until_ms: 16_000, width: 2, height: 2 };
    const range = { low: -1, high: 1, bare: 4 };
    const rows = [row(1, [11.5, 12.5]), row(2, [23.5, 24.5])];
    const pixels = rasterize(rows, frame, { range, scale, bare: 999, relative: true });
    expect([...pixels]).toEqual([64, 64, 191, 191]);
  });
});

describe('Histogram', () => {
  it('gives the quantiles of the sorted values, to a bin', () => {
    const values = fc.array(fc.double({ min: 0, max: 49, noNaN: true }), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (list, share) => {
        const histogram = new Histogram(0.5, 50);
        for (const value of list) histogram.add(value);
        const sorted = [...list].sort((a, b) => a - b);
        const exact = sorted[Math.floor(share * (list.length - 1))]!;
        expect(Math.abs(histogram.quantile(share) - exact)).toBeLessThanOrEqual(0.5 + 1e-9);
      }),
    );
  });

  it('can leave out what lies below a value', () => {
    const histogram = new Histogram(1, 50);
    for (const value of [0, 0, 0, 10, 20]) histogram.add(value);
    expect(histogram.quantile(0, 5)).toBe(10);
    expect(histogram.quantile(1, 5)).toBe(20);
    expect(histogram.quantile(0.5, 30)).toBeNaN();
  });
});

describe('raster', () => {
  const scale = Uint32Array.from({ length: 256 }, (_, i) => 1000 + i);
  const palette = { range: { low: 10, high: 20, bare: 4 }, scale, bare: 7 };
  const frame = { from_ms: 0, until_ms: 32_000, width: 4, height: 2 };
  const paint = (rows: readonly ProfileRow[], changes = {}) =>
    [...rasterize(rows, { ...frame, ...changes }, palette)].map((pixel) =>
      pixel === 0 ? '.' : pixel === 7 ? 'bare' : pixel - 1000,
    );

  it('lets time run to the right and shows the operator side at the top', () => {
    const rows = [1, 2, 3, 4].map((scan) => row(scan, [10 + scan, 20]));
    expect(paint(rows)).toEqual([26, 51, 77, 102, 255, 255, 255, 255]);
  });

  it('shows the mean of the locations that share a pixel, without the invalid ones', () => {
    const rows = [row(1, [12, 14, Number.NaN, 20, Number.NaN, Number.NaN, Number.NaN, Number.NaN])];
    expect(paint(rows, { until_ms: 8000, width: 1, height: 4 })).toEqual([77, 255, '.', '.']);
  });

  it('leaves a hole in the data open', () => {
    const rows = [row(1, [15, 15], 8000), row(2, [15, 15], 16_000), row(6, [15, 15], 48_000)];
    const line = paint(rows, { until_ms: 48_000, width: 6, height: 1 });
    expect(line).toEqual([128, 128, '.', '.', '.', 128]);
  });

  it('shows bare foil as bare and clamps to the ends of the scale', () => {
    const rows = [row(1, [0.1, 99]), row(2, [5, 10])];
    expect(paint(rows, { until_ms: 16_000, width: 2 })).toEqual(['bare', 0, 255, 0]);
  });

  it('paints nothing outside its frame', () => {
    expect(paint([row(100, [15, 15])])).toEqual(Array(8).fill('.'));
  });
});

describe('packed pixels', () => {
  it('lie in memory as red, green, blue, alpha', () => {
    const bytes = new Uint8Array(Uint32Array.of(packed([1, 2, 3])).buffer);
    expect([...bytes]).toEqual([1, 2, 3, 255]);
  });
});
