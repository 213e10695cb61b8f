import type uPlot from 'uplot';
import type { CurveDocument, LabPoint, RunRow } from '../../core/api.ts';
import type { Interval } from '../../core/prediction.ts';
import { type ChartColors, chartFont } from './colors.ts';

/** What the curve chart shows beside the curve itself. */
export interface CurveScene {
  readonly curve: CurveDocument;
  readonly runs: readonly RunRow[];
  readonly lab: readonly LabPoint[];
  /** The answer to "what would a gap give?". */
  readonly asked?: { readonly gap_um: number; readonly mean_mg_cm2: number; readonly interval90: Interval };
  /** The answer to "which gap do I set?". */
  readonly advised?: { readonly gap_um: number; readonly wanted_mg_cm2: number };
  /** 1 for mg/cm², 10 for g/m². */
  readonly factor: number;
}

/** The gaps worth a close look: what the line has run, what was asked, and some room to both sides. */
export function nearLine({ curve, runs, asked, advised }: CurveScene): Interval | undefined {
  const gaps = runs.filter((run) => run.measured).map((run) => run.gap_um);
  if (gaps.length === 0) return undefined;
  for (const answer of [asked, advised]) if (answer) gaps.push(answer.gap_um);
  const low = Math.min(...gaps);
  const high = Math.max(...gaps);
  const room = Math.max(25, (high - low) * 0.3);
  return [Math.max(curve.gap_um[0]!, low - room), Math.min(curve.gap_um.at(-1)!, high + room)];
}

/** Gap, mean and the two bands, as uPlot wants them. */
export function curveData({ curve, factor }: CurveScene): uPlot.AlignedData {
  const scaled = (values: readonly number[]) => values.map((value) => value * factor);
  return [
    [...curve.gap_um],
    scaled(curve.high90_mg_cm2),
    scaled(curve.low90_mg_cm2),
    scaled(curve.high50_mg_cm2),
    scaled(curve.low50_mg_cm2),
    scaled(curve.mean_mg_cm2),
  ];
}

export function curveOptions(
  size: { width: number; height: number },
  colors: ChartColors,
  labels: { readonly gap: string; readonly loading: string },
  scene: () => CurveScene,
  onPick: (gap_um: number) => void,
): uPlot.Options {
  const edge = { stroke: 'transparent', width: 0, points: { show: false } };
  const axis = {
    font: chartFont,
    labelFont: chartFont,
    labelSize: 22,
    stroke: colors.muted,
    grid: { stroke: colors.grid, width: 1 },
    ticks: { show: false },
  };
  return {
    ...size,
    padding: [10, 16, 0, 0],
    legend: { show: false },
    cursor: { drag: { x: false, y: false }, points: { show: false } },
    scales: {
      x: { time: false, range: (_plot, min, max) => [min ?? 0, max ?? 400] },
      y: {
        range: (plot, min, max) => {
          const { lab, runs, factor } = scene();
          const { min: from = 0, max: until = 0 } = plot.scales['x'] ?? {};
          const inView = ({ gap_um }: { gap_um: number }) => gap_um >= (from ?? 0) && gap_um <= (until ?? 0);
          const points = [
            ...lab
              .filter(inView)
              .flatMap(({ mean_mg_cm2: mean, sd_mg_cm2: sd }) => [mean - (sd ?? 0), mean + (sd ?? 0)]),
            ...runs.filter(inView).flatMap(({ measured }) => (measured ? [measured.level_mg_cm2] : [])),
          ].map((mg_cm2) => mg_cm2 * factor);
          const low = Math.min(min ?? 0, ...points);
          const high = Math.max(max ?? 50, ...points);
          const room = (high - low) * 0.06;
          return [Math.max(0, low - room), high + room];
        },
      },
    },
    axes: [
      { ...axis, size: 30, label: labels.gap },
      { ...axis, size: 44, label: labels.loading },
    ],
    series: [{}, edge, edge, edge, edge, { stroke: colors.predicted, width: 2.5, points: { show: false } }],
    bands: [
      { series: [1, 2], fill: colors.band90 },
      { series: [3, 4], fill: colors.band50 },
    ],
    hooks: {
      drawAxes: [(plot) => drawOutside(plot, scene(), colors)],
      draw: [
        (plot) => {
          drawLab(plot, scene(), colors);
          drawRuns(plot, scene(), colors);
          drawAnswers(plot, scene(), colors);
        },
      ],
      ready: [
        (plot) =>
          plot.over.addEventListener('click', (event) =>
            onPick(Math.round(plot.posToVal(event.offsetX, 'x'))),
          ),
      ],
    },
  };
}

/** Shades the gaps that lie beyond all that the line has run. */
function drawOutside(plot: uPlot, { curve, runs }: CurveScene, colors: ChartColors): void {
  const { ctx, bbox } = plot;
  const end = bbox.left + bbox.width;
  // The curve's own gaps are a grid; the runs say exactly where it ends.
  const inside = [
    ...curve.gap_um.filter((_, i) => curve.extrapolation[i] !== 'outside'),
    ...runs.filter((run) => run.measured).map((run) => run.gap_um),
  ];
  const x = (gap_um: number) => Math.min(end, Math.max(bbox.left, plot.valToPos(gap_um, 'x', true)));
  const left = inside.length > 0 ? x(Math.min(...inside)) : end;
  const right = inside.length > 0 ? x(Math.max(...inside)) : end;
  ctx.save();
  ctx.fillStyle = colors.outside;
  ctx.fillRect(bbox.left, bbox.top, left - bbox.left, bbox.height);
  ctx.fillRect(right, bbox.top, end - right, bbox.height);
  ctx.restore();
}

function positions(plot: uPlot, factor: number) {
  return {
    unit: devicePixelRatio,
    x: (gap_um: number) => plot.valToPos(gap_um, 'x', true),
    y: (mg_cm2: number) => plot.valToPos(mg_cm2 * factor, 'y', true),
  };
}

function clipped(plot: uPlot, draw: (ctx: CanvasRenderingContext2D) => void): void {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  draw(ctx);
  ctx.restore();
}

/** Lab groups: open diamonds with a standard deviation to each side. */
function drawLab(plot: uPlot, { lab, factor }: CurveScene, colors: ChartColors): void {
  const { x, y, unit } = positions(plot, factor);
  clipped(plot, (ctx) => {
    ctx.strokeStyle = colors.lab;
    ctx.fillStyle = colors.surface;
    ctx.lineWidth = 1.75 * unit;
    for (const { gap_um, mean_mg_cm2, sd_mg_cm2 } of lab) {
      const px = x(gap_um);
      const py = y(mean_mg_cm2);
      if (sd_mg_cm2 !== null) {
        ctx.beginPath();
        ctx.moveTo(px, y(mean_mg_cm2 - sd_mg_cm2));
        ctx.lineTo(px, y(mean_mg_cm2 + sd_mg_cm2));
        ctx.stroke();
      }
      const r = 5.5 * unit;
      ctx.beginPath();
      ctx.moveTo(px, py - r);
      ctx.lineTo(px + r, py);
      ctx.lineTo(px, py + r);
      ctx.lineTo(px - r, py);
      ctx.closePath();
      ctx.fill();
      ctx.stroke();
    }
  });
}

/** Runs of the line: filled circles. */
function drawRuns(plot: uPlot, { runs, factor }: CurveScene, colors: ChartColors): void {
  const { x, y, unit } = positions(plot, factor);
  clipped(plot, (ctx) => {
    ctx.fillStyle = colors.measured;
    ctx.strokeStyle = colors.surface;
    ctx.lineWidth = unit;
    for (const { gap_um, measured } of runs) {
      if (!measured) continue;
      ctx.beginPath();
      ctx.arc(x(gap_um), y(measured.level_mg_cm2), 4.5 * unit, 0, 2 * Math.PI);
      ctx.fill();
      ctx.stroke();
    }
  });
}

function drawAnswers(plot: uPlot, { asked, advised, factor }: CurveScene, colors: ChartColors): void {
  const { x, y, unit } = positions(plot, factor);
  const { bbox } = plot;
  const bottom = bbox.top + bbox.height;
  clipped(plot, (ctx) => {
    ctx.lineWidth = 1.5 * unit;
    if (asked) {
      const px = x(asked.gap_um);
      ctx.strokeStyle = colors.ink;
      ctx.beginPath();
      ctx.moveTo(px, bottom);
      ctx.lineTo(px, y(asked.interval90[1]));
      ctx.stroke();
      ctx.lineWidth = 5 * unit;
      ctx.beginPath();
      ctx.moveTo(px, y(asked.interval90[0]));
      ctx.lineTo(px, y(asked.interval90[1]));
      ctx.stroke();
      ctx.fillStyle = colors.surface;
      ctx.lineWidth = 2.5 * unit;
      ctx.beginPath();
      ctx.arc(px, y(asked.mean_mg_cm2), 6 * unit, 0, 2 * Math.PI);
      ctx.fill();
      ctx.stroke();
    }
    if (advised) {
      ctx.strokeStyle = colors.tolerance;
      ctx.lineWidth = 1.75 * unit;
      ctx.setLineDash([6 * unit, 4 * unit]);
      ctx.beginPath();
      ctx.moveTo(bbox.left, y(advised.wanted_mg_cm2));
      ctx.lineTo(x(advised.gap_um), y(advised.wanted_mg_cm2));
      ctx.lineTo(x(advised.gap_um), bottom);
      ctx.stroke();
    }
  });
}
