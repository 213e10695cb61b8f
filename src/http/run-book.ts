import type { Forecast, RunRow } from '../core/api.ts';
import type { CoatingRun } from '../core/observation.ts';
import type { LineRun } from '../core/prediction.ts';
import type { PredictionReport, RunForecast } from '../core/report.ts';
import { forecast, runFigures } from './documents.ts';
import { RecentMap } from './ring.ts';

/** The part of a run that a forecast or a measurement can't tell. */
type Coated = Pick<RunRow, 'run' | 'gap_um' | 'start_ms' | 'end_ms'>;

/**
 * Brings together, run by run, what the coater did, what was predicted and what was measured. These come from
 * three sides and in any order; a row exists from the first that names it with a gap.
 */
export class RunBook {
  readonly #rows: RecentMap<number, RunRow>;
  /** Runs whose rows changed since `changes` was last asked. */
  #changed = new Set<number>();

  constructor(capacity: number) {
    this.#rows = new RecentMap(capacity);
  }

  coated(run: CoatingRun): void {
    const { gap_um, start_ms, end_ms = null } = run;
    this.#merge({ run: run.run, gap_um, start_ms, end_ms }, {});
  }

  /** What was predicted for a run before its first scan; the first to say it is right. */
  forecast({ run, time_ms, prediction }: RunForecast): void {
    const row = this.#rows.get(run);
    if (row?.predicted) return;
    const coated = row ?? { run, gap_um: prediction.gap_um, start_ms: time_ms, end_ms: null };
    this.#merge(coated, { predicted: forecast(prediction) });
  }

  predicted(report: PredictionReport): void {
    if (!report.current) return;
    const { run, before, now } = report.current;
    const first: Forecast = forecast(before);
    const row = this.#rows.get(run);
    // What was predicted before the first scan never changes afterwards, whatever a later report repeats.
    const change = { predicted: row?.predicted ?? first, now: forecast(now) };
    this.#merge(row ?? { run, gap_um: before.gap_um, start_ms: report.time_ms, end_ms: null }, change);
  }

  measured(runs: readonly LineRun[]): void {
    // No more than are kept: the older ones would push each other out, over and over.
    for (const run of runs.slice(-this.#rows.capacity)) {
      const before = this.#rows.get(run.run);
      const measured = runFigures(run);
      const same =
        before?.measured?.scans === measured.scans && before.measured.level_mg_cm2 === measured.level_mg_cm2;
      if (same) continue;
      this.#merge(before ?? { run: run.run, gap_um: run.gap_um, start_ms: run.start_ms, end_ms: null }, {
        measured,
      });
    }
  }

  /** All rows, by run. */
  rows(): RunRow[] {
    return this.#rows.values().sort((a, b) => a.run - b.run);
  }

  /** The rows that changed since this was last called, by run. */
  changes(): RunRow[] {
    const changed = this.#changed;
    this.#changed = new Set();
    return [...changed]
      .sort((a, b) => a - b)
      .flatMap((run) => {
        const row = this.#rows.get(run);
        return row ? [row] : [];
      });
  }

  #merge(coated: Coated, change: Partial<RunRow>): void {
    const before = this.#rows.get(coated.run);
    const { run, gap_um, start_ms, end_ms } = coated;
    const blank = { predicted: null, now: null, measured: null };
    this.#rows.set(run, { ...blank, ...before, run, gap_um, start_ms, end_ms, ...change });
    this.#changed.add(run);
  }
}
