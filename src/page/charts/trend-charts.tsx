import { useMemo, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { t } from '../messages/text.ts';
import { unitFactor } from '../model/format.ts';
import type { LineModel } from '../model/line-model.ts';
import { useStore } from '../views/context.ts';
import { chartColors } from './colors.ts';
import { Plot, type PlotProps } from './plot.tsx';
import { drawBands, drawRunNumbers, type RunSpan, runSpans, scanSeries, trendOptions } from './trends.ts';

export interface TrendProps {
  readonly model: LineModel;
  readonly frame: { readonly from_ms: number; readonly until_ms: number };
  readonly onCursor: (time_ms: number | undefined) => void;
  /** Tells which plots there are, so that the heat map can move their cursors. */
  readonly keep: (plot: uPlot | undefined, before: uPlot | undefined) => void;
}

/** Mean loading of each scan over the band that was predicted for its run. */
export function LoadingTrend({ model, frame, onCursor, keep }: TrendProps) {
  const factor = unitFactor(useStore().unit.value);
  const { scans, runs } = model;
  const colors = useMemo(chartColors, []);
  const spans = useMemo(() => runSpans(runs, scans), [runs, scans]);
  const data = useMemo(() => scanSeries(scans, factor), [scans, factor]);
  const latest = useLatest({ spans, model, frame });
  return (
    <FramedPlot
      label={t('line.loading.label')}
      data={data}
      frame={frame}
      keep={keep}
      options={(size) =>
        trendOptions({
          size,
          colors,
          timeAxis: false,
          tickSpace: 28,
          series: {
            // Scans are points: a line between runs would show loadings that never were.
            paths: () => null,
            stroke: colors.measured,
            points: { show: true, size: 4.5, fill: colors.measured, width: 0 },
          },
          yRange: () =>
            loadingRange(latest.current.spans, latest.current.model, latest.current.frame, factor),
          draw: (made) =>
            drawBands(made, latest.current.spans, latest.current.model.tolerance, factor, colors),
          onCursor,
        })
      }
    />
  );
}

/** The comma gap, with the number of each run. */
export function GapTrend({ model, frame, onCursor, keep }: TrendProps) {
  const colors = useMemo(chartColors, []);
  const { gapTimes_ms, gaps_um, gapNow } = model;
  const data = useMemo((): uPlot.AlignedData => {
    const times = gapTimes_ms.map((time_ms) => time_ms / 1000);
    const values = [...gaps_um];
    // The thinned series ends where the gap last moved; it has stood there until now.
    if (gapNow && gapNow.time_ms / 1000 > (times.at(-1) ?? 0)) {
      times.push(gapNow.time_ms / 1000);
      values.push(gapNow.gap_um);
    }
    return [times, values];
  }, [gapTimes_ms, gaps_um, gapNow]);
  const latest = useLatest({ model });
  return (
    <FramedPlot
      label={t('line.gap.label')}
      data={data}
      frame={frame}
      keep={keep}
      options={(size) =>
        trendOptions({
          size,
          colors,
          timeAxis: true,
          tickSpace: 18,
          series: { stroke: colors.ink, width: 1.5, points: { show: false } },
          yRange: (_plot, _low, high) => [0, Math.max(50, (high ?? 0) * 1.25)],
          draw: () => {},
          drawOver: (made) =>
            drawRunNumbers(made, latest.current.model.runs, latest.current.model.time_ms ?? 0, colors),
          onCursor,
        })
      }
    />
  );
}

/** A chart that shows a stretch of time and is known to the heat map. */
function FramedPlot({
  frame,
  keep,
  ...plot
}: Pick<TrendProps, 'frame' | 'keep'> & Pick<PlotProps, 'label' | 'data' | 'options'>) {
  const known = useRef<uPlot | undefined>(undefined);
  const { from_ms, until_ms } = frame;
  const slide = useMemo(
    () => (made: uPlot) => made.setScale('x', { min: from_ms / 1000, max: until_ms / 1000 }),
    [from_ms, until_ms],
  );
  const tell = (made: uPlot | undefined) => {
    keep(made, known.current);
    known.current = made;
  };
  return <Plot {...plot} adjust={slide} onPlot={tell} />;
}

/** Charts are built once; what they draw is read from here, always the newest. */
function useLatest<T>(value: T): { current: T } {
  const latest = useRef(value);
  latest.current = value;
  return latest;
}

/** Room for the scans, the bands and the tolerance as far as it is near: never for a single wild value alone. */
function loadingRange(
  spans: readonly RunSpan[],
  model: LineModel,
  frame: TrendProps['frame'],
  factor: number,
): [number, number] {
  const shown = model.scans.filter((scan) => scan.time_ms >= frame.from_ms).map((scan) => scan.mean_mg_cm2);
  const bands = spans
    .filter((span) => span.until_s * 1000 >= frame.from_ms)
    .flatMap(({ row }) => row.predicted?.interval90_mg_cm2 ?? []);
  const values = [...shown, ...bands];
  if (values.length === 0) return [0, 30 * factor];
  const low = Math.min(...values);
  const high = Math.max(...values);
  const margin = Math.max(0.5, (high - low) * 0.08);
  return [Math.max(0, low - margin) * factor, (high + margin) * factor];
}
