import type { Joint } from '../causal/coating.ts';
import type { LabSample } from '../causal/transport.ts';
import { seededRandom } from '../core/random.ts';
import { binAt, type Fold, mean, nullScore, type Protocol, scoreFold, sd } from './published/score.ts';
import {
  binStudy,
  movedAsPublished,
  movedExactly,
  type PublishedData,
  type Study,
  unmoved,
} from './published/study.ts';

export type { LineScan, PublishedData } from './published/study.ts';

/**
 * The evaluation of the published study (Zennaro et al., CLeaR 2023, battery case) with what an honest reader
 * needs beside it. One lab gap k is held out at a time; LASSO predicts the loading bin from the gap:
 *   (a) lab[≠k] → lab[=k];
 *   (b) lab[≠k] + line moved to the lab → lab[=k];
 *   (c) lab[≠k] + moved line[≠k] → lab[=k] + moved line[=k].
 * In (b) and (c) the study's abstraction was fitted with the lab data of gap k itself. The null score shows what
 * that is worth: every moved row is replaced by a random draw from the lab at its gap. Leak-free rows learn
 * the abstraction without gap k and are tested on lab rows alone.
 */
export interface PublishedRow {
  readonly suite: 'published';
  readonly target: string;
  readonly training: string;
  readonly method: string;
  /** Whether the held-out gap's own lab data had a part in the training. */
  readonly leaks: boolean;
  /** Mean over the held-out gaps of the mean squared error (bins²), and their population standard deviation. */
  readonly mse: number;
  readonly sd: number;
  /** Root of `mse` (bins). */
  readonly rmse: number;
  /** The same predictions against the lab rows' own loadings ((mg/cm²)²), bins read at their centres. */
  readonly mse_mg2_cm4: number;
  /** `mse` with every moved row replaced by a random draw; NaN where nothing is moved. */
  readonly null: number;
  /** Tested rows, all held-out gaps together. */
  readonly n: number;
  readonly folds: readonly Fold[];
}

export interface PublishedOptions {
  /** Default 5. */
  readonly bins?: number;
  /** Of the LASSO; default 1. */
  readonly penalty?: number;
  /** Default `product`. */
  readonly joint?: Joint;
  readonly seed?: number;
  /** Random draws for each null score; default 500. */
  readonly nullDraws?: number;
  /** Methods that predict mg/cm² from the same leak-free training data, for the same table. */
  readonly continuous?: readonly ContinuousMethod[];
}

export interface ContinuousMethod {
  readonly name: string;
  /** Learns from lab rows without the held-out gap, and the line; predicts a lab coating (mg/cm²) at a gap. */
  fit(training: PublishedData): (gap_um: number) => number;
}

/** Without an abstraction in between, line rows nearer than this to the held-out gap (µm) would be its own data. */
const APART_UM = 30;

/** @throws BadInputError for fewer than three lab gaps, or fewer line gaps than lab gaps. */
export function publishedSuite(data: PublishedData, options: PublishedOptions = {}): PublishedRow[] {
  const study = binStudy(data, options.bins ?? 5);
  const joint = options.joint ?? 'product';
  const measured = study.scans.filter((scan) => scan.measured);
  const modelled = measured.length < study.scans.length;
  const table = rowMaker(study, options);
  const labOnly = { protocol: 'a', target: 'lab gap', training: 'lab', leaks: false } as const;
  const tableB = { protocol: 'b', target: 'lab gap', training: 'lab+line', leaks: true } as const;
  const tableC = { protocol: 'c', target: 'lab gap + line gap', training: 'lab+line', leaks: true } as const;
  const leakFree = { protocol: 'b', target: 'lab gap', leaks: false } as const;

  const published = movedAsPublished(study);
  const exact = movedExactly(study, study.scans, joint);
  const asPublished = published ? [{ method: 'published transport', moved: () => published }] : [];
  const leaky = [...asPublished, { method: 'exact order-preserving', moved: () => exact }];
  const relearned = (scans: Study['scans']) => (k: number) => movedExactly(study, scans, joint, k);
  return [
    table({ ...labOnly, method: 'lasso, rounded', round: true }),
    table({ ...labOnly, method: 'lasso' }),
    ...leaky.map((method) => table({ ...tableB, ...method })),
    ...leaky.map((method) => table({ ...tableC, ...method })),
    table({
      ...leakFree,
      method: 'exact order-preserving, leak-free',
      training: 'lab+line, measured scans',
      moved: relearned(measured),
    }),
    ...(modelled
      ? [
          table({
            ...leakFree,
            method: 'exact order-preserving, leak-free',
            training: 'lab+line, with modelled rows',
            moved: relearned(study.scans),
          }),
        ]
      : []),
    table({
      ...leakFree,
      method: 'shared bins, leak-free',
      training: `lab+line>${APART_UM}um, measured scans`,
      moved: (k) => unmoved(measured.filter((scan) => Math.abs(scan.gap_um - k) > APART_UM)),
      // Rows keep gaps that the lab doesn't have: there is nothing to draw from.
      drawn: false,
    }),
    ...(options.continuous ?? []).map((method) => continuousRow(study, data, method)),
  ];
}

interface RowPlan {
  readonly protocol: Protocol;
  readonly target: string;
  readonly training: string;
  readonly method: string;
  readonly leaks: boolean;
  /** The line's rows as lab rows, when that lab gap is held out. */
  readonly moved?: (heldOut_um: number) => readonly LabSample[];
  readonly round?: boolean;
  readonly drawn?: boolean;
}

function rowMaker(study: Study, options: PublishedOptions): (plan: RowPlan) => PublishedRow {
  const penalty = options.penalty ?? 1;
  const random = seededRandom(options.seed ?? 1);
  const draws = options.nullDraws ?? 500;
  return ({ protocol, target, training, method, leaks, moved, round, drawn }) => {
    const folds = study.labGaps_um.map((k) =>
      scoreFold(study, protocol, moved?.(k) ?? [], k, penalty, round ?? false),
    );
    const nullScored =
      moved && drawn !== false
        ? nullScore(study, protocol, moved, penalty, random.fork(`${method} ${training} ${target}`), draws)
        : Number.NaN;
    return { ...summary(folds), target, training, method, leaks, null: nullScored };
  };
}

function continuousRow(study: Study, data: PublishedData, method: ContinuousMethod): PublishedRow {
  const line = data.line.filter((scan) => scan.measured);
  const folds = study.labGaps_um.map((k): Fold => {
    const predict = method.fit({ lab: data.lab.filter((row) => row.gap_um !== k), line });
    const predicted = predict(k);
    const rows = study.labRows.filter((row) => row.gap_um === k);
    return {
      heldOut_um: k,
      mse: mean(rows.map((row) => (row.bin - binAt(study, predicted)) ** 2)),
      mse_mg2_cm4: mean(rows.map((row) => (row.loading_mg_cm2 - predicted) ** 2)),
      n: rows.length,
    };
  });
  const described = { target: 'lab gap', training: 'lab+line, measured scans', leaks: false } as const;
  return { ...summary(folds), ...described, method: `${method.name}, leak-free`, null: Number.NaN };
}

function summary(folds: readonly Fold[]) {
  const mse = mean(folds.map((fold) => fold.mse));
  return {
    suite: 'published',
    mse,
    sd: sd(folds.map((fold) => fold.mse)),
    rmse: Math.sqrt(mse),
    mse_mg2_cm4: mean(folds.map((fold) => fold.mse_mg2_cm4)),
    n: folds.reduce((sum, fold) => sum + fold.n, 0),
    folds,
  } as const;
}
