import type uPlot from 'uplot';
import type { RunRow, ScanPoint, Tolerance } from '../../core/api.ts';
import type { ChartColors } from './colors.ts';
import { chartFont } from './colors.ts';

/** Room for the value axis (px): the same in every chart of the line view, so that their times line up. */
export const axisWidth = 52;
export const rightPadding = 10;

export interface RunSpan {
  readonly row: RunRow;
  readonly from_s: number;
  readonly until_s: number;
}

/** When the gauge saw each run: that is where its predicted band belongs, not when the coater made it. */
export function runSpans(runs: readonly RunRow[], scans: readonly ScanPoint[]): RunSpan[] {
  const seen = new Map<number, { from: number; until: number }>();
  for (const { run, time_ms } of scans) {
    const span = seen.get(run);
    if (span) span.until = time_ms;
    else seen.set(run, { from: time_ms, until: time_ms });
  }
  return runs.flatMap((row) => {
    const span = seen.get(row.run);
    return span ? [{ row, from_s: span.from / 1000 - 8, until_s: span.until / 1000 }] : [];
  });
}

/** Mean loading of each scan over time. */
export const scanSeries = (scans: readonly ScanPoint[], factor: number): uPlot.AlignedData => [
  scans.map((scan) => scan.time_ms / 1000),
  scans.map((scan) => scan.mean_mg_cm2 * factor),
];

const timeAxis = (colors: ChartColors, shown: boolean): uPlot.Axis => ({
  show: shown,
  size: 28,
  font: chartFont,
  stroke: colors.muted,
  grid: { stroke: colors.grid, width: 1 },
  ticks: { show: false },
  values: (_plot, splits, _axis, _space, increment) => splits.map((split) => clock(split, increment < 60)),
});

const clock = (time_s: number, seconds: boolean): string =>
  new Date(time_s * 1000).toLocaleTimeString('en-GB', {
    hour: '2-digit',
    minute: '2-digit',
    ...(seconds && { second: '2-digit' }),
  });

const valueAxis = (colors: ChartColors, space: number): uPlot.Axis => ({
  size: axisWidth,
  font: chartFont,
  stroke: colors.muted,
  grid: { stroke: colors.grid, width: 1 },
  ticks: { show: false },
  space,
});

export interface TrendOptions {
  readonly size: { width: number; height: number };
  readonly colors: ChartColors;
  readonly timeAxis: boolean;
  /** Least distance between two values on the axis (px). */
  readonly tickSpace: number;
  readonly series: uPlot.Series;
  readonly yRange: uPlot.Range.Function;
  readonly draw: (plot: uPlot) => void;
  readonly drawOver?: (plot: uPlot) => void;
  readonly onCursor: (time_ms: number | undefined) => void;
}

/** A chart over time that shares its cursor with the others of the line view. */
export function trendOptions(options: TrendOptions): uPlot.Options {
  const { size, colors, series } = options;
  return {
    ...size,
    padding: [8, rightPadding, options.timeAxis ? 0 : 8, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: { show: true, size: 7 },
      sync: { key: 'line-time' },
    },
    scales: { x: { time: true, auto: false }, y: { range: options.yRange } },
    axes: [timeAxis(colors, options.timeAxis), valueAxis(colors, options.tickSpace)],
    // Unaligned: half a micrometre must not jump by a whole pixel.
    series: [{}, { ...series, pxAlign: false }],
    hooks: {
      drawAxes: [options.draw],
      draw: options.drawOver ? [options.drawOver] : [],
      setCursor: [
        (plot) => {
          const { left } = plot.cursor;
          options.onCursor(left === undefined || left < 0 ? undefined : plot.posToVal(left, 'x') * 1000);
        },
      ],
    },
  };
}

/** The band that was predicted for each run before its first scan, and the tolerance if there is one. */
export function drawBands(
  plot: uPlot,
  spans: readonly RunSpan[],
  tolerance: Tolerance | null,
  factor: number,
  colors: ChartColors,
): void {
  const { ctx, bbox } = plot;
  const x = (time_s: number) => plot.valToPos(time_s, 'x', true);
  const y = (mg_cm2: number) => plot.valToPos(mg_cm2 * factor, 'y', true);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  for (const { row, from_s, until_s } of spans) {
    if (!row.predicted) continue;
    const left = x(from_s);
    const width = Math.max(2, x(until_s) - left);
    for (const [interval, color] of [
      [row.predicted.interval90_mg_cm2, colors.band90],
      [row.predicted.interval50_mg_cm2, colors.band50],
    ] as const) {
      ctx.fillStyle = color;
      ctx.fillRect(left, y(interval[1]), width, y(interval[0]) - y(interval[1]));
    }
    ctx.fillStyle = colors.predicted;
    ctx.fillRect(left, y(row.predicted.mean_mg_cm2) - 1, width, 2);
  }
  if (tolerance) {
    ctx.strokeStyle = colors.tolerance;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    for (const limit of [tolerance.low_mg_cm2, tolerance.high_mg_cm2]) {
      ctx.beginPath();
      ctx.moveTo(bbox.left, y(limit));
      ctx.lineTo(bbox.left + bbox.width, y(limit));
      ctx.stroke();
    }
  }
  ctx.restore();
}

/** The number of each run over the plateau of its gap. */
export function drawRunNumbers(
  plot: uPlot,
  runs: readonly RunRow[],
  now_ms: number,
  colors: ChartColors,
): void {
  const above = (gap_um: number) => plot.valToPos(gap_um, 'y', true) - 4 * devicePixelRatio;
  const labels = runs.map(({ run, gap_um, start_ms, end_ms }) => ({
    from_s: start_ms / 1000,
    until_s: (end_ms ?? now_ms) / 1000,
    text: `${run}`,
    y: above(gap_um),
  }));
  drawLabels(plot, labels, 28, colors);
}

/** The gap of each run (µm) along the bottom, under the scans that the gauge saw of it. */
export function drawRunGaps(plot: uPlot, spans: readonly RunSpan[], colors: ChartColors): void {
  const y = plot.bbox.top + plot.bbox.height - 3;
  const labels = spans.map(({ row, from_s, until_s }) => {
    const text = `${Math.round(row.gap_um)} µm`;
    return { from_s, until_s, text, y };
  });
  drawLabels(plot, labels, 46, colors);
}

interface Label {
  readonly from_s: number;
  readonly until_s: number;
  readonly text: string;
  /** Canvas pixels, of its lower edge. */
  readonly y: number;
}

/** Writes each label in the middle of what is in sight of its time, where that is wide enough (CSS pixels). */
function drawLabels(plot: uPlot, labels: readonly Label[], room: number, colors: ChartColors): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.font = chartFont.replace('12px', `${12 * devicePixelRatio}px`);
  ctx.fillStyle = colors.muted;
  ctx.textAlign = 'center';
  ctx.textBaseline = 'bottom';
  for (const { from_s, until_s, text, y } of labels) {
    const left = Math.max(bbox.left, plot.valToPos(from_s, 'x', true));
    const right = Math.min(bbox.left + bbox.width, plot.valToPos(until_s, 'x', true));
    if (right - left >= room * devicePixelRatio) ctx.fillText(text, (left + right) / 2, y);
  }
  ctx.restore();
}
