import { band, dots, label, line, type Point, type Scale, svgPanel } from '../../predict/plots/svg.ts';
import type { Shift, ShiftRun, Tally } from './collect.ts';
import type { Judged, Summary } from './figures.ts';
import { timeTicks } from './period.ts';

// Blue for what was predicted, orange for what was measured: apart for colour-blind readers and in grey print.
const PREDICTED = '#0b6e99';
const MEASURED = '#c4451c';
const TARGET = '#5b8c2a';

const WIDE = [980, 320] as const;
const LOW = [980, 210] as const;
const HALF = [480, 300] as const;

export interface Target {
  readonly target_mg_cm2: number | undefined;
  readonly tolerance_mg_cm2: number | undefined;
}

/** The part of the period in which there is something to see: a day's report of one shift need not be mostly empty. */
export function shownPeriod({ runs, period }: Shift): Shift['period'] {
  // Of a single run the scans are what is looked at; head and gauge are minutes apart, their clocks perhaps an hour.
  const alone = runs.length === 1;
  const times = runs.flatMap(({ start_ms, end_ms, scans }) =>
    [...(alone ? [] : [start_ms, end_ms]), scans[0]?.time_ms, scans.at(-1)?.time_ms].filter(
      (time) => time !== undefined,
    ),
  );
  const inside = times.filter((time) => time >= period.from_ms && time <= period.to_ms);
  if (inside.length < 2) return period;
  const [first, last] = [Math.min(...inside), Math.max(...inside)];
  const air = 0.01 * (last - first) + 30_000;
  return { ...period, from_ms: first - air, to_ms: last + air };
}

/** Every scan over time, on the bands in which its run was expected before the first of them. */
export function loadingPlot({ runs, period }: Shift, target: Target): string {
  const seen = runs.filter(({ scans }) => scans.length > 0);
  const values = seen.flatMap(({ scans, forecast }) => [
    ...scans.map(({ mean_mg_cm2 }) => mean_mg_cm2),
    ...(forecast?.prediction.interval90_mg_cm2 ?? []),
  ]);
  return svgPanel(
    {
      ...overTime(period, WIDE),
      title: `Scans (dots), each run’s median, and the 50 and 90 % bands predicted before it${target.target_mg_cm2 === undefined ? '' : '; green: target'}`,
      yLabel: 'mass loading (mg/cm²)',
      y: extent(values),
    },
    (scale) => [
      ...targetBand(target, scale, [period.from_ms, period.to_ms], extent(values)),
      ...seen.flatMap((run) => runMarks(run, scale)),
    ],
  );
}

function runMarks({ run, scans, forecast, measured }: ShiftRun, scale: Scale): string[] {
  const [from, to] = [scans[0]!.time_ms, scans.at(-1)!.time_ms];
  // A run of one scan would have no width.
  const span = [from - 30_000, to + 30_000] as const;
  const across = (level: number): Point[] => span.map((x) => [x, level]);
  const box = ([low, high]: readonly [number, number], opacity: number) =>
    band(across(low), across(high), scale, `fill:${PREDICTED};fill-opacity:${opacity}`);
  const prediction = forecast?.prediction;
  const top = prediction?.interval90_mg_cm2[1] ?? measured?.level_mg_cm2 ?? Number.NaN;
  return [
    ...(prediction
      ? [
          box(prediction.interval90_mg_cm2, 0.14),
          box(prediction.interval50_mg_cm2, 0.26),
          line(across(prediction.mean_mg_cm2), scale, `stroke:${PREDICTED};stroke-width:1.5`),
        ]
      : []),
    dots(
      scans.map(({ time_ms, mean_mg_cm2 }): Point => [time_ms, mean_mg_cm2]),
      scale,
      1.6,
      `fill:${MEASURED};fill-opacity:.55`,
    ),
    ...(measured
      ? [
          line(
            across(measured.level_mg_cm2),
            scale,
            `stroke:${MEASURED};stroke-width:1.5;stroke-dasharray:5 3`,
          ),
        ]
      : []),
    label([from, top], scale, String(run)),
  ];
}

/** The comma gap at the coating head, by the coater's clock: flat while a run goes on. */
export function gapPlot({ runs, period }: Shift): string {
  const known = runs.filter(({ start_ms }) => start_ms !== undefined);
  const gaps = known.map(({ gap_um }) => gap_um);
  const inside = (time_ms: number) => Math.min(period.to_ms, Math.max(period.from_ms, time_ms));
  return svgPanel(
    {
      ...overTime(period, LOW),
      title: 'Comma gap at the coating head',
      yLabel: 'comma gap (µm)',
      // Room for the numbers of the runs above their lines.
      y: extent(gaps, 0.18),
    },
    (scale) =>
      known.flatMap(({ run, gap_um, start_ms, end_ms }) => {
        const from = inside(start_ms ?? period.from_ms);
        const points: Point[] = [
          [from, gap_um],
          [inside(end_ms ?? period.to_ms), gap_um],
        ];
        return [
          line(points, scale, 'stroke:#333;stroke-width:3;stroke-linecap:round'),
          label([from, gap_um], scale, `${run}`),
        ];
      }),
  );
}

/** Residuals in predicted standard deviations: nine runs in ten should lie between the dashed lines. */
export function residualPlot(judged: readonly Judged[]): string {
  const reach = Math.max(3, ...judged.map(({ z }) => Math.abs(z)));
  const at = judged.map(({ z }, i): Point => [i + 1, z]);
  const across = (level: number): Point[] => [
    [0.4, level],
    [judged.length + 0.6, level],
  ];
  const every = Math.ceil(judged.length / 12);
  return svgPanel(
    {
      size: HALF,
      title: 'Measured less predicted, run by run',
      xLabel: 'run',
      yLabel: 'predicted standard deviations',
      x: [0.4, judged.length + 0.6],
      y: [-reach, reach],
      xTicks: judged.flatMap(({ run }, i) => (i % every === 0 ? [{ value: i + 1, text: String(run) }] : [])),
    },
    (scale) => [
      band(across(-1.645), across(1.645), scale, `fill:${PREDICTED};fill-opacity:.1`),
      line(across(0), scale, `stroke:${PREDICTED};stroke-width:1.2`),
      ...at.map(([x, z]) =>
        line(
          [
            [x, 0],
            [x, z],
          ],
          scale,
          `stroke:${MEASURED};stroke-width:2;stroke-opacity:.5`,
        ),
      ),
      dots(at, scale, 3.5, `fill:${MEASURED}`),
    ],
  );
}

/** What the gauge found over what was predicted, with 90 % intervals; on the diagonal both agree. */
export function agreementPlot(judged: readonly Judged[]): string {
  const both = extent([
    ...judged.flatMap(({ interval90_mg_cm2 }) => interval90_mg_cm2),
    ...judged.map(({ measured_mg_cm2 }) => measured_mg_cm2),
  ]);
  return svgPanel(
    {
      size: HALF,
      title: 'Predicted before the first scan, and measured',
      xLabel: 'measured (mg/cm²)',
      yLabel: 'predicted (mg/cm²)',
      x: both,
      y: both,
    },
    (scale) => [
      line(
        [
          [both[0], both[0]],
          [both[1], both[1]],
        ],
        scale,
        'stroke:#999;stroke-dasharray:4 3',
      ),
      ...judged.map(({ measured_mg_cm2: x, interval90_mg_cm2: [low, high] }) =>
        line(
          [
            [x, low],
            [x, high],
          ],
          scale,
          `stroke:${PREDICTED};stroke-width:5;stroke-opacity:.28`,
        ),
      ),
      dots(
        judged.map((one): Point => [one.measured_mg_cm2, one.predicted_mg_cm2]),
        scale,
        3.5,
        `fill:${PREDICTED}`,
      ),
    ],
  );
}

/** Lanes of a single run over time, operator side first. */
export function lanePlot({ scans }: ShiftRun, { period }: Shift): string {
  const lanes = Math.max(...scans.map(({ lanes_mg_cm2 }) => lanes_mg_cm2.length));
  const colours = [PREDICTED, MEASURED, TARGET, '#7d4f9e', '#a07a00', '#444'];
  const of = (lane: number) =>
    scans.flatMap(({ time_ms, lanes_mg_cm2 }): Point[] => {
      const value = lanes_mg_cm2[lane];
      return value !== undefined && Number.isFinite(value) ? [[time_ms, value]] : [];
    });
  const all = Array.from({ length: lanes }, (_, lane) => of(lane));
  return svgPanel(
    {
      ...overTime(period, LOW),
      title: `Lanes, operator side first: ${all.map((_, lane) => `${lane + 1} ${names[lane] ?? ''}`).join(', ')}`,
      yLabel: 'mass loading (mg/cm²)',
      y: extent(all.flat().map(([, value]) => value)),
    },
    (scale) =>
      all.map((points, lane) =>
        line(points, scale, `stroke:${colours[lane % colours.length]};stroke-width:1.3`),
      ),
  );
}

const names = ['blue', 'orange', 'green', 'violet', 'ochre', 'grey'];

/** Longest first, as bars of HTML: they wrap and print better than a picture. */
export const share = (tally: Tally, all: readonly Tally[]): number =>
  tally.count / Math.max(1, ...all.map(({ count }) => count));

/** Whether there is enough to draw the comparison of prediction and measurement. */
export const comparable = ({ judged }: Summary): boolean => judged.length > 1;

const overTime = (period: Shift['period'], size: readonly [number, number]) => ({
  size,
  xLabel: 'time of day',
  x: [period.from_ms, period.to_ms] as const,
  xTicks: timeTicks(period),
});

function targetBand(
  { target_mg_cm2, tolerance_mg_cm2 = 0 }: Target,
  scale: Scale,
  [from, to]: readonly [number, number],
  [bottom, top]: readonly [number, number],
): string[] {
  if (target_mg_cm2 === undefined) return [];
  const [low, high] = [target_mg_cm2 - tolerance_mg_cm2, target_mg_cm2 + tolerance_mg_cm2];
  if (low > top || high < bottom) return [];
  const across = (level: number): Point[] => {
    const shown = Math.min(top, Math.max(bottom, level));
    return [
      [from, shown],
      [to, shown],
    ];
  };
  return [band(across(low), across(high), scale, `fill:${TARGET};fill-opacity:.16`)];
}

/** With a little air on either side. */
function extent(values: readonly number[], share = 0.08): readonly [number, number] {
  const known = values.filter(Number.isFinite);
  if (known.length === 0) return [0, 1];
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const air = Math.max(share * (high - low), 0.2);
  return [low - air, high + air];
}
