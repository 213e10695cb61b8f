import { median } from '../../core/median.ts';
import type { LabGroup, LineRun, Predictor } from '../../core/prediction.ts';
import { robustSpread } from '../numeric/robust.ts';
import type { SeriesQuery } from '../predictor.ts';
import { lineRunOf, type RunFigures, runFigures } from '../runs.ts';
import type { ScannedRun } from './held-out.ts';
import { type Scored, scoresOf, sdOf } from './scores.ts';
import type { EvaluationRow } from './task.ts';

/** Runs with a lower number only teach. */
const FIRST_ASKED = 4;
/** Scans of a run that are seen before its later scans are asked. */
const SCANS_SEEN = 10;

const TAME = ', wild scans left out';
export const streamTargets = {
  level: 'next run',
  scans: 'scans of next run',
  tameScans: `scans of next run${TAME}`,
  later: `scans after ${SCANS_SEEN}`,
  tameLater: `scans after ${SCANS_SEEN}${TAME}`,
} as const;

/**
 * The line as it happened: predict, then learn.
 *
 * - `next run`: each run's level, predicted before its first scan from the lab and all runs before it, from run
 *   4 on;
 * - `scans of next run`: from the same knowledge, each scan of the runs whose scans are there;
 * - `scans after 10`: each scan from the eleventh of its run on, predicted from everything before it, the run's own
 *   scans included.
 *
 * The last two also with wild scans left out (`isWild`).
 */
export function streamRows(
  predictor: Predictor,
  lab: readonly LabGroup[],
  runs: readonly LineRun[],
  scanned: readonly ScannedRun[],
  past: readonly LineRun[] = [],
): EvaluationRow[] {
  const ordered = inTimeOrder(runs);
  const levels: Scored[] = [];
  const scans: Judged[] = [];
  const later: Judged[] = [];
  const [first, ...rest] = ordered;
  if (!first) return [];
  let model = startedWith(predictor, lab, first, past);
  for (const run of rest) {
    const query = { gap_um: run.gap_um, line: run.line };
    const scanQuery: SeriesQuery = { ...query, scan: true };
    const own = scanned.find((other) => other.run.line === run.line && other.run.run === run.run);
    if (run.run >= FIRST_ASKED) {
      levels.push({ prediction: model.predict(query), measured_mg_cm2: run.level_mg_cm2 });
      const prediction = model.predict(scanQuery);
      own?.scans_mg_cm2.forEach((measured_mg_cm2, i) => {
        scans.push({ prediction, measured_mg_cm2, wild: isWild(own.scans_mg_cm2, i) });
      });
    }
    for (const { soFar, ...measured } of own ? withinRun(own) : []) {
      const running: SeriesQuery = { ...scanQuery, run: soFar };
      later.push({ prediction: model.predict(running), ...measured });
    }
    model = model.withRun(run);
  }
  const before = 'lab+line before';
  const ownScans = `${before}, own scans`;
  const nullMse = nullOf(ordered);
  const row = (target: string, training: string, scored: readonly Scored[]) =>
    rowOf(predictor, target, training, scored, nullMse);
  return [
    row(streamTargets.level, before, levels),
    row(streamTargets.scans, before, scans),
    row(streamTargets.tameScans, before, scans.filter(tame)),
    row(streamTargets.later, ownScans, later),
    row(streamTargets.tameLater, ownScans, later.filter(tame)),
  ].filter((found) => found !== undefined);
}

/** A run as it was predicted before its first scan, from the lab and all runs before it, beside its level. */
export interface StreamedRun extends Scored {
  readonly run: number;
  readonly gap_um: number;
}

/** All runs but the first, predicted one by one, then learnt: the very predictions that `next run` scores from run 4. */
export function streamedRuns(
  predictor: Predictor,
  lab: readonly LabGroup[],
  runs: readonly LineRun[],
): StreamedRun[] {
  const [first, ...rest] = inTimeOrder(runs);
  if (!first) return [];
  let model = startedWith(predictor, lab, first);
  return rest.map((run) => {
    const prediction = model.predict({ gap_um: run.gap_um, line: run.line });
    model = model.withRun(run);
    return { run: run.run, gap_um: run.gap_um, prediction, measured_mg_cm2: run.level_mg_cm2 };
  });
}

const inTimeOrder = (runs: readonly LineRun[]): LineRun[] =>
  [...runs].sort((a, b) => a.start_ms - b.start_ms || a.run - b.run);

const startedWith = (
  predictor: Predictor,
  lab: readonly LabGroup[],
  first: LineRun,
  past: readonly LineRun[] = [],
) =>
  lab.length + past.length > 0
    ? predictor.fit({ lab, line: past }).withRun(first)
    : predictor.fit({ lab, line: [first] });

interface Judged extends Scored {
  readonly wild: boolean;
}

const tame = ({ wild }: Judged): boolean => !wild;

/** Each later scan of a run beside the run's figures before it. */
function withinRun({ run, scans_mg_cm2, lanes_mg_cm2 }: ScannedRun) {
  let figures: RunFigures | undefined;
  return scans_mg_cm2.flatMap((mean_mg_cm2, i) => {
    const soFar = figures && i >= SCANS_SEEN ? lineRunOf(figures, run.slurry) : undefined;
    figures = runFigures(figures, {
      line: run.line,
      run: run.run,
      gap_um: run.gap_um,
      mean_mg_cm2,
      lanes_mg_cm2: lanes_mg_cm2[i] ?? [],
      head_ms: run.start_ms,
      aggregated: false,
    });
    return soFar ? [{ soFar, measured_mg_cm2: mean_mg_cm2, wild: isWild(scans_mg_cm2, i) }] : [];
  });
}

/** Neighbours on either side that a scan is compared with, and how far off it must lie (robust sd, mg/cm²). */
const NEIGHBOURS = 5;
const WILD_SDS = 5;
const LEAST_SD = 0.1;

/**
 * Whether a scan is a patch edge or a gauge fault: it lies more than five robust standard deviations of its
 * neighbours (five on either side) off their median. A lasting shift of the level is no wild scan.
 */
export function isWild(scans_mg_cm2: readonly number[], index: number): boolean {
  const around = scans_mg_cm2
    .slice(Math.max(0, index - NEIGHBOURS), index + NEIGHBOURS + 1)
    .filter((_, i) => i !== Math.min(index, NEIGHBOURS));
  const centre = median(around);
  const sd = Math.max(LEAST_SD, robustSpread(around, centre));
  return Math.abs((scans_mg_cm2[index] as number) - centre) > WILD_SDS * sd;
}

/** What always saying the mean of the runs before would score on the levels. */
function nullOf(ordered: readonly LineRun[]): number {
  let sum = 0;
  let squares = 0;
  let asked = 0;
  ordered.forEach(({ level_mg_cm2, run }, i) => {
    if (run >= FIRST_ASKED && i > 0) {
      squares += (level_mg_cm2 - sum / i) ** 2;
      asked++;
    }
    sum += level_mg_cm2;
  });
  return squares / asked;
}

function rowOf(
  predictor: Predictor,
  target: string,
  training: string,
  scored: readonly Scored[],
  nullMse: number,
): EvaluationRow | undefined {
  if (scored.length === 0) return undefined;
  const scores = scoresOf(scored);
  const squares = scored.map(
    ({ prediction, measured_mg_cm2 }) => (measured_mg_cm2 - prediction.mean_mg_cm2) ** 2,
  );
  return {
    suite: 'stream',
    target,
    training,
    method: predictor.name,
    sd: sdOf(squares),
    null: nullMse,
    folds: [],
    ...scores,
  };
}

/**
 * Runs of a table that holds every run, with the robust figures of those whose scans are there; runs known by
 * their scans alone are added.
 */
export function mergeRuns(table: readonly LineRun[], scanned: readonly ScannedRun[]): LineRun[] {
  const figures = new Map(scanned.map(({ run }) => [run.run, run]));
  const merged = table.map((row) => {
    const own = figures.get(row.run);
    figures.delete(row.run);
    return own ? { ...own, start_ms: row.start_ms } : row;
  });
  return [...merged, ...figures.values()];
}
