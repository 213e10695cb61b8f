import type { PredictionDocument } from '../../core/api.ts';
import { t } from '../messages/text.ts';
import { fixed, formatGap, formatPercent } from '../model/format.ts';
import { useLoading, useStore } from './context.ts';

const shownCarriers = 6;

/** What a prediction rests on: the lab bins that the abstraction gives it, and the data that carry it. */
export function PredictionGrounds({ asked }: { asked: PredictionDocument }) {
  const { model, unit } = useStore();
  const loading = useLoading();
  const { labBins, carriedBy, warning } = asked;
  const edges = model.value?.abstractions.at(-1)?.edges_mg_cm2 ?? [];
  const bins = labBins?.length === edges.length - 1 ? labBins : undefined;
  const weights = carriedBy?.slice(0, shownCarriers) ?? [];
  const most = Math.max(...weights.map(({ weight }) => Math.abs(weight)));
  return (
    <>
      {warning !== undefined && <p class="extrapolation is-outside">{warning}</p>}
      {(bins || weights.length > 0) && (
        <details class="grounds" data-test="grounds">
          <summary>{t('predict.grounds')}</summary>
          {bins && (
            <>
              <h3>{t('predict.lab-bins', { unit: unit.value })}</h3>
              <dl class="bars" data-test="lab-bins">
                {bins.map((share, bin) => (
                  <div key={edges[bin]}>
                    <dt>
                      {t('predict.lab-bin', { low: loading(edges[bin]), high: loading(edges[bin + 1]) })}
                    </dt>
                    <dd>
                      <i style={{ width: `${100 * share}%` }} />
                      <span>{formatPercent(share)}</span>
                    </dd>
                  </div>
                ))}
              </dl>
            </>
          )}
          {weights.length > 0 && (
            <>
              <h3>{t('predict.carried-by')}</h3>
              <dl class="bars" data-test="carried-by">
                {weights.map(({ source, name, gap_um, n, weight }) => (
                  <div key={`${source} ${name} ${gap_um}`}>
                    <dt>{t(`predict.carrier.${source}`, { gap: formatGap(gap_um), n, name })}</dt>
                    <dd>
                      <i style={{ width: `${(80 * Math.abs(weight)) / most}%` }} />
                      <span>{fixed(weight, 2)}</span>
                    </dd>
                  </div>
                ))}
              </dl>
              <p class="note small">{t('predict.carried-by.note', { unit: unit.value })}</p>
            </>
          )}
        </details>
      )}
    </>
  );
}
