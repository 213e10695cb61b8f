import { BadInputError } from '../core/errors.ts';
import { type Abstraction, held, type MechanismPair, mapOf, type VariableMap } from './abstraction.ts';
import { leastDistance } from './exact/bounds.ts';
import type { Objective } from './problem.ts';
import { combinationsOf, interventional, type Scm, variableOf } from './scm.ts';

/**
 * Exact learning of all value maps of an abstraction at once, over any set of mechanism pairs between any two
 * finite models. A value map may be the target of one pair and the source of another (the middle of a chain),
 * which is what makes learning jointly worth more than pair by pair. The coating problem has a solver of its own,
 * much faster; this one serves the general case and checks that one.
 */
export interface JointOptions {
  /** Default `max`. */
  readonly objective?: Objective;
  /** Whether every high-level value must be reached, for each map. Default true. */
  readonly surjective?: boolean;
  /** Maps that are known: they stay. */
  readonly fixed?: Abstraction;
  /** Default a million. */
  readonly nodes?: number;
}

export interface JointSolution {
  readonly abstraction: Abstraction;
  readonly error: number;
  readonly lowerBound: number;
  readonly proved: boolean;
  readonly nodes: number;
}

/** One entry of a value map: which high-level value a low-level outcome takes. */
interface Entry {
  readonly map: number;
  readonly outcome: string;
  readonly size: number;
}

/** One intervention of one pair. */
interface Term {
  /** The entry that says which high-level intervention it is. */
  readonly source: number;
  /** Entries that say where the low-level effect's mass goes, and that mass. */
  readonly targets: readonly { readonly entry: number; readonly mass: number }[];
  /** High-level mechanism: causes × effects. */
  readonly mu: Float64Array;
  readonly causes: number;
  readonly effects: number;
}

/** @throws BadInputError for unknown variables, or where no surjective maps exist. */
export function learnJointly(
  low: Scm,
  high: Scm,
  variables: readonly VariableMap[],
  pairs: readonly MechanismPair[],
  options: JointOptions = {},
): JointSolution {
  const { entries, terms } = formulate(low, high, variables, pairs);
  const objective = options.objective ?? 'max';
  const surjective = options.surjective ?? true;
  const mostNodes = options.nodes ?? 1_000_000;
  const value = new Int32Array(entries.length).fill(-1);
  for (const [e, entry] of entries.entries()) {
    const known = options.fixed
      ?.find((map) => map.high === variables[entry.map]!.high)
      ?.values.get(entry.outcome);
    if (known !== undefined) value[e] = known;
  }
  const order = branchingOrder(entries, terms).filter((e) => value[e] === -1);
  const termsOf = entries.map((_, e) =>
    [...terms.keys()].filter((t) => terms[t]!.source === e || terms[t]!.targets.some((x) => x.entry === e)),
  );
  let best = Number.POSITIVE_INFINITY;
  let bestValue: Int32Array | undefined;
  let nodes = 0;

  const total = (bounds: Float64Array): number =>
    objective === 'max' ? bounds.reduce((a, b) => Math.max(a, b), 0) : bounds.reduce((a, b) => a + b, 0);

  const explore = (depth: number, bounds: Float64Array, bound: number): number => {
    if (depth === order.length) {
      if (bound < best) {
        best = bound;
        bestValue = value.slice();
      }
      return Number.POSITIVE_INFINITY;
    }
    if (nodes >= mostNodes && bestValue) return bound;
    nodes++;
    const entry = order[depth]!;
    const children: { value: number; bounds: Float64Array; bound: number }[] = [];
    for (let candidate = 0; candidate < entries[entry]!.size; candidate++) {
      value[entry] = candidate;
      if (surjective && !canCover(entries, value, entries[entry]!.map)) continue;
      const renewed = bounds.slice();
      for (const t of termsOf[entry]!) renewed[t] = termBound(terms[t]!, value);
      const childBound = Math.max(bound, total(renewed));
      if (childBound < best) children.push({ value: candidate, bounds: renewed, bound: childBound });
    }
    children.sort((a, b) => a.bound - b.bound);
    let unseen = Number.POSITIVE_INFINITY;
    for (const child of children) {
      if (child.bound >= best) break;
      value[entry] = child.value;
      unseen = Math.min(unseen, explore(depth + 1, child.bounds, child.bound));
    }
    value[entry] = -1;
    return unseen;
  };

  const start = Float64Array.from(terms, (term) => termBound(term, value));
  const unseen = explore(0, start, total(start));
  if (!bestValue) {
    throw new BadInputError('no surjective maps exist', {
      where: variables.map((v) => v.high).join(','),
      allowed: 'at least as many low-level outcomes as high-level values, or surjective: false',
    });
  }
  const found = bestValue;
  const abstraction = variables.map(({ high: name, low: names }, map) => ({
    high: name,
    low: names,
    values: new Map(
      entries.flatMap((entry, e) => (entry.map === map ? [[entry.outcome, found[e]!] as const] : [])),
    ),
  }));
  const lowerBound = Math.min(best, unseen);
  return { abstraction, error: best, lowerBound, proved: lowerBound >= best, nodes };
}

function formulate(low: Scm, high: Scm, variables: readonly VariableMap[], pairs: readonly MechanismPair[]) {
  const entries: Entry[] = [];
  const indexOf = new Map<string, number>();
  for (const [map, { high: name, low: names }] of variables.entries()) {
    for (const values of combinationsOf(low, names)) {
      indexOf.set(`${name}:${values.join()}`, entries.length);
      entries.push({ map, outcome: values.join(), size: variableOf(high, name).size });
    }
  }
  const terms = pairs.flatMap(({ cause, effect }): Term[] => {
    const from = mapOf(variables, cause);
    const to = mapOf(variables, effect);
    const causes = variableOf(high, cause).size;
    const effects = variableOf(high, effect).size;
    const mu = new Float64Array(causes * effects);
    for (let c = 0; c < causes; c++) {
      for (const [name, mass] of interventional(high, { [cause]: c }, [effect])) {
        mu[c * effects + Number(name)] = mass;
      }
    }
    return combinationsOf(low, from.low).map((values) => {
      const spread = interventional(low, held(from.low, values), to.low);
      return {
        source: indexOf.get(`${cause}:${values.join()}`)!,
        targets: [...spread].map(([name, mass]) => ({ entry: indexOf.get(`${effect}:${name}`)!, mass })),
        mu,
        causes,
        effects,
      };
    });
  });
  return { entries, terms };
}

/** Least distance of a term over the high-level interventions and placements that are still open. */
function termBound({ source, targets, mu, causes, effects }: Term, value: Int32Array): number {
  const placed = new Float64Array(effects);
  for (const { entry, mass } of targets) if (value[entry]! >= 0) placed[value[entry]!]! += mass;
  const chosen = value[source]!;
  if (chosen >= 0) return leastDistance(mu, chosen * effects, placed, 0, effects);
  let least = Number.POSITIVE_INFINITY;
  for (let c = 0; c < causes; c++)
    least = Math.min(least, leastDistance(mu, c * effects, placed, 0, effects));
  return least;
}

/** Sources first, then targets by the mass that they move: bounds bite soonest. */
function branchingOrder(entries: readonly Entry[], terms: readonly Term[]): number[] {
  const weight = entries.map((_, e) =>
    terms.reduce((sum, term) => {
      const moved = term.targets.reduce(
        (mass, target) => (target.entry === e ? mass + target.mass : mass),
        0,
      );
      return sum + moved + (term.source === e ? 2 : 0);
    }, 0),
  );
  return [...entries.keys()].sort((a, b) => weight[b]! - weight[a]! || a - b);
}

function canCover(entries: readonly Entry[], value: Int32Array, map: number): boolean {
  const reached = new Set<number>();
  let open = 0;
  let size = 0;
  for (const [e, entry] of entries.entries()) {
    if (entry.map !== map) continue;
    size = entry.size;
    if (value[e]! >= 0) reached.add(value[e]!);
    else open++;
  }
  return size - reached.size <= open;
}
