import { GAP_RANGE_UM } from '../config/predictor.ts';
import type { Observation } from '../core/observation.ts';
import type { Interval, LabGroup, LineRun, Prediction, PredictorModel, Slurry } from '../core/prediction.ts';
import type { PredictionReport } from '../core/report.ts';
import type { Abstraction } from '../predict/discrete.ts';
import { type ExplainedPrediction, explained } from '../predict/explained.ts';
import { checkGap } from '../predict/gap-range.ts';
import { hasCurve, type RestorablePredictor } from '../predict/predictor.ts';
import { lineRunOf, type RunFigures, runFigures } from '../predict/runs.ts';

/** What was predicted for a run before its first scan, beside what its scans then showed. */
export interface RunRecord {
  readonly measured: LineRun;
  readonly before: Prediction;
}

/** Plain data: together with the settings it gives the forecaster back, with equal predictions. */
export interface ForecasterState {
  readonly observations: number;
  readonly open: readonly RunFigures[];
  readonly runs: readonly RunRecord[];
  readonly model: unknown;
}

export interface ForecasterSettings {
  readonly line: string;
  readonly lab: readonly LabGroup[];
  readonly slurry: Slurry;
  readonly curve_um: readonly number[];
  /** Runs of earlier campaigns, of this line or of others. */
  readonly past?: readonly LineRun[];
  /** Gaps that can be set on this line (µm); by default those of ordinary machines. */
  readonly gapRange_um?: Interval;
}

/** Runs whose scans may still come in: at a gap change the gauges of a line see the old run and the new one. */
const OPEN_RUNS = 4;

/**
 * Keeps the predictor up to date, observation by observation: predicts each run before it learns from it, then
 * lets the run's robust figures, not its single scans, speak.
 */
export class Forecaster {
  readonly #settings: ForecasterSettings;
  #observations: number;
  #open: readonly RunFigures[];
  #runs: readonly RunRecord[];
  #model: PredictorModel;

  constructor(predictor: RestorablePredictor, settings: ForecasterSettings, state?: ForecasterState) {
    this.#settings = settings;
    this.#observations = state?.observations ?? 0;
    this.#open = state?.open ?? [];
    this.#runs = state?.runs ?? [];
    this.#model = state
      ? predictor.restore(state.model)
      : predictor.fit({ lab: settings.lab, line: settings.past ?? [] });
  }

  get state(): ForecasterState {
    return {
      observations: this.#observations,
      open: this.#open,
      runs: this.#runs,
      model: this.#model.save(),
    };
  }

  get model(): PredictorModel {
    return this.#model;
  }

  get observations(): number {
    return this.#observations;
  }

  /** In the order in which the line made them. */
  get runs(): readonly RunRecord[] {
    return this.#runs;
  }

  /** What is known of a run, by its number. */
  run(run: number): RunRecord | undefined {
    return this.#runs.findLast(({ measured }) => measured.run === run);
  }

  /** Returns what was predicted for the run, where this is its first scan. */
  learn(observation: Observation): Prediction | undefined {
    const at = this.#runs.findLastIndex(({ measured }) => measured.run === observation.run);
    const known = this.#runs[at];
    const figures = runFigures(
      this.#open.find(({ run }) => run === observation.run),
      observation,
    );
    const measured = lineRunOf(figures, this.#settings.slurry);
    const before = known?.before ?? this.predict(observation.gap_um);
    const record = { measured, before };
    this.#runs = known
      ? this.#runs.with(at, record)
      : [...this.#runs, record].sort((a, b) => a.measured.run - b.measured.run);
    this.#open = [...this.#open.filter(({ run }) => run !== figures.run), figures].slice(-OPEN_RUNS);
    this.#model = this.#model.withRun(measured);
    this.#observations++;
    return known ? undefined : before;
  }

  /** The next run at that gap; with the run under way, this very run. */
  predict(gap_um: number, run?: LineRun): Prediction {
    const { line, slurry } = this.#settings;
    return this.#model.predict({ gap_um, line, slurry, target: 'line', ...(run && { run }) });
  }

  /**
   * The next run at each of several gaps, with the data that carried each prediction and, through an abstraction, the
   * lab's bins.
   *
   * @throws BadInputError for a gap that can't be set on this line.
   */
  explain(gaps_um: readonly number[], abstraction?: Abstraction): readonly ExplainedPrediction[] {
    const { line, lab, slurry, past = [] } = this.#settings;
    for (const gap_um of gaps_um) checkGap(gap_um, this.gapRange_um);
    const model = this.#model;
    if (!hasCurve(model)) return gaps_um.map((gap_um) => this.predict(gap_um));
    const evidence = { lab, line: [...past, ...this.#runs.map(({ measured }) => measured)] };
    const queries = gaps_um.map((gap_um) => ({ gap_um, line, slurry, target: 'line' as const }));
    return explained(model, queries, { evidence, abstraction });
  }

  /** The slurry on the line, as far as it is known. */
  get slurry(): Slurry {
    return this.#settings.slurry;
  }

  /** Gaps that can be set on this line (µm). */
  get gapRange_um(): Interval {
    return this.#settings.gapRange_um ?? GAP_RANGE_UM;
  }

  report(time_ms: number, version: string): PredictionReport {
    const current = this.#runs.at(-1);
    return {
      kind: 'prediction',
      line: this.#settings.line,
      time_ms,
      version,
      curve: this.#settings.curve_um.map((gap_um) => this.predict(gap_um)),
      ...(current && {
        current: {
          run: current.measured.run,
          before: current.before,
          now: this.predict(current.measured.gap_um, current.measured),
          measured: current.measured,
        },
      }),
    };
  }
}
