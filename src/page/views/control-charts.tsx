import { useSignal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { RunRow } from '../../core/api.ts';
import { t } from '../messages/text.ts';
import { type ControlChart, controlCharts, fewestPoints } from '../model/control-chart.ts';
import { fixed } from '../model/format.ts';
import { scoreRuns } from '../model/scores.ts';
import { useLoading, useStore } from './context.ts';

/** As many as a panel can show apart. */
const shownRuns = 60;

interface Point {
  readonly run: number;
  readonly value_mg_cm2: number;
}

/** Is the line in control? Runs one by one: against their prediction, or at one gap against each other. */
export function ControlCharts({ runs }: { runs: readonly RunRow[] }) {
  const chosen = useSignal<number | undefined>(undefined);
  const gap = chosen.value;
  const gaps = useMemo(() => repeatedGaps(runs), [runs]);
  const points = useMemo(() => pointsOf(runs, gap).slice(-shownRuns), [runs, gap]);
  const charts = useMemo(() => controlCharts(points.map(({ value_mg_cm2 }) => value_mg_cm2)), [points]);
  const names = points.map(({ run }) => run);
  return (
    <section class="card card-wide">
      <div class="curve-head">
        <h2>{t('quality.charts')}</h2>
        <select
          aria-label={t('quality.charts.of')}
          value={gap ?? ''}
          data-test="chart-runs"
          onChange={({ currentTarget: { value } }) => {
            chosen.value = value === '' ? undefined : Number(value);
          }}
        >
          <option value="">{t('quality.charts.all')}</option>
          {gaps.map((each) => (
            <option key={each} value={each}>
              {t('quality.charts.at', { gap: fixed(each, 0) })}
            </option>
          ))}
        </select>
      </div>
      {charts ? (
        <div class="control-charts">
          <Chart name={t('quality.charts.individuals')} chart={charts.individuals} runs={names} />
          <Chart name={t('quality.charts.ranges')} chart={charts.ranges} runs={names.slice(1)} />
          <Chart name={t('quality.charts.ewma')} chart={charts.ewma} runs={names} />
        </div>
      ) : (
        <p class="note">{t('quality.charts.few', { runs: points.length })}</p>
      )}
    </section>
  );
}

/** Gaps (to the micrometre) that were run often enough for a chart of their own. */
function repeatedGaps(runs: readonly RunRow[]): number[] {
  const counts = new Map<number, number>();
  for (const { gap_um, measured } of runs)
    if (measured) counts.set(Math.round(gap_um), (counts.get(Math.round(gap_um)) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count >= fewestPoints)
    .map(([gap]) => gap)
    .sort((a, b) => a - b);
}

function pointsOf(runs: readonly RunRow[], gap: number | undefined): Point[] {
  if (gap === undefined)
    return scoreRuns(runs).runs.map(({ row, residual_mg_cm2 }) => ({
      run: row.run,
      value_mg_cm2: residual_mg_cm2,
    }));
  return runs.flatMap(({ run, gap_um, measured }) =>
    measured && Math.round(gap_um) === gap ? [{ run, value_mg_cm2: measured.level_mg_cm2 }] : [],
  );
}

const width = 400;
const height = 120;
const room = 8;

function Chart({ name, chart, runs }: { name: string; chart: ControlChart; runs: readonly number[] }) {
  const { unit } = useStore();
  const loading = useLoading();
  const { values, centre, low, high, beyond } = chart;
  const all = [...values, ...low, ...high];
  const bottom = Math.min(...all);
  const span = Math.max(...all) - bottom || 1;
  const x = (i: number) => room + ((width - 2 * room) * i) / Math.max(1, values.length - 1);
  const y = (value: number) => height - room - ((height - 2 * room) * (value - bottom)) / span;
  const line = (points: readonly number[]) =>
    points.map((value, i) => `${i === 0 ? 'M' : 'L'}${x(i).toFixed(1)} ${y(value).toFixed(1)}`).join('');
  const outside = runs.filter((_, i) => beyond[i]);
  return (
    <figure class="control-chart">
      <figcaption>
        <b>{name}</b>
        <span class={outside.length > 0 ? 'is-beyond' : 'note'}>
          {outside.length === 0
            ? t('quality.charts.within')
            : t('quality.charts.beyond', {
                runs: outside.map((run) => t('quality.charts.run', { run })).join(', '),
              })}
        </span>
      </figcaption>
      <div class="control-picture">
        <span class="control-scale" aria-hidden="true">
          <i style={{ top: `${(100 * y(high.at(-1)!)) / height}%` }}>{loading(high.at(-1))}</i>
          <i style={{ top: `${(100 * y(centre)) / height}%` }}>{loading(centre)}</i>
          <i style={{ top: `${(100 * y(low.at(-1)!)) / height}%` }}>{loading(low.at(-1))}</i>
        </span>
        <svg
          viewBox={`0 0 ${width} ${height}`}
          preserveAspectRatio="none"
          role="img"
          aria-label={t('quality.charts.label', {
            name,
            runs: values.length,
            centre: loading(centre),
            unit: unit.value,
            beyond: outside.length,
          })}
        >
          <path class="control-limit" d={line(low)} />
          <path class="control-limit" d={line(high)} />
          <path class="control-centre" d={`M0 ${y(centre)}H${width}`} />
          <path class="control-line" d={line(values)} />
          {values.map((value, i) => (
            <path
              key={runs[i]}
              class={beyond[i] ? 'control-point is-beyond' : 'control-point'}
              d={`M${x(i).toFixed(1)} ${y(value).toFixed(1)}h0`}
            />
          ))}
        </svg>
      </div>
    </figure>
  );
}
