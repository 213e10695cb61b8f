import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { ScanPoint } from '../../core/api.ts';
import { chartColors } from '../charts/colors.ts';
import { axisWidth, rightPadding } from '../charts/trends.ts';
import { t } from '../messages/text.ts';
import { packed, parseHex, scaleCss, scalePixels } from '../model/color-scale.ts';
import { formatDifference, formatLoading, formatTime } from '../model/format.ts';
import type { HeatRange } from '../model/heat-range.ts';
import { rasterize } from '../model/heat-raster.ts';
import { loadingAt, type ProfileRow } from '../model/profiles.ts';
import { useLoading, useStore } from './context.ts';

interface HeatMapProps {
  readonly rows: readonly ProfileRow[];
  readonly frame: { readonly from_ms: number; readonly until_ms: number };
  readonly range: HeatRange | undefined;
  readonly relative: boolean;
  readonly cursor_ms: number | undefined;
  readonly latest: ScanPoint | undefined;
  readonly onCursor: (time_ms: number | undefined) => void;
}

/** Location across the web over time, in the same time frame as the charts below it. */
export function HeatMap({ rows, frame, range, relative, cursor_ms, latest, onCursor }: HeatMapProps) {
  const { unit, dark } = useStore();
  const loading = useLoading();
  const canvas = useRef<HTMLCanvasElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const [share, setShare] = useState<number | undefined>(undefined);
  const isDark = dark.value;
  // The colours are those of the theme
  const bare = useMemo(() => packed(parseHex(chartColors().bare)), [isDark]);

  useEffect(() => {
    const element = canvas.current!;
    const observer = new ResizeObserver(() => {
      const { clientWidth, clientHeight } = element;
      setSize({ width: clientWidth * devicePixelRatio, height: clientHeight * devicePixelRatio });
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);

  const { from_ms, until_ms } = frame;
  useEffect(() => {
    const context = canvas.current!.getContext('2d')!;
    const width = Math.round(size.width);
    const height = Math.round(size.height);
    if (width === 0 || height === 0) return;
    canvas.current!.width = width;
    canvas.current!.height = height;
    if (!range) return;
    const pixels = rasterize(
      rows,
      { from_ms, until_ms, width, height },
      { range, scale: scalePixels, bare, relative },
    );
    const bytes = new Uint8ClampedArray(pixels.buffer as ArrayBuffer);
    context.putImageData(new ImageData(bytes, width, height), 0, 0);
  }, [rows, from_ms, until_ms, range, relative, bare, size]);

  const span_ms = until_ms - from_ms;
  const row = cursor_ms === undefined ? undefined : rows.find(({ time_ms }) => time_ms >= cursor_ms);
  const location = row && share !== undefined ? Math.floor(share * row.steps.length) : undefined;
  const move = (event: PointerEvent) => {
    const box = canvas.current!.getBoundingClientRect();
    setShare(Math.min(0.9999, Math.max(0, (event.clientY - box.top) / box.height)));
    onCursor(from_ms + ((event.clientX - box.left) / box.width) * span_ms);
  };
  const leave = () => {
    setShare(undefined);
    onCursor(undefined);
  };

  return (
    <div class="heat" style={{ paddingLeft: `${axisWidth}px`, paddingRight: `${rightPadding}px` }}>
      <div class="heat-sides" style={{ width: `${axisWidth}px` }} aria-hidden="true">
        <span>{t('line.operator')}</span>
        <span>{t('line.gear')}</span>
      </div>
      <div class="heat-picture">
        <canvas
          ref={canvas}
          role="img"
          aria-label={t('line.heat.label', {
            scan: latest?.scan ?? '–',
            mean: loading(latest?.mean_mg_cm2),
            unit: unit.value,
          })}
          data-test="heat"
          data-scans={rows.length}
          onPointerMove={move}
          onPointerDown={move}
          onPointerLeave={leave}
        />
        {cursor_ms !== undefined && cursor_ms >= from_ms && (
          <i class="heat-cursor" style={{ left: `${(100 * (cursor_ms - from_ms)) / span_ms}%` }} />
        )}
        {row && location !== undefined && (
          <output class="heat-readout">
            {t('line.readout', {
              time: formatTime(row.time_ms),
              location: location + 1,
              loading: loading(loadingAt(row, location)),
              unit: unit.value,
            })}
          </output>
        )}
        {!range && <p class="heat-empty">{t('line.heat.none')}</p>}
      </div>
    </div>
  );
}

const stops = Array.from({ length: 11 }, (_, i) => scaleCss(i / 10));

/** What the colours mean. */
export function HeatLegend({ range, relative }: { range: HeatRange | undefined; relative: boolean }) {
  const unit = useStore().unit.value;
  if (!range) return null;
  const write = relative ? formatDifference : formatLoading;
  return (
    <div class="heat-legend">
      <span data-test="scale-low">{write(range.low, unit)}</span>
      <i style={{ background: `linear-gradient(to right, ${stops.join(', ')})` }} />
      <span data-test="scale-high">
        {write(range.high, unit)} {unit} {relative && t('line.heat.from-mean')}
      </span>
      <span class="key-bare">{t('line.bare')}</span>
    </div>
  );
}
