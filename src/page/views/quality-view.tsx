import type { Tally } from '../../core/api.ts';
import { t } from '../messages/text.ts';
import { worded } from '../model/alarms.ts';
import { formatDay, formatDifference, formatDuration, formatGap, withLocalTimes } from '../model/format.ts';
import { holes } from '../model/holes.ts';
import { type ScoredRun, scoreRuns } from '../model/scores.ts';
import { StateIcon } from './adapters.tsx';
import { CapabilityCard } from './capability-card.tsx';
import { ColumnHeads } from './column-heads.tsx';
import { useLoading, useStore } from './context.ts';
import { ControlCharts } from './control-charts.tsx';
import { ScrollBox } from './scroll-box.tsx';
import { VariationCard } from './variation-card.tsx';

const shownRuns = 40;
const shownOutages = 20;

/** Can it be trusted? Predictions beside what came, and everything that was left out. */
export function QualityView() {
  const { model, unit } = useStore();
  const loading = useLoading();
  const now = model.value;
  const scores = scoreRuns(now?.runs ?? []);
  return (
    <div class="quality-view">
      <section class="card card-wide">
        <h2>{t('quality.runs', { unit: unit.value })}</h2>
        {scores.runs.length === 0 ? (
          <p class="note">{t('quality.none')}</p>
        ) : (
          <>
            <p data-test="coverage">
              {t('quality.coverage', {
                inside: scores.inside90,
                runs: scores.runs.length,
                rmse: loading(scores.rmse_mg_cm2),
                unit: unit.value,
              })}
            </p>
            <RunTable runs={scores.runs.slice(-shownRuns).reverse()} />
          </>
        )}
      </section>
      <ControlCharts runs={now?.runs ?? []} />
      {now && <CapabilityCard goal={now.goal} runs={now.runs} />}
      <VariationCard scans={now?.scans ?? []} profiles={now?.profiles ?? []} />
      <section class="card">
        <h2>{t('quality.dropped')}</h2>
        <Tallies family="dropped" tallies={now?.dropped ?? []} none={t('quality.dropped.none')} />
      </section>
      <div class="stack">
        <section class="card">
          <h2>{t('quality.letters')}</h2>
          <Tallies family="letter" tallies={now?.deadLetters ?? []} none={t('quality.letters.none')} />
        </section>
        <section class="card">
          <h2>{t('quality.outages')}</h2>
          <Outages />
        </section>
        <section class="card">
          <h2>{t('quality.adapters')}</h2>
          <Adapters />
        </section>
      </div>
    </div>
  );
}

function RunTable({ runs }: { runs: readonly ScoredRun[] }) {
  const { unit } = useStore();
  const loading = useLoading();
  return (
    <ScrollBox tall label={t('quality.runs', { unit: unit.value })}>
      <table data-test="runs">
        <ColumnHeads
          columns={[
            { name: t('quality.run') },
            { name: t('quality.gap'), number: true },
            { name: t('quality.scans'), number: true, roomy: true },
            { name: t('quality.predicted'), number: true },
            { name: t('quality.measured'), number: true },
            { name: t('quality.residual'), number: true },
            { name: t('quality.where') },
          ]}
        />
        <tbody>
          {runs.map((run) => (
            <tr key={run.row.run}>
              <td>{run.row.run}</td>
              <td class="number">{formatGap(run.row.gap_um)}</td>
              <td class="number roomy">{run.row.measured?.scans}</td>
              <td class="number">{loading(run.predicted_mg_cm2)}</td>
              <td class="number">{loading(run.measured_mg_cm2)}</td>
              <td class="number">{formatDifference(run.residual_mg_cm2, unit.value)}</td>
              <td>
                <Within run={run} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollBox>
  );
}

/** Where in its 90 % interval a run came to lie; beyond the ends means outside. */
function Within({ run }: { run: ScoredRun }) {
  const [low, high] = run.row.predicted!.interval90_mg_cm2;
  const [low50, high50] = run.row.predicted!.interval50_mg_cm2;
  const x = (value: number) => 20 + (80 * (value - low)) / (high - low);
  const at = Math.min(117, Math.max(3, x(run.measured_mg_cm2)));
  return (
    <span class={`within ${run.inside90 ? '' : 'is-outside'}`}>
      <svg viewBox="0 0 120 16" aria-hidden="true">
        <rect class="within-90" x="20" y="4" width="80" height="8" />
        <rect class="within-50" x={x(low50)} y="4" width={x(high50) - x(low50)} height="8" />
        <circle cx={at} cy="8" r="4.5" />
      </svg>
      {t(run.inside90 ? 'quality.inside' : 'quality.outside')}
    </span>
  );
}

interface TalliesProps {
  readonly family: 'dropped' | 'letter';
  readonly tallies: readonly Tally[];
  readonly none: string;
}

function Tallies({ family, tallies, none }: TalliesProps) {
  if (tallies.length === 0) return <p class="note">{none}</p>;
  const most = Math.max(...tallies.map(({ count }) => count));
  return (
    <dl class="bars" data-test={family}>
      {[...tallies]
        .sort((a, b) => b.count - a.count)
        .map(({ reason, count, last, last_ms }) => (
          <div key={reason}>
            <dt>{worded(family, reason)}</dt>
            <dd>
              <i style={{ width: `${(100 * count) / most}%` }} />
              <span>{count}</span>
            </dd>
            <dd class="bars-note">{`${formatDay(last_ms)} · ${withLocalTimes(last)}`}</dd>
          </div>
        ))}
    </dl>
  );
}

function Adapters() {
  const adapters = useStore().model.value?.adapters ?? [];
  if (adapters.length === 0) return <p class="note">{t('quality.adapters.none')}</p>;
  return (
    <ul class="adapter-list">
      {adapters.map(({ adapter, state, detail }) => (
        <li key={adapter}>
          <StateIcon state={state} />
          <b>{adapter}</b> {t(`adapter.${state}`)}
          <span class="note">{detail}</span>
        </li>
      ))}
    </ul>
  );
}

function Outages() {
  const all = holes(useStore().model.value?.outages ?? []);
  if (all.length === 0) return <p class="note">{t('quality.outages.none')}</p>;
  return (
    <ul class="adapter-list" data-test="outages">
      {all.slice(0, shownOutages).map(({ source, from_ms, until_ms, reason, details }) => (
        <li key={`${source} ${from_ms} ${reason}`}>
          <b>{t(`outage.${reason}`)}</b>{' '}
          {until_ms === undefined
            ? t('quality.outages.from', { source, from: formatDay(from_ms) })
            : t('quality.outages.span', {
                source,
                from: formatDay(from_ms),
                duration: formatDuration(until_ms - from_ms),
              })}
          <span class="note">{withLocalTimes(details.join('; '))}</span>
        </li>
      ))}
    </ul>
  );
}
