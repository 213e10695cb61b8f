import type { Evidence, PredictionQuery } from '../core/prediction.ts';
import type { CurveModel, SeriesQuery } from './predictor.ts';

/** Data of one gap (in the lab: one series of coatings) that a prediction rests on. */
export interface Carrier {
  readonly source: 'line' | 'lab';
  /** The line's name, or the lab table's. */
  readonly name: string;
  readonly gap_um: number;
  /** Runs, or coatings. */
  readonly n: number;
  /** By how much the prediction would lie higher had all these data lain 1 mg/cm² higher. */
  readonly weight: number;
}

/** The weightiest so many are named. */
const MOST = 5;
/** Data of less weight than this carry nothing worth naming. */
const NOTHING = 0.01;

/**
 * Which data carried a prediction, the weightiest first. In a linear-Gaussian model the posterior mean moves with a
 * datum by c / r, c being the posterior covariance of its place with the place asked and r its noise; runs of one gap
 * count as one datum of noise r / n. Exact for given hyperparameters, which are taken as they are with the data.
 */
export const carriedBy = (
  model: CurveModel,
  query: PredictionQuery,
  evidence: Evidence,
  most = 5,
): Carrier[] => carriers(model, evidence)(query, most);

/** The same for any number of queries: what belongs to the data alone is computed once. */
export function carriers(
  model: CurveModel,
  { lab, line }: Evidence,
): (query: PredictionQuery, most?: number) => Carrier[] {
  const source = (about: Source['about'], place: SeriesQuery, count: number): Source => {
    const scatter = model.predict(place).sd_mg_cm2 ** 2 - model.curve(place).sd_mg_cm2 ** 2;
    return { about, place, precision: count / scatter };
  };
  const runs = countBy(line, (run) => `${run.line}|${run.gap_um}`).map(({ first, count }) => {
    const { line: name, gap_um, slurry } = first;
    const place = { target: 'line' as const, line: name, gap_um, ...(slurry && { slurry }) };
    return source({ source: 'line', name, gap_um, n: count }, place, count);
  });
  const series = lab.map(({ table, gap_um, n, slurry }) =>
    source({ source: 'lab', name: table, gap_um, n }, { target: 'lab', gap_um, slurry, coatings: n }, 1),
  );
  const sources = [...runs, ...series];
  const places = sources.map(({ place }) => place);
  return (query, most = MOST) => {
    const covariances = model.curveCovariances(query, places);
    return sources
      .map(({ about, precision }, i) => ({ ...about, weight: precision * (covariances[i] as number) }))
      .filter(({ weight }) => Math.abs(weight) > NOTHING)
      .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
      .slice(0, most);
  };
}

interface Source {
  readonly about: Omit<Carrier, 'weight'>;
  readonly place: SeriesQuery;
  /** One over its noise ((mg/cm²)⁻²). */
  readonly precision: number;
}

function countBy<T>(items: readonly T[], key: (item: T) => string): { first: T; count: number }[] {
  const groups = new Map<string, { first: T; count: number }>();
  for (const item of items) {
    const group = groups.get(key(item));
    if (group) group.count++;
    else groups.set(key(item), { first: item, count: 1 });
  }
  return [...groups.values()];
}
