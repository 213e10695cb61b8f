import { type Objective, overall } from '../problem.ts';
import { columnsOf, type DiagramMap } from './diagram.ts';
import { type ErrorsOf, polish } from './polish.ts';
import type { RestartOutcome } from './restarts.ts';
import { round } from './rounding.ts';

/** Deterministic maps and what they come to. */
export interface JudgedMaps {
  readonly maps: readonly (readonly number[])[];
  readonly error: number;
  /** For each intervention. */
  readonly errors: readonly number[];
}

export interface HardenedOutcome extends JudgedMaps {
  readonly outcome: RestartOutcome;
  /** High values that rounding alone would have left out, over all surjective maps. */
  readonly missing: number;
}

export interface Hardened {
  /** The best maps, polished if that was asked for. */
  readonly best: JudgedMaps;
  /** The outcome of smallest distance, of those whose maps are surjective by themselves if there are any. */
  readonly closest: HardenedOutcome;
  /** Each outcome rounded, in the order of its index. */
  readonly outcomes: readonly HardenedOutcome[];
}

/**
 * From relaxed outcomes to deterministic maps. Ties go to the smaller sum of errors, then to the restart that came
 * first.
 *
 * @param outcomes at least one
 */
export function harden(
  maps: readonly DiagramMap[],
  errorsOf: ErrorsOf,
  settings: { readonly objective: Objective; readonly polish: boolean },
  outcomes: readonly RestartOutcome[],
): Hardened {
  const judge = (choices: readonly (readonly number[])[]): JudgedMaps => {
    const errors = errorsOf(choices);
    return { maps: choices, errors, error: overall(settings.objective, errors) };
  };
  const rounded = [...outcomes]
    .sort((x, y) => x.index - y.index)
    .map((outcome) => {
      const columns = columnsOf(maps, outcome.entries);
      const choices = maps.map(({ frozen, surjective }, m) =>
        frozen ? { choice: frozen, missing: 0 } : round(columns[m]!, surjective),
      );
      const missing = choices.reduce((sum, own, m) => sum + (maps[m]!.surjective ? own.missing : 0), 0);
      return { outcome, missing, ...judge(choices.map(({ choice }) => choice)) };
    });
  const different = [...new Map(rounded.map((own) => [own.maps.join(';'), own])).values()];
  const ranked: JudgedMaps[] = different.sort((x, y) => x.error - y.error);
  const polished = ranked.slice(0, settings.polish ? POLISHED : 0).map((own) => {
    const choices = maps.map(({ high, surjective, frozen }, m) => ({
      start: own.maps[m]!,
      images: high,
      onto: surjective,
      fixed: frozen !== undefined,
    }));
    return judge(polish(choices, errorsOf, settings.objective));
  });
  return {
    // With the rounded ones, as the descent on the sum may raise the maximum.
    best: first([...polished, ...ranked], ({ error, errors }) => [error, overall('sum', errors)]),
    closest: first(rounded, ({ missing, outcome }) => [Math.sign(missing), outcome.distance]),
    outcomes: rounded,
  };
}

/** Enough for every restart of a usual search, and a bound for a large one. */
const POLISHED = 50;

/** The first item whose key is least, keys compared number by number. */
function first<T>(items: readonly T[], key: (item: T) => readonly number[]): T {
  const before = (x: readonly number[], y: readonly number[]): boolean => {
    const at = x.findIndex((value, i) => value !== y[i]);
    return at >= 0 && x[at]! < y[at]!;
  };
  return items.reduce((best, item) => (before(key(item), key(best)) ? item : best));
}
