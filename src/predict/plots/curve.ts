import type { Evidence, Prediction } from '../../core/prediction.ts';
import { band, dots, line, type Point, svgPanel } from './svg.ts';

/** The curve with its 50 and 90 % bands, and the data: lab series as rings, runs as dots (larger for more scans). */
export function curvePlot(curve: readonly Prediction[], { lab, line: runs }: Evidence): string {
  const sorted = [...curve].sort((a, b) => a.gap_um - b.gap_um);
  const along = (of: (p: Prediction) => number): Point[] => sorted.map((p) => [p.gap_um, of(p)]);
  const labDots = lab.map(({ gap_um, mean_mg_cm2 }): Point => [gap_um, mean_mg_cm2]);
  const runDots = runs.map(({ gap_um, level_mg_cm2 }): Point => [gap_um, level_mg_cm2]);
  const [low, high] = [along((p) => p.interval90_mg_cm2[0]), along((p) => p.interval90_mg_cm2[1])];
  const all = [...labDots, ...runDots, ...low, ...high];
  return svgPanel(
    {
      title: 'Next run: mean, 50 % and 90 %',
      xLabel: 'comma gap (µm)',
      yLabel: 'mass loading (mg/cm²)',
      x: extent(all.map(([x]) => x)),
      y: extent(all.map(([, y]) => y)),
    },
    (scale) => [
      band(low, high, scale, 'fill:#0b6e99;fill-opacity:.15'),
      band(
        along((p) => p.interval50_mg_cm2[0]),
        along((p) => p.interval50_mg_cm2[1]),
        scale,
        'fill:#0b6e99;fill-opacity:.3',
      ),
      line(
        along((p) => p.mean_mg_cm2),
        scale,
        'stroke:#0b6e99;stroke-width:2',
      ),
      dots(labDots, scale, 4, 'fill:none;stroke:#777'),
      ...runs.map(({ scans }, i) =>
        dots(
          [runDots[i] as Point],
          scale,
          2.5 + Math.min(3, Math.log10(scans)),
          'fill:#c4451c;fill-opacity:.8',
        ),
      ),
    ],
  );
}

const extent = (values: readonly number[]): readonly [number, number] => [
  Math.min(...values),
  Math.max(...values),
];
