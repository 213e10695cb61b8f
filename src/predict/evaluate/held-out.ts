import type { LabGroup, LineRun } from '../../core/prediction.ts';
import { slurryKey } from '../hierarchical/slurry.ts';
import type { Fold, Question, Task } from './task.ts';

/** A run of the line with its scans, and the level its gap was rounded to. */
export interface ScannedRun {
  readonly run: LineRun;
  /** The gap that counts as one when a gap is held out (µm). */
  readonly nominalGap_um: number;
  /** Mean loading of each scan (mg/cm²). */
  readonly scans_mg_cm2: readonly number[];
  /** Lanes of each scan (mg/cm²). */
  readonly lanes_mg_cm2: readonly (readonly number[])[];
}

/** Line data within this of a held-out gap are dropped in the training `lab+line>50um`. */
const NEAR_UM = 50;

/**
 * The held-out tasks for whatever slurries, gaps and runs there are:
 *
 * - `lab gap`: each lab gap in turn, all its coatings asked one by one, their slurry figures given;
 * - `lab slurry+gap`: each series (one slurry at one gap) in turn, its mean asked;
 * - `line gap`: each gap of the line in turn, all its scans asked one by one.
 *
 * Runs of past campaigns are learnt from in all tasks that learn from the line, and never asked.
 */
export function heldOutTasks(
  lab: readonly LabGroup[],
  line: readonly ScannedRun[],
  past: readonly LineRun[] = [],
): Task[] {
  const runs = [...past, ...line.map(({ run }) => run)];
  const tasks = [
    labGapTask(lab, 'lab', () => []),
    ...(runs.length > 0
      ? [
          labGapTask(lab, 'lab+line', () => runs),
          labGapTask(lab, 'lab+line>50um', (gap_um) => farFrom(gap_um, line, past)),
        ]
      : []),
    labSeriesTask(lab),
    ...(line.length > 0
      ? [lineGapTask([], line, past, 'line'), lineGapTask(lab, line, past, 'line+lab')]
      : []),
  ];
  return tasks.filter(({ folds }) => folds.length > 0);
}

const farFrom = (gap_um: number, line: readonly ScannedRun[], past: readonly LineRun[]): LineRun[] => [
  ...past.filter((run) => Math.abs(run.gap_um - gap_um) > NEAR_UM),
  ...line.filter(({ nominalGap_um }) => Math.abs(nominalGap_um - gap_um) > NEAR_UM).map(({ run }) => run),
];

function labGapTask(
  lab: readonly LabGroup[],
  training: string,
  lineFor: (gap_um: number) => readonly LineRun[],
): Task {
  const folds = distinct(lab.map(({ gap_um }) => gap_um)).map(
    (gap_um): Fold => ({
      heldOut: `lab ${gap_um} µm`,
      training: { lab: lab.filter((group) => group.gap_um !== gap_um), line: lineFor(gap_um) },
      questions: lab.filter((group) => group.gap_um === gap_um).flatMap(coatings),
    }),
  );
  return { suite: 'held-out', target: 'lab gap', training, folds };
}

/** The coatings one by one; a table of figures has only their mean. */
const coatings = (group: LabGroup): Question[] =>
  (group.rows_mg_cm2 ?? [group.mean_mg_cm2]).map((measured_mg_cm2) => ({
    query: { gap_um: group.gap_um, target: 'lab', slurry: group.slurry },
    measured_mg_cm2,
  }));

function labSeriesTask(lab: readonly LabGroup[]): Task {
  const folds = lab.map(
    (group): Fold => ({
      heldOut: `lab ${slurryKey(group.table, group.slurry)} at ${group.gap_um} µm`,
      training: { lab: lab.filter((other) => other !== group), line: [] },
      questions: [
        {
          query: { gap_um: group.gap_um, target: 'lab', slurry: group.slurry, coatings: group.n },
          measured_mg_cm2: group.mean_mg_cm2,
        },
      ],
    }),
  );
  return { suite: 'held-out', target: 'lab slurry+gap', training: 'lab', folds };
}

function lineGapTask(
  lab: readonly LabGroup[],
  line: readonly ScannedRun[],
  past: readonly LineRun[],
  training: string,
): Task {
  const folds = distinct(line.map(({ nominalGap_um }) => nominalGap_um)).map(
    (gap_um): Fold => ({
      heldOut: `line ${gap_um} µm`,
      training: {
        lab,
        line: [...past, ...line.filter((r) => r.nominalGap_um !== gap_um).map(({ run }) => run)],
      },
      questions: line
        .filter((r) => r.nominalGap_um === gap_um)
        .flatMap(({ run, scans_mg_cm2 }) =>
          scans_mg_cm2.map((measured_mg_cm2) => ({
            query: { gap_um: run.gap_um, line: run.line, target: 'line' as const, scan: true },
            measured_mg_cm2,
          })),
        ),
    }),
  );
  return { suite: 'held-out', target: 'line gap', training, folds };
}

const distinct = (gaps: readonly number[]): number[] => [...new Set(gaps)].sort((a, b) => a - b);
