import type { RunRow } from '../../core/api.ts';
import type { HistoryEntryDocument } from '../../core/api-history.ts';
import { t } from '../messages/text.ts';
import { alarmName } from '../model/alarms.ts';
import { fixed, formatDay, formatDuration, formatGap, withLocalTimes } from '../model/format.ts';
import { ColumnHeads } from './column-heads.tsx';
import { useLoading, useStore } from './context.ts';
import { ScrollBox } from './scroll-box.tsx';

/** The runs of a stretch of time, newest first. */
export function PastRuns({ runs }: { runs: readonly RunRow[] }) {
  const { unit } = useStore();
  const loading = useLoading();
  const title = t('history.runs', { unit: unit.value });
  return (
    <section class="card">
      <h2>{title}</h2>
      {runs.length === 0 ? (
        <p class="note">{t('history.runs.none')}</p>
      ) : (
        <ScrollBox tall label={title}>
          <table data-test="past-runs">
            <ColumnHeads
              columns={[
                { name: t('quality.run') },
                { name: t('history.start') },
                { name: t('history.duration'), roomy: true },
                { name: t('quality.gap'), number: true },
                { name: t('quality.predicted'), number: true },
                { name: t('quality.measured'), number: true },
              ]}
            />
            <tbody>
              {[...runs].reverse().map(({ run, start_ms, end_ms, gap_um, predicted, measured }) => (
                <tr key={run}>
                  <td>{run}</td>
                  <td>{formatDay(start_ms)}</td>
                  <td class="roomy">{end_ms === null ? '' : formatDuration(end_ms - start_ms)}</td>
                  <td class="number">{formatGap(gap_um)}</td>
                  <td class="number">{loading(predicted?.mean_mg_cm2)}</td>
                  <td class="number">{loading(measured?.level_mg_cm2)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollBox>
      )}
    </section>
  );
}

/** Alarms, versions of the abstraction with their reasons, and holes in the data, newest first. */
export function Happened({ entries }: { entries: readonly HistoryEntryDocument[] }) {
  return (
    <section class="card">
      <h2>{t('history.happened')}</h2>
      {entries.length === 0 ? (
        <p class="note">{t('history.happened.none')}</p>
      ) : (
        <ScrollBox tall label={t('history.happened')}>
          <ul class="adapter-list" data-test="happened">
            {entries.map((entry, index) => (
              <li key={entry.id ?? `${entry.time_ms} ${index}`}>
                <span class="note">{formatDay(entry.time_ms)}</span>
                {withLocalTimes(sentence(entry))}
              </li>
            ))}
          </ul>
        </ScrollBox>
      )}
    </section>
  );
}

function sentence(entry: HistoryEntryDocument): string {
  switch (entry.kind) {
    case 'abstraction': {
      const { version, error, reason } = entry.abstraction;
      return t('history.version', { version, error: fixed(error, 3), reason });
    }
    case 'alarm': {
      const { state, detail, by = '–' } = entry.alarm;
      return t(`history.state.${state}`, { name: alarmName(entry.alarm), detail, by });
    }
    case 'outage':
      return `${t(`outage.${entry.outage.reason}`)} (${entry.outage.source}): ${entry.outage.detail}`;
    default:
      return '';
  }
}
