import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { HeatStrip } from '../charts/heat-strip.tsx';
import { PastTrend } from '../charts/past-trend.tsx';
import { axisWidth, rightPadding } from '../charts/trends.ts';
import { usePast } from '../live/past.ts';
import { t } from '../messages/text.ts';
import { formatDay } from '../model/format.ts';
import { heatRange } from '../model/heat-range.ts';
import { latest, panned, type TimeWindow } from '../model/time-window.ts';
import { useStore } from './context.ts';
import { HeatLegend } from './heat-map.tsx';
import { Happened, PastRuns } from './history-tables.tsx';
import { PanZoom } from './pan-zoom.tsx';
import { Segments } from './segments.tsx';

const hour_ms = 3_600_000;
const spans_h = [1, 4, 12, 24] as const;
const half = 0.5;

/** The past, a day at a time: pictures that can be moved and zoomed, and what happened meanwhile. */
export function HistoryView() {
  const { model: current, line, api, dark, unit } = useStore();
  const now_ms = current.value?.time_ms ?? 0;
  const span_h = useSignal<number>(4);
  /** `undefined` follows the line. */
  const chosen = useSignal<TimeWindow | undefined>(undefined);
  // A minute at a time: following scan by scan would load everything anew all the time.
  const minute_ms = Math.ceil(now_ms / 60_000) * 60_000;
  const window = chosen.value ?? latest(minute_ms, span_h.value * hour_ms);
  const past = usePast(api, line.value, window);
  const pictures = useMemo(
    () => [past.wide, past.close].filter((picture) => picture !== undefined),
    [past.wide, past.close],
  );
  const range = useMemo(() => past.wide && heatRange(past.wide.rows), [past.wide]);
  const all = past.runs?.runs ?? [];
  const runs = all.filter(
    ({ start_ms, end_ms }) => start_ms <= window.until_ms && (end_ms ?? now_ms) >= window.from_ms,
  );
  if (now_ms === 0) return <p class="empty">{t('line.heat.none')}</p>;

  const show = (next: TimeWindow | undefined) => {
    chosen.value = next;
  };
  const [from, until] = [formatDay(window.from_ms), formatDay(window.until_ms)];
  const shown = scansWithin(past.scans, window);
  return (
    <div class="history-view">
      <section class="card history-pictures">
        <div class="line-head">
          <h2>{t('history.heat')}</h2>
          <HeatLegend range={range} relative={false} />
          <Segments
            name="span"
            legend={t('history.span')}
            choices={spans_h}
            value={Math.round((window.until_ms - window.from_ms) / hour_ms)}
            label={(hours) => t(`history.span.${hours as (typeof spans_h)[number]}`)}
            onChoice={(hours) => {
              span_h.value = hours;
              show(chosen.value && latest(chosen.value.until_ms, hours * hour_ms));
            }}
          />
          <span class="buttons">
            <button type="button" class="button" onClick={() => show(panned(window, -half, minute_ms))}>
              {t('history.earlier')}
            </button>
            <button
              type="button"
              class="button"
              disabled={window.until_ms >= minute_ms}
              onClick={() => show(panned(window, half, minute_ms))}
            >
              {t('history.later')}
            </button>
            <button
              type="button"
              class="button"
              disabled={chosen.value === undefined}
              onClick={() => show(undefined)}
            >
              {t('history.latest')}
            </button>
          </span>
        </div>
        <PanZoom label={t('history.charts')} window={window} now_ms={minute_ms} onWindow={show}>
          <div
            class="history-heat"
            style={{ marginLeft: `${axisWidth}px`, marginRight: `${rightPadding}px` }}
          >
            <HeatStrip
              window={window}
              pictures={pictures}
              range={range}
              label={t('history.heat.label', { from, until })}
            />
          </div>
          <p class="history-caption">
            <b>{t('history.scans')}</b>{' '}
            <span data-test="past-count">
              {past.error
                ? t('history.failed', { what: past.error })
                : past.scans
                  ? t('history.scans.count', { scans: shown, runs: runs.length })
                  : t('history.loading')}
            </span>
            <span class="history-window" data-test="window">
              {t('history.window', { from, until })}
            </span>
          </p>
          <PastTrend
            key={`${dark.value} ${unit.value} ${line.value}`}
            window={window}
            scans={past.scans}
            runs={all}
            label={t('history.scans.label', { scans: shown, from, until })}
          />
        </PanZoom>
      </section>
      <PastRuns runs={runs} />
      <Happened entries={past.happened?.entries ?? []} />
    </div>
  );
}

function scansWithin(
  scans: { readonly time_ms: readonly number[]; readonly scans: readonly number[] } | undefined,
  { from_ms, until_ms }: TimeWindow,
): number {
  return (scans?.time_ms ?? []).reduce(
    (sum, time_ms, i) => (time_ms >= from_ms && time_ms <= until_ms ? sum + scans!.scans[i]! : sum),
    0,
  );
}
