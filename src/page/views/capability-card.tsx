import type { Goal, RunRow } from '../../core/api.ts';
import { t } from '../messages/text.ts';
import { capabilitiesOf } from '../model/capability.ts';
import { fixed } from '../model/format.ts';
import { type Column, ColumnHeads } from './column-heads.tsx';
import { useLoading, useStore } from './context.ts';
import { ScrollBox } from './scroll-box.tsx';

/** Whether the line can keep within the tolerance, and whether it does, gap by gap. */
export function CapabilityCard({ goal, runs }: { goal: Goal; runs: readonly RunRow[] }) {
  const { unit } = useStore();
  const loading = useLoading();
  const { target_mg_cm2: target, tolerance_mg_cm2: tolerance } = goal;
  const known = target !== null && tolerance !== null;
  const rows = capabilitiesOf(runs, goal);
  const title = t('quality.capability', {
    target: loading(target),
    tolerance: loading(tolerance),
    unit: unit.value,
  });
  return (
    <section class="card">
      <h2>{title}</h2>
      {!known || rows.length === 0 ? (
        <p class="note">{t(known ? 'quality.capability.no-runs' : 'quality.capability.none')}</p>
      ) : (
        <>
          <ScrollBox tall label={title}>
            <table data-test="capability">
              <ColumnHeads columns={columns()} />
              <tbody>
                {rows.map((row) => (
                  <tr key={row.gap_um}>
                    <td class="number">{fixed(row.gap_um, 0)}</td>
                    <td class="number">{row.runs}</td>
                    <td class="number">{loading(row.mean_mg_cm2)}</td>
                    {indices.map(({ name, key }) => (
                      <td key={name} class="number">
                        {fixed(row[key], 2)}
                      </td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </ScrollBox>
          <p class="note small">{t('quality.capability.note')}</p>
        </>
      )}
    </section>
  );
}

/** The standard's own symbols: the same in every language. */
const indices = [
  { name: 'Cp', key: 'cp' },
  { name: 'Cpk', key: 'cpk' },
  { name: 'Pp', key: 'pp' },
  { name: 'Ppk', key: 'ppk' },
] as const;

const columns = (): Column[] =>
  [t('quality.gap'), t('quality.runs-count'), t('quality.mean'), ...indices.map(({ name }) => name)].map(
    (name) => ({ name, number: true }),
  );
