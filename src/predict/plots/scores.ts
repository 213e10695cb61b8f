import type { Scored } from '../evaluate/scores.ts';
import { meanOf } from '../evaluate/scores.ts';
import { normalCdf } from '../numeric/normal.ts';
import { dots, label, line, type Point, svgPanel } from './svg.ts';

/** The answers of one method. */
export interface MethodAnswers {
  readonly method: string;
  readonly scored: readonly Scored[];
}

const COLOURS = ['#0b6e99', '#c4451c', '#5b8c2a', '#7d4f9e', '#a07a00', '#444', '#d0568f'] as const;
const colour = (index: number): string => COLOURS[index % COLOURS.length] as string;

/** Central intervals that are checked (%). */
const MASSES = [10, 20, 30, 40, 50, 60, 70, 80, 90, 95] as const;

/**
 * Calibration: how many of the measured values lie inside the central interval of each mass. On the diagonal the
 * intervals are honest, below it they are too narrow.
 */
export function calibrationPlot(methods: readonly MethodAnswers[]): string {
  const panel = {
    title: 'Calibration',
    xLabel: 'mass of the interval (%)',
    yLabel: 'measured values inside (%)',
    x: [0, 100],
    y: [0, 100],
  } as const;
  return svgPanel(panel, (scale) => [
    line(
      [
        [0, 0],
        [100, 100],
      ],
      scale,
      'stroke:#999;stroke-dasharray:4 3',
    ),
    ...methods.flatMap(({ method, scored }, i) => {
      const points = MASSES.map((mass): Point => [mass, 100 * meanOf(scored, inside(mass / 100))]);
      const last = points.at(-1) as Point;
      return [
        line(points, scale, `stroke:${colour(i)};stroke-width:2`),
        label([4, 96 - 6 * i], scale, `${method}: ${last[1].toFixed(0)} % in 95 %`).replace(
          '<text ',
          `<text style="fill:${colour(i)}" `,
        ),
      ];
    }),
  ]);
}

/** Whether the measured value lies inside the central interval of that mass, under the prediction's normal. */
const inside =
  (mass: number) =>
  ({ prediction, measured_mg_cm2 }: Scored): number => {
    const p = normalCdf((measured_mg_cm2 - prediction.mean_mg_cm2) / prediction.sd_mg_cm2);
    return Math.abs(p - 0.5) <= mass / 2 ? 1 : 0;
  };

/** A question's distance from the nearest gap that it could be learnt from. */
export interface DistantError {
  readonly distance_um: number;
  readonly error_mg_cm2: number;
  readonly sd_mg_cm2: number;
}

/** Absolute error over the distance to the nearest data, with the predicted standard deviation beside it. */
export function errorByDistancePlot(errors: readonly DistantError[]): string {
  const known = errors.filter(({ distance_um }) => Number.isFinite(distance_um));
  const absolute = known.map((e): Point => [e.distance_um, Math.abs(e.error_mg_cm2)]);
  const expected = known.map((e): Point => [e.distance_um, e.sd_mg_cm2]).sort(([a], [b]) => a - b);
  const highest = Math.max(1, ...[...absolute, ...expected].map(([, y]) => y));
  return svgPanel(
    {
      title: 'Error by distance to the data (dots) and predicted sd (line)',
      xLabel: 'distance to the nearest gap learnt (µm)',
      yLabel: 'absolute error (mg/cm²)',
      x: [0, Math.max(1, ...known.map((e) => e.distance_um))],
      y: [0, highest],
    },
    (scale) => [
      dots(absolute, scale, 2.5, 'fill:#c4451c;fill-opacity:.35'),
      line(expected, scale, 'stroke:#0b6e99;stroke-width:2'),
    ],
  );
}
