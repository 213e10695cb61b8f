import type { LabSample } from '../../causal/transport.ts';
import type { Random } from '../../core/random.ts';
import { fitLasso } from '../baselines/lasso.ts';
import type { Study } from './study.ts';

/** What is trained on and what is tested when lab gap k is held out, by the study's three tables. */
export type Protocol = 'a' | 'b' | 'c';

export interface Fold {
  readonly heldOut_um: number;
  /** Mean squared error in bins². */
  readonly mse: number;
  /** Mean squared error over the lab rows alone, bins read as loadings ((mg/cm²)²). */
  readonly mse_mg2_cm4: number;
  readonly n: number;
}

export function scoreFold(
  study: Study,
  protocol: Protocol,
  moved: readonly LabSample[],
  heldOut_um: number,
  penalty: number,
  round: boolean,
): Fold {
  const at = (row: LabSample) => row.gap_um === heldOut_um;
  const apart = (row: LabSample) => row.gap_um !== heldOut_um;
  const lab = study.labRows.filter(at);
  const training: LabSample[] = study.labRows.filter(apart);
  const test: LabSample[] = [...lab];
  if (protocol === 'b') training.push(...moved);
  if (protocol === 'c') {
    training.push(...moved.filter(apart));
    test.push(...moved.filter(at));
  }
  const model = fitLasso(
    training.map((row) => [row.gap_um]),
    training.map((row) => row.bin),
    penalty,
  );
  const raw = model.predict([heldOut_um]);
  const predicted = round ? Math.round(raw) : raw;
  return {
    heldOut_um,
    mse: mean(test.map((row) => (row.bin - predicted) ** 2)),
    mse_mg2_cm4: mean(lab.map((row) => (row.loading_mg_cm2 - loadingOf(study, predicted)) ** 2)),
    n: test.length,
  };
}

/** Mean score over many replacements of every moved row's bin by that of a random lab row at the same gap. */
export function nullScore(
  study: Study,
  protocol: Protocol,
  moved: (heldOut_um: number) => readonly LabSample[],
  penalty: number,
  random: Random,
  draws: number,
): number {
  const bins = new Map(
    study.labGaps_um.map((gap) => [gap, study.labRows.filter((r) => r.gap_um === gap).map((r) => r.bin)]),
  );
  return mean(
    study.labGaps_um.map((heldOut_um) => {
      const rows = moved(heldOut_um);
      return mean(
        Array.from({ length: draws }, () => {
          const drawn = rows.map(({ gap_um }) => {
            const lab = bins.get(gap_um)!;
            return { gap_um, bin: lab[random.integer(lab.length)]! };
          });
          return scoreFold(study, protocol, drawn, heldOut_um, penalty, false).mse;
        }),
      );
    }),
  );
}

/** A bin, also a fractional one, as a loading: bin i stands for the centre of its cell of equal width (mg/cm²). */
export function loadingOf(study: Study, bin: number): number {
  const { low, width } = grid(study);
  return low + (bin + 0.5) * width;
}

/** The inverse: a loading as a fractional bin. */
export function binAt(study: Study, loading_mg_cm2: number): number {
  const { low, width } = grid(study);
  return (loading_mg_cm2 - low) / width - 0.5;
}

/** The outer edges are widened, so the grid is read from the inner ones where there are any. */
function grid({ edges_mg_cm2: edges }: Study): { low: number; width: number } {
  if (edges.length < 4) return { low: edges[0]!, width: (edges.at(-1)! - edges[0]!) / (edges.length - 1) };
  const width = edges[2]! - edges[1]!;
  return { low: edges[1]! - width, width };
}

export const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

/** Population standard deviation, as the study gives it. */
export function sd(values: readonly number[]): number {
  const centre = mean(values);
  return Math.sqrt(mean(values.map((v) => (v - centre) ** 2)));
}
