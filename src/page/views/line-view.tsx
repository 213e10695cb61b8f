import { useSignal } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import { GapTrend, LoadingTrend } from '../charts/trend-charts.tsx';
import { windows } from '../live/store.ts';
import { t } from '../messages/text.ts';
import { chosenBase, inCoatedTime } from '../model/coated-time.ts';
import { fixed, formatLoading } from '../model/format.ts';
import { deviationRange, heatRange } from '../model/heat-range.ts';
import { type LineModel, measuredRun } from '../model/line-model.ts';
import { useLoading, useStore } from './context.ts';
import { HeatLegend, HeatMap } from './heat-map.tsx';
import { ProfilePlot } from './profile-plot.tsx';
import { Segments } from './segments.tsx';

const modes = ['level', 'deviation'] as const;
const bases = ['measured', 'coated'] as const;
/** More lanes than this are better seen in the profile. */
const shownLanes = 4;

/** Three pictures over one time axis: what was made, how heavy it was, and at which gap. */
export function LineView() {
  const { model: current, timeBase } = useStore();
  const base = current.value && chosenBase(current.value, timeBase.value);
  const model = useMemo(
    () => (current.value && base === 'coated' ? inCoatedTime(current.value) : current.value),
    [current.value, base],
  );
  if (!model || !base || model.time_ms === null) return <p class="empty">{t('line.heat.none')}</p>;
  return <Pictures model={model} base={base} />;
}

function Pictures({ model, base }: { model: LineModel; base: (typeof bases)[number] }) {
  const { window_min, unit, dark, timeBase } = useStore();
  const loading = useLoading();
  const cursor_ms = useSignal<number | undefined>(undefined);
  const plots = useRef(new Set<uPlot>());
  const until_ms = model.time_ms ?? 0;
  const from_ms = until_ms - window_min.value * 60_000;
  const { profiles } = model;
  // The end of the window moves with the profiles alone
  const shown = useMemo(() => profiles.filter((row) => row.time_ms >= from_ms), [profiles, window_min.value]);
  const range = useMemo(() => heatRange(shown), [shown]);
  const mode = useSignal<(typeof modes)[number]>('level');
  const relative = mode.value === 'deviation';
  const colored = useMemo(
    () => (range && relative ? deviationRange(shown, range) : range),
    [shown, range, relative],
  );

  const at = cursor_ms.value;
  // While bare foil passes, the last scan that was used says more than a flat line.
  const used = model.scans.at(-1)?.scan;
  const latest = shown.findLast((profile) => profile.scan === used) ?? shown.at(-1);
  const row = at === undefined ? latest : (shown.find(({ time_ms }) => time_ms >= at) ?? latest);
  const scan = model.scans.at(-1);
  const run = measuredRun(model);
  const remake = `${dark.value} ${unit.value} ${model.line}`;
  const frame = { from_ms, until_ms };
  const keep = (plot: uPlot | undefined, before: uPlot | undefined) => {
    if (before) plots.current.delete(before);
    if (plot) plots.current.add(plot);
  };
  const moveTo = (time_ms: number | undefined) => {
    cursor_ms.value = time_ms;
    for (const plot of plots.current)
      plot.setCursor(
        { left: time_ms === undefined ? -10 : plot.valToPos(time_ms / 1000, 'x'), top: 0 },
        false,
      );
  };

  return (
    <div class="line-view">
      <div class="line-head">
        <h2>{t('line.heat')}</h2>
        <HeatLegend range={colored} relative={relative} />
        <Segments
          name="heat"
          legend={t('line.heat.mode')}
          choices={modes}
          value={mode.value}
          label={(choice) => t(`line.heat.${choice}`)}
          onChoice={(choice) => {
            mode.value = choice;
          }}
        />
        <Segments
          name="window"
          legend={t('line.window')}
          choices={windows}
          value={window_min.value}
          label={(minutes) => t(`line.window.${minutes}`)}
          onChoice={(minutes) => {
            window_min.value = minutes;
          }}
        />
      </div>
      <HeatMap
        rows={shown}
        frame={frame}
        range={colored}
        relative={relative}
        cursor_ms={at}
        latest={scan}
        onCursor={moveTo}
      />
      <ProfilePlot row={row} range={range} />
      <div class="line-head">
        <h2>{t('line.loading')}</h2>
        <ul class="keys">
          <li class="key-measured">{t('line.legend.measured')}</li>
          <li class="key-band">{t('line.legend.band90')}</li>
          {model.tolerance && <li class="key-tolerance">{t('line.legend.tolerance')}</li>}
        </ul>
        <Segments
          near
          name="times"
          legend={t('line.times')}
          choices={bases}
          value={base}
          label={(choice) => t(`line.times.${choice}`)}
          onChoice={(choice) => {
            timeBase.value = choice;
          }}
        />
      </div>
      <LoadingTrend
        key={`l ${remake}`}
        model={model}
        frame={frame}
        onCursor={(ms) => (cursor_ms.value = ms)}
        keep={keep}
      />
      <dl class="line-side">
        <Fact
          name={t('line.run-level', { scans: run?.measured?.scans ?? 0 })}
          value={loading(run?.measured?.level_mg_cm2)}
          unit={unit.value}
        />
        <Fact
          name={t('line.cross-web')}
          value={formatLoading(scan?.cross_web_2sigma_mg_cm2, unit.value)}
          unit={unit.value}
        />
        <Fact
          name={t('line.lanes')}
          value={
            scan && scan.lanes_mg_cm2.length <= shownLanes ? scan.lanes_mg_cm2.map(loading).join(' · ') : '–'
          }
        />
      </dl>
      <div class="line-head">
        <h2>{t('line.gap')}</h2>
      </div>
      <GapTrend
        key={`g ${remake}`}
        model={model}
        frame={frame}
        onCursor={(ms) => (cursor_ms.value = ms)}
        keep={keep}
      />
      <dl class="line-side">
        <Fact
          name={t('line.sides')}
          value={fixed(model.gapNow ? model.gapNow.gear_um - model.gapNow.operator_um : undefined, 1)}
          unit="µm"
        />
      </dl>
    </div>
  );
}

function Fact({ name, value, unit }: { name: string; value: string; unit?: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {value} {unit && <small>{unit}</small>}
      </dd>
    </div>
  );
}
