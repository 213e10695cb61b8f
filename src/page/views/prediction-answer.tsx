import type { PredictionDocument } from '../../core/api.ts';
import { t } from '../messages/text.ts';
import { fixed } from '../model/format.ts';
import { useLoading, useStore } from './context.ts';
import { PredictionGrounds } from './prediction-grounds.tsx';

export function PredictionAnswer({
  asked,
  error,
}: {
  asked: PredictionDocument | undefined;
  error: string | undefined;
}) {
  const { unit } = useStore();
  const loading = useLoading();
  if (error) return <p class="answer-error">{t('predict.failed', { what: error })}</p>;
  if (!asked) return <div class="answer" />;
  const { extrapolation, distance_um } = asked;
  return (
    <div class="answer" aria-live="polite">
      <div class="answer-figures">
        <p class="figure">
          <span data-test="prediction">{loading(asked.mean_mg_cm2)}</span>
          <small>{unit.value}</small>
        </p>
        <p>
          <b data-test="prediction-90">
            {t('predict.interval', {
              share: 90,
              low: loading(asked.interval90[0]),
              high: loading(asked.interval90[1]),
            })}
          </b>
        </p>
        <p>
          {t('predict.interval', {
            share: 50,
            low: loading(asked.interval50[0]),
            high: loading(asked.interval50[1]),
          })}
        </p>
      </div>
      <p class={`extrapolation is-${extrapolation}`}>
        {extrapolation === 'none' || distance_um === null
          ? t(
              extrapolation === 'none'
                ? 'predict.extrapolation.none'
                : `predict.extrapolation.${extrapolation}.short`,
            )
          : t(`predict.extrapolation.${extrapolation}`, { distance: fixed(distance_um, 0) })}
      </p>
      <PredictionGrounds asked={asked} />
    </div>
  );
}
