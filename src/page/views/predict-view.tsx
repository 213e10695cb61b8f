import { useSignal } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import type { CurveDocument } from '../../core/api.ts';
import type { Interval } from '../../core/prediction.ts';
import { chartColors } from '../charts/colors.ts';
import { type CurveScene, curveData, curveOptions, nearLine } from '../charts/curve.ts';
import { Plot } from '../charts/plot.tsx';
import { useAnswer } from '../live/answer.ts';
import { t } from '../messages/text.ts';
import { fixed, unitFactor } from '../model/format.ts';
import type { LineModel } from '../model/line-model.ts';
import { AdviceAnswer } from './advice-answer.tsx';
import { useStore } from './context.ts';
import { NumberField } from './number-field.tsx';
import { PredictionAnswer } from './prediction-answer.tsx';
import { Segments } from './segments.tsx';

const ranges = ['near', 'all'] as const;

/** Any gap to a loading, any loading to a gap, and what the model knows that from. */
export function PredictView() {
  const model = useStore().model.value;
  // What the fields begin with is the line's: they are made once it is known, and anew for another one.
  if (!model?.curve) return <p class="empty">{t('predict.none')}</p>;
  return <Questions key={model.line} model={model} curve={model.curve} />;
}

function Questions({ model, curve }: { model: LineModel; curve: CurveDocument }) {
  const { unit, dark, api } = useStore();
  const factor = unitFactor(unit.value);
  const latestGap = Math.round(model.runs.at(-1)?.gap_um ?? 120);
  const gap = useSignal<number | undefined>(latestGap);
  const wanted = useSignal<number | undefined>(model.goal.target_mg_cm2 ?? 20);
  const tolerance = useSignal<number | undefined>(model.goal.tolerance_mg_cm2 ?? 0.5);
  const range = useSignal<(typeof ranges)[number]>('near');
  const { version } = curve;
  const { line } = model;

  const prediction = useAnswer(
    gap.value !== undefined ? `${line} ${gap.value}` : undefined,
    version,
    (signal) => api.predict(line, gap.value!, signal),
  );
  const advice = useAnswer(
    wanted.value !== undefined ? `${line} ${wanted.value} ${tolerance.value}` : undefined,
    version,
    (signal) => api.advise(line, wanted.value!, tolerance.value, signal),
  );
  const asked = prediction.answer?.predictions[0];
  const advised = advice.answer;
  const next = useAnswer(advised && `${line} ${advised.gap_um}`, version, (signal) =>
    api.nextGap(line, advised!.gap_um, signal),
  );

  const scene = useMemo(
    (): CurveScene => ({
      curve,
      runs: model.runs,
      lab: model.lab,
      factor,
      ...(asked && { asked }),
      ...(advised && { advised }),
    }),
    [curve, model.runs, model.lab, factor, asked, advised],
  );
  const { gap_um: gaps, loading_mg_cm2: loadings } = model.limits;
  // The slider keeps to what the curve shows; the field takes all that the agent answers.
  const first = Math.ceil(curve.gap_um[0]!);
  const last = Math.floor(curve.gap_um.at(-1)!);

  return (
    <div class="predict-view">
      <section class="card curve-card">
        <div class="curve-head">
          <h2>{t('predict.curve')}</h2>
          <Segments
            name="range"
            legend={t('predict.range')}
            choices={ranges}
            value={range.value}
            label={(choice) => t(`predict.range.${choice}`)}
            onChoice={(choice) => {
              range.value = choice;
            }}
          />
        </div>
        <CurveChart
          key={`${dark.value} ${unit.value} ${line}`}
          scene={scene}
          shown={range.value === 'all' ? undefined : nearLine(scene)}
          onPick={(gap_um) => {
            gap.value = Math.min(last, Math.max(first, gap_um));
          }}
        />
        <ul class="keys">
          <li class="key-mean">{t('predict.legend.mean')}</li>
          <li class="key-band50">50 %</li>
          <li class="key-band">90 %</li>
          <li class="key-runs">{t('predict.legend.line')}</li>
          <li class="key-lab">{t('predict.legend.lab')}</li>
          <li class="key-outside">{t('predict.legend.outside')}</li>
        </ul>
      </section>
      <section class="card">
        <h2>{t('predict.what-if')}</h2>
        <NumberField
          name={t('predict.gap')}
          unit="µm"
          value={gap.value}
          step={1}
          decimals={1}
          limits={gaps}
          test="gap-field"
          inline
          onValue={(value) => {
            gap.value = value;
          }}
        />
        <input
          type="range"
          aria-label={t('predict.gap.slider')}
          min={first}
          max={last}
          step={1}
          value={gap.value ?? first}
          onInput={(event) => {
            gap.value = event.currentTarget.valueAsNumber;
          }}
          aria-valuetext={`${fixed(gap.value, 0)} µm`}
          data-test="gap-slider"
        />
        <PredictionAnswer asked={asked} error={prediction.error} />
      </section>
      <section class="card">
        <h2>{t('predict.set')}</h2>
        <div class="fields">
          <NumberField
            name={t('predict.wanted')}
            unit={unit.value}
            value={wanted.value}
            factor={factor}
            step={0.5 * factor}
            decimals={2}
            limits={loadings}
            above
            test="wanted-field"
            onValue={(value) => {
              wanted.value = value;
            }}
          />
          <NumberField
            name={t('predict.tolerance')}
            unit={unit.value}
            value={tolerance.value}
            factor={factor}
            step={0.1 * factor}
            decimals={2}
            limits={loadings}
            above
            optional
            test="tolerance-field"
            onValue={(value) => {
              tolerance.value = value;
            }}
          />
        </div>
        <AdviceAnswer advice={advised} error={advice.error} next={next.answer} />
      </section>
    </div>
  );
}

interface CurveChartProps {
  readonly scene: CurveScene;
  /** Gaps at both ends (µm); all of the curve without it. */
  readonly shown: Interval | undefined;
  readonly onPick: (gap_um: number) => void;
}

function CurveChart({ scene, shown, onPick }: CurveChartProps) {
  const { unit } = useStore();
  const colors = useMemo(chartColors, []);
  const latest = useRef(scene);
  latest.current = scene;
  const data = useMemo(() => curveData(scene), [scene]);
  const { curve, runs, lab } = scene;
  const [from = curve.gap_um[0]!, until = curve.gap_um.at(-1)!] = shown ?? [];
  const fit = useMemo(() => (plot: uPlot) => plot.setScale('x', { min: from, max: until }), [from, until]);
  return (
    <Plot
      label={t('predict.curve.label', {
        from: fixed(curve.gap_um[0], 0),
        until: fixed(curve.gap_um.at(-1), 0),
        runs: runs.filter((run) => run.measured).length,
        lab: lab.length,
      })}
      data={data}
      adjust={fit}
      options={(size) =>
        curveOptions(
          size,
          colors,
          { gap: t('predict.axis.gap'), loading: t('predict.axis.loading', { unit: unit.value }) },
          () => latest.current,
          onPick,
        )
      }
    />
  );
}
