import type { Evidence, Predictor } from '../../core/prediction.ts';
import type { SeriesQuery } from '../predictor.ts';
import { meanOf, type Scored, type Scores, scoresOf, sdOf } from './scores.ts';

/** A question with a known answer. */
export interface Question {
  readonly query: SeriesQuery;
  readonly measured_mg_cm2: number;
}

/** One part held out: learn from `training`, answer `questions`. */
export interface Fold {
  /** What is held out, in words. */
  readonly heldOut: string;
  readonly training: Evidence;
  readonly questions: readonly Question[];
}

/** A task of an evaluation: its folds count alike, however many questions each one has. */
export interface Task {
  readonly suite: 'held-out' | 'stream';
  readonly target: string;
  readonly training: string;
  readonly folds: readonly Fold[];
}

/** One line of an evaluation's table. */
export interface EvaluationRow {
  readonly suite: string;
  readonly target: string;
  readonly training: string;
  readonly method: string;
  /** Mean over the folds ((mg/cm²)²), and their standard deviation. */
  readonly mse: number;
  readonly sd: number;
  /** Root of `mse` (mg/cm²). */
  readonly rmse: number;
  readonly coverage90: number;
  readonly nll: number;
  /** What a predictor that knows no gap scores: always the mean of its training levels. */
  readonly null: number;
  readonly n: number;
  readonly crps: number;
  readonly folds: readonly (Scores & { readonly heldOut: string })[];
}

/** Answers of one predictor, fold by fold. */
export function answers(predictor: Predictor, fold: Fold): Scored[] {
  const model = predictor.fit(fold.training);
  return fold.questions.map(({ query, measured_mg_cm2 }) => ({
    prediction: model.predict(query),
    measured_mg_cm2,
  }));
}

/** Folds without training data or questions are left out; `undefined` where none remains. */
export function runTask(task: Task, predictor: Predictor): EvaluationRow | undefined {
  const usable = task.folds.filter(
    ({ training, questions }) => questions.length > 0 && training.lab.length + training.line.length > 0,
  );
  if (usable.length === 0) return undefined;
  const folds = usable.map((fold) => ({ heldOut: fold.heldOut, ...scoresOf(answers(predictor, fold)) }));
  const mse = meanOf(folds, (f) => f.mse);
  return {
    suite: task.suite,
    target: task.target,
    training: task.training,
    method: predictor.name,
    mse,
    sd: sdOf(folds.map((f) => f.mse)),
    rmse: Math.sqrt(mse),
    coverage90: meanOf(folds, (f) => f.coverage90),
    nll: meanOf(folds, (f) => f.nll),
    null: meanOf(usable, nullMse),
    n: folds.reduce((sum, f) => sum + f.n, 0),
    crps: meanOf(folds, (f) => f.crps),
    folds,
  };
}

function nullMse({ training, questions }: Fold): number {
  const levels = [
    ...training.lab.map(({ mean_mg_cm2 }) => mean_mg_cm2),
    ...training.line.map(({ level_mg_cm2 }) => level_mg_cm2),
  ];
  const guess = meanOf(levels, (v) => v);
  return meanOf(questions, ({ measured_mg_cm2 }) => (measured_mg_cm2 - guess) ** 2);
}
