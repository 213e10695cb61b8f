import type { Forecast } from '../../core/api.ts';
import { t } from '../messages/text.ts';
import { useLoading } from './context.ts';

/** A prediction as its 90 % and 50 % intervals on a line, with the measured value as a mark on it. */
export function IntervalBar({ forecast, measured }: { forecast: Forecast; measured: number | undefined }) {
  const loading = useLoading();
  const [low, high] = forecast.interval90_mg_cm2;
  const values = [low, high, ...(measured === undefined ? [] : [measured])];
  const margin = (high - low) * 0.25;
  const from = Math.min(...values) - margin;
  const until = Math.max(...values) + margin;
  const percent = (value: number) => `${(100 * (value - from)) / (until - from)}%`;
  const span = ([start, end]: readonly [number, number]) => ({
    left: percent(start),
    width: `${(100 * (end - start)) / (until - from)}%`,
  });
  const inside = measured !== undefined && measured >= low && measured <= high;
  return (
    <div class="interval">
      <div class="interval-values">
        <span class="key-predicted" data-test="predicted">
          {t('glance.predicted-value', { mean: loading(forecast.mean_mg_cm2) })}
        </span>
        {measured !== undefined && (
          <span class="key-measured" data-test="measured">
            {t('glance.measured-value', { level: loading(measured) })}
          </span>
        )}
      </div>
      <div class="interval-bar" aria-hidden="true">
        <i class="interval-90" style={span(forecast.interval90_mg_cm2)} />
        <i class="interval-50" style={span(forecast.interval50_mg_cm2)} />
        <i class="interval-mean" style={{ left: percent(forecast.mean_mg_cm2) }} />
        {measured !== undefined && (
          <i class={`interval-measured ${inside ? '' : 'is-outside'}`} style={{ left: percent(measured) }} />
        )}
      </div>
      <div class="interval-ends">
        <span style={{ left: percent(low) }} data-test="predicted-low">
          {loading(low)}
        </span>
        <span style={{ left: percent((low + high) / 2) }}>{t('glance.predicted-90')}</span>
        <span style={{ left: percent(high) }} data-test="predicted-high">
          {loading(high)}
        </span>
      </div>
    </div>
  );
}
