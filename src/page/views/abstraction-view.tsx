import type { AbstractionReport } from '../../core/report.ts';
import { t } from '../messages/text.ts';
import { fixed, formatDay } from '../model/format.ts';
import { outcomes } from '../model/outcomes.ts';
import { ColumnHeads } from './column-heads.tsx';
import { useLoading, useStore } from './context.ts';
import { MapMatrix } from './map-matrix.tsx';
import { ModelGraphs } from './model-graphs.tsx';
import { ScrollBox } from './scroll-box.tsx';

/** Outcomes that a card of half the width shows without scrolling. */
const roomInHalf = 14;

/** What the line's model and the lab's have to do with each other, as learned so far. */
export function AbstractionView() {
  const { model, unit } = useStore();
  const loading = useLoading();
  const versions = model.value?.abstractions ?? [];
  const newest = versions.at(-1);
  if (!newest) return <p class="empty">{t('abstraction.none')}</p>;
  const { edges_mg_cm2 } = newest;
  const lanes = outcomes(newest.alphaLoading);
  const bins = edges_mg_cm2
    .slice(1)
    .map((upper, bin) => `${bin}:  ${loading(edges_mg_cm2[bin])} – ${loading(upper)}`);
  return (
    <div class="abstraction-view">
      <section class="card">
        <h2>{t('abstraction.models')}</h2>
        <ModelGraphs lanes={lanes[0]?.lanes.length ?? 1} />
        <p data-test="abstraction-summary">
          {t('abstraction.summary', {
            version: newest.version,
            solver: newest.solver,
            observations: newest.observations,
          })}
        </p>
        <p>
          {newest.error - newest.lowerBound < 1e-9
            ? t('abstraction.proved')
            : t('abstraction.bound', { bound: fixed(newest.lowerBound, 3) })}{' '}
          {newest.ties <= 1 ? t('abstraction.ties.one') : t('abstraction.ties', { ties: newest.ties })}
        </p>
      </section>
      <ErrorBars report={newest} />
      <section class="card">
        <h2>
          {t('abstraction.gap-map')} α<sub>G</sub>
        </h2>
        <p class="note">{t('abstraction.gap-map.text')}</p>
        <MapMatrix
          label={t('abstraction.gap-map.text')}
          corner={t('abstraction.lab-gap')}
          across={t('abstraction.line-gap')}
          columns={newest.lineGaps_um.map((gap) => fixed(gap, 0))}
          rows={newest.labGaps_um.map((gap) => fixed(gap, 0))}
          rowOf={newest.alphaGap}
          test="alpha-gap"
        />
      </section>
      <section class={lanes.length > roomInHalf ? 'card card-wide' : 'card'}>
        <h2>
          {t('abstraction.loading-map')} α<sub>L</sub>
        </h2>
        <p class="note">{t('abstraction.loading-map.text')}</p>
        <MapMatrix
          label={t('abstraction.loading-map.text')}
          corner={t('abstraction.bin', { unit: unit.value })}
          across={t('abstraction.outcome')}
          columns={lanes.map(({ key }) => key)}
          rows={bins}
          rowOf={lanes.map(({ bin }) => bin)}
          test="alpha-loading"
          stacked
        />
      </section>
      <Versions versions={versions} />
    </div>
  );
}

/** √(ln 2): the Jensen-Shannon distance of two distributions that share nothing. */
const largest = Math.sqrt(Math.LN2);

function ErrorBars({ report }: { report: AbstractionReport }) {
  const worst = Math.max(...report.errors);
  return (
    <section class="card">
      <h2>{t('abstraction.errors')}</h2>
      <p class="note">{t('abstraction.errors.text')}</p>
      <dl class="bars" data-test="errors">
        {report.errors.map((error, index) => (
          <div key={report.lineGaps_um[index]} class={error === worst ? 'is-worst' : ''}>
            <dt>{t('abstraction.at-gap', { gap: fixed(report.lineGaps_um[index], 0) })}</dt>
            <dd>
              <i style={{ width: `${(100 * error) / largest}%` }} />
              <span>{fixed(error, 3)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const shownVersions = 20;

function Versions({ versions }: { versions: readonly AbstractionReport[] }) {
  const newestFirst = versions.slice(-shownVersions).reverse();
  return (
    <section class="card card-wide">
      <h2>{t('abstraction.history')}</h2>
      <ErrorHistory versions={versions} />
      <ScrollBox label={t('abstraction.history')}>
        <table>
          <ColumnHeads
            columns={[
              { name: t('abstraction.version') },
              { name: t('abstraction.when') },
              { name: t('abstraction.error'), number: true },
              { name: t('abstraction.observations'), number: true, roomy: true },
              { name: t('abstraction.reason') },
            ]}
          />
          <tbody>
            {newestFirst.map((report) => (
              <tr key={report.version}>
                <td>{report.version}</td>
                <td>{formatDay(report.time_ms)}</td>
                <td class="number">{fixed(report.error, 4)}</td>
                <td class="number roomy">{report.observations}</td>
                <td class="words">{report.reason}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollBox>
    </section>
  );
}

/** The error over time: a version holds until the next one takes its place. */
function ErrorHistory({ versions }: { versions: readonly AbstractionReport[] }) {
  const first = versions[0]?.time_ms ?? 0;
  const last = versions.at(-1)?.time_ms ?? 0;
  if (last <= first) return null;
  const top = Math.max(...versions.map(({ error }) => error));
  // A little more than the newest version's own moment, so that its error shows as a line.
  const x = (time_ms: number) => (580 * (time_ms - first)) / (last - first);
  const y = (error: number) => 58 - 56 * (top > 0 ? error / top : 0);
  const steps = versions.map(({ time_ms, error }) => `${x(time_ms).toFixed(1)}V${y(error).toFixed(1)}H`);
  const path = `M0 ${y(versions[0]!.error).toFixed(1)}H${steps.join('')}600`;
  const label = t('abstraction.history.label', { error: fixed(versions.at(-1)!.error, 3) });
  return (
    <figure class="history">
      <svg viewBox="0 0 600 60" preserveAspectRatio="none" role="img" aria-label={label}>
        <path d={path} />
      </svg>
      <figcaption>
        <span>{fixed(top, 2)}</span>
        <span>0</span>
        <b>
          {formatDay(first)} – {formatDay(last)}, {t('abstraction.history.axis')}
        </b>
      </figcaption>
    </figure>
  );
}
