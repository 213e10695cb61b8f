import { useMemo } from 'preact/hooks';
import type { ScanPoint } from '../../core/api.ts';
import { t } from '../messages/text.ts';
import type { ProfileRow } from '../model/profiles.ts';
import { variationOf } from '../model/variation.ts';
import { useLoading, useStore } from './context.ts';

interface VariationProps {
  readonly scans: readonly ScanPoint[];
  readonly profiles: readonly ProfileRow[];
}

/** Where the newest run varies: along the web, across it, or neither. */
export function VariationCard({ scans, profiles }: VariationProps) {
  const { unit } = useStore();
  const loading = useLoading();
  const found = useMemo(() => variationOf(scans, profiles), [scans, profiles]);
  if (!found)
    return (
      <section class="card">
        <h2>{t('quality.variation', { run: '–', scans: 0, unit: unit.value })}</h2>
        <p class="note">{t('quality.variation.none')}</p>
      </section>
    );
  const { run, scans: count, machine_mg_cm2, cross_mg_cm2, residual_mg_cm2 } = found;
  const parts = [
    { name: t('quality.variation.machine'), value: machine_mg_cm2 },
    { name: t('quality.variation.cross'), value: cross_mg_cm2 },
    { name: t('quality.variation.residual'), value: residual_mg_cm2 },
  ];
  const most = Math.max(...parts.map(({ value }) => value));
  return (
    <section class="card">
      <h2>{t('quality.variation', { run, scans: count, unit: unit.value })}</h2>
      <dl class="bars" data-test="variation">
        {parts.map(({ name, value }) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>
              <i style={{ width: `${(100 * value) / most}%` }} />
              <span>{loading(value)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
