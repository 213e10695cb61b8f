import type { AdviceDocument, NextGapDocument } from '../../core/api.ts';
import { t } from '../messages/text.ts';
import { fixed, formatGap, formatPercent } from '../model/format.ts';
import { useLoading, useStore } from './context.ts';

export function AdviceAnswer({
  advice,
  error,
  next,
}: {
  advice: AdviceDocument | undefined;
  error: string | undefined;
  /** Absent where the model can’t tell. */
  next: NextGapDocument | undefined;
}) {
  const { unit } = useStore();
  const loading = useLoading();
  if (error) return <p class="answer-error">{t('predict.failed', { what: error })}</p>;
  if (!advice) return <div class="answer" />;
  const { tolerance_mg_cm2, wanted_mg_cm2, extrapolation } = advice;
  const last = advice.remarks.at(-1);
  return (
    <div class="answer" aria-live="polite">
      <div class="answer-figures">
        <p class="figure">
          <span data-test="advice">{advice.reachable ? formatGap(advice.gap_um) : '–'}</span>
          <small>µm</small>
        </p>
        {advice.reachable && (
          <p>
            <b>
              {t('predict.gap-interval', {
                low: formatGap(advice.interval90[0]),
                high: formatGap(advice.interval90[1]),
              })}
            </b>
          </p>
        )}
      </div>
      {advice.reachable && advice.inTolerance !== null && tolerance_mg_cm2 !== null && (
        <p data-test="in-tolerance">
          {t('predict.in-tolerance', {
            share: formatPercent(advice.inTolerance),
            low: loading(wanted_mg_cm2 - tolerance_mg_cm2),
            high: loading(wanted_mg_cm2 + tolerance_mg_cm2),
            unit: unit.value,
          })}
        </p>
      )}
      {/* Where the line has never run, the agent's last remark says so, with figures. */}
      {(extrapolation === 'none' || last === undefined) && (
        <p class={`extrapolation is-${extrapolation}`}>
          {t(
            extrapolation === 'none'
              ? 'predict.extrapolation.none'
              : `predict.extrapolation.${extrapolation}.short`,
          )}
        </p>
      )}
      {advice.remarks.map((remark) => (
        <p
          key={remark}
          class={remark === last && extrapolation !== 'none' ? `extrapolation is-${extrapolation}` : ''}
        >
          {remark}
        </p>
      ))}
      {advice.reachable && next && (
        <p data-test="next-gap">
          {next.worthwhile
            ? t('predict.next-gap', {
                gap: fixed(next.gap_um, 0),
                now: loading(next.sd_now_mg_cm2),
                after: loading(next.sd_after_mg_cm2),
                unit: unit.value,
              })
            : t('predict.next-gap.little')}
        </p>
      )}
      <p class="note">{t('predict.advice-only')}</p>
    </div>
  );
}
