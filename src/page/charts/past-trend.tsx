import { useMemo, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import type { RunRow } from '../../core/api.ts';
import type { ScansDocument } from '../../core/api-history.ts';
import { unitFactor } from '../model/format.ts';
import type { TimeWindow } from '../model/time-window.ts';
import { useStore } from '../views/context.ts';
import { type ChartColors, chartColors } from './colors.ts';
import { Plot } from './plot.tsx';
import { drawBands, drawRunGaps, type RunSpan, trendOptions } from './trends.ts';

interface PastTrendProps {
  readonly window: TimeWindow;
  readonly scans: ScansDocument | undefined;
  readonly runs: readonly RunRow[];
  readonly label: string;
}

/** Loading of the scans over the bands that were predicted, with the gap of each run along the bottom. */
export function PastTrend({ window, scans, runs, label }: PastTrendProps) {
  const factor = unitFactor(useStore().unit.value);
  const colors = useMemo(chartColors, []);
  const data = useMemo((): uPlot.AlignedData => pastSeries(scans, factor), [scans, factor]);
  const spans = useMemo(() => pastSpans(scans, runs), [scans, runs]);
  const limits = useMemo(() => loadingLimits(scans, spans, factor), [scans, spans, factor]);
  const latest = useRef({ spans, limits });
  latest.current = { spans, limits };
  const { from_ms, until_ms } = window;
  const adjust = useMemo(
    () => (plot: uPlot) => plot.setScale('x', { min: from_ms / 1000, max: until_ms / 1000 }),
    [from_ms, until_ms],
  );
  return (
    <Plot
      label={label}
      data={data}
      adjust={adjust}
      options={(size) => pastOptions(size, colors, factor, () => latest.current)}
    />
  );
}

/** Times, means, and the smallest and largest of each point. */
const pastSeries = (scans: ScansDocument | undefined, factor: number): uPlot.AlignedData => {
  const scaled = (values: readonly number[]) => values.map((value) => value * factor);
  if (!scans) return [[], [], [], []];
  return [
    scans.time_ms.map((time_ms) => time_ms / 1000),
    scaled(scans.mean_mg_cm2),
    scaled(scans.low_mg_cm2),
    scaled(scans.high_mg_cm2),
  ];
};

function pastSpans(scans: ScansDocument | undefined, runs: readonly RunRow[]): RunSpan[] {
  const seen = new Map<number, { from_s: number; until_s: number }>();
  scans?.run.forEach((run, i) => {
    const time_s = scans.time_ms[i]! / 1000;
    seen.set(run, { from_s: seen.get(run)?.from_s ?? time_s, until_s: time_s });
  });
  return runs.flatMap((row) => {
    const span = seen.get(row.run);
    return span ? [{ row, ...span }] : [];
  });
}

function loadingLimits(
  scans: ScansDocument | undefined,
  spans: readonly RunSpan[],
  factor: number,
): [number, number] {
  const bands = spans.flatMap(({ row }) => row.predicted?.interval90_mg_cm2 ?? []);
  const values = [...(scans?.low_mg_cm2 ?? []), ...(scans?.high_mg_cm2 ?? []), ...bands];
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  if (high < low) return [0, 30 * factor];
  const margin = Math.max(0.5, (high - low) * 0.1);
  return [Math.max(0, low - margin) * factor, (high + margin) * factor];
}

type Latest = () => { readonly spans: readonly RunSpan[]; readonly limits: [number, number] };

function pastOptions(
  size: { width: number; height: number },
  colors: ChartColors,
  factor: number,
  latest: Latest,
): uPlot.Options {
  const options = trendOptions({
    size,
    colors,
    timeAxis: true,
    tickSpace: 28,
    series: {
      paths: () => null,
      stroke: colors.measured,
      points: { show: true, size: 4, fill: colors.measured, width: 0 },
    },
    yRange: () => latest().limits,
    draw: (plot) => drawBands(plot, latest().spans, null, factor, colors),
    drawOver: (plot) => {
      drawSpread(plot, colors);
      drawRunGaps(plot, latest().spans, colors);
    },
    onCursor: () => {},
  });
  const hidden = { show: false };
  return { ...options, series: [...options.series, hidden, hidden], cursor: { show: false } };
}

/** Where scans share a point: a stroke from the smallest to the largest of them. */
function drawSpread(plot: uPlot, colors: ChartColors): void {
  const { ctx, bbox, data } = plot;
  const [times, , lows, highs] = data as [number[], number[], number[], number[]];
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.strokeStyle = colors.measured;
  ctx.lineWidth = 1.5 * devicePixelRatio;
  ctx.beginPath();
  const { min = 0, max = 0 } = plot.scales['x'] ?? {};
  times.forEach((time_s, i) => {
    if (time_s < (min ?? 0) || time_s > (max ?? 0) || lows[i] === highs[i]) return;
    const x = plot.valToPos(time_s, 'x', true);
    ctx.moveTo(x, plot.valToPos(lows[i]!, 'y', true));
    ctx.lineTo(x, plot.valToPos(highs[i]!, 'y', true));
  });
  ctx.stroke();
  ctx.restore();
}
