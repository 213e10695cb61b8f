import type { Observation } from '../core/observation.ts';
import type { LabGroup, LineRun, Prediction, PredictorModel, Slurry } from '../core/prediction.ts';
import type { PredictionReport } from '../core/report.ts';
import type { RestorablePredictor } from '../predict/predictor.ts';
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
    this.#model = state ? predictor.restore(state.model) : predictor.fit({ lab: settings.lab, line: [] });
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

  learn(observation: Observation): void {
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
  }

  /** The next run at that gap; with the run under way, this very run. */
  predict(gap_um: number, run?: LineRun): Prediction {
    const { line, slurry } = this.#settings;
    return this.#model.predict({ gap_um, line, slurry, target: 'line', ...(run && { run }) });
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
        },
      }),
    };
  }
}
