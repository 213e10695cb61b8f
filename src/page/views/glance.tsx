import { t } from '../messages/text.ts';
import { formatDuration, formatGap, formatTime } from '../model/format.ts';
import { coaterNow, currentRun, loadingIsPast, measuredRun } from '../model/line-model.ts';
import type { Mood } from '../model/verdict.ts';
import { useLoading, useStore } from './context.ts';
import { IntervalBar } from './interval-bar.tsx';

const moodShapes: Record<Mood, string> = {
  fine: 'M6 13l4.5 4.5L19 8',
  idle: 'M9 7v10M15 7v10',
  attention: 'M12 5v9M12 18v.5',
  trouble: 'M7 7l10 10M17 7L7 17',
};

/** The answers that must be legible from two metres. */
export function Glance() {
  const { model, verdict, unit } = useStore();
  const loading = useLoading();
  const { mood, message, values } = verdict.value;
  const now = model.value;
  const run = now && currentRun(now);
  const seen = now && measuredRun(now);
  const scan = now?.scans.at(-1);
  const past = now !== undefined && loadingIsPast(now);
  const now_ms = now && coaterNow(now);
  return (
    <section class="glance" aria-label={t('glance.label')}>
      <div class={`tile mood mood-${mood}`} role="status">
        <svg viewBox="0 0 24 24" aria-hidden="true">
          <path d={moodShapes[mood]} />
        </svg>
        <div>
          <h2>{t(`mood.${mood}`)}</h2>
          <p data-test="verdict">{t(message, values)}</p>
        </div>
      </div>
      <div class="tile">
        <h2>{t('glance.gap')}</h2>
        <p class="figure">
          <span data-test="gap">{formatGap(now?.gapNow?.gap_um)}</span>
          <small>µm</small>
        </p>
        <p class="note">
          {run && now_ms != null
            ? t('glance.run', { run: run.run, duration: formatDuration(now_ms - run.start_ms) })
            : t('glance.no-run')}
        </p>
      </div>
      <div class={past ? 'tile is-past' : 'tile'}>
        <h2 data-test="loading-title">{t(past ? 'glance.last-coated' : 'glance.loading')}</h2>
        <p class="figure">
          <span data-test="loading">{loading(scan?.mean_mg_cm2)}</span>
          <small>{unit.value}</small>
        </p>
        <p class="note">
          {scan
            ? t('glance.last-scan', { scan: scan.scan, time: formatTime(scan.time_ms) })
            : t('glance.no-scan')}
        </p>
      </div>
      <div class="tile tile-wide">
        <h2>
          {t('glance.predicted')}
          {seen && (
            <span class="aside">{t('glance.of-run', { run: seen.run, gap: formatGap(seen.gap_um) })}</span>
          )}
        </h2>
        {seen?.predicted ? (
          <IntervalBar forecast={seen.predicted} measured={seen.measured?.level_mg_cm2} />
        ) : (
          <p class="note">{t('glance.not-predicted')}</p>
        )}
      </div>
    </section>
  );
}
