import { BadInputError } from '../core/errors.ts';

/**
 * Finite structural causal models, each variable given by its mechanism: a conditional distribution over its own
 * values for every combination of its parents' values. Exogenous noise is already integrated out, which is all
 * that interventional distributions need (Markovian models).
 */
export interface Variable {
  readonly name: string;
  /** Number of values; they are the integers from 0. */
  readonly size: number;
  readonly parents: readonly string[];
  /**
   * One distribution (`size` probabilities) for each combination of parent values, the last parent's value
   * changing fastest; a single one where there are no parents.
   */
  readonly mechanism: readonly ArrayLike<number>[];
}

/** A model: its variables, every parent before its children. */
export interface Scm {
  readonly variables: readonly Variable[];
}

/** Values held fixed from outside, by variable. */
export type Intervention = Readonly<Record<string, number>>;

/** Outcomes that have mass, by their name (values joined by commas in the order of the variables asked for). */
export type SparseDistribution = ReadonlyMap<string, number>;

/**
 * Orders and checks the variables of a model.
 *
 * @throws BadInputError for unknown parents, a cycle, a name used twice, or mechanisms that are no distributions.
 */
export function scm(variables: readonly Variable[]): Scm {
  const byName = new Map(variables.map((variable) => [variable.name, variable]));
  if (byName.size < variables.length) {
    throw new BadInputError('two variables have one name', { where: 'scm', allowed: 'unique names' });
  }
  for (const variable of variables) checkVariable(variable, byName);
  const ordered: Variable[] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (variable: Variable): void => {
    if (state.get(variable.name) === 'done') return;
    if (state.get(variable.name) === 'open') {
      throw new BadInputError('causes itself', { where: `variable ${variable.name}`, allowed: 'no cycle' });
    }
    state.set(variable.name, 'open');
    for (const parent of variable.parents) visit(byName.get(parent)!);
    state.set(variable.name, 'done');
    ordered.push(variable);
  };
  for (const variable of variables) visit(variable);
  return { variables: ordered };
}

function checkVariable(variable: Variable, byName: ReadonlyMap<string, Variable>): void {
  const where = `variable ${variable.name}`;
  if (!Number.isInteger(variable.size) || variable.size < 1) {
    throw new BadInputError(`has ${variable.size} values`, { where, allowed: 'an integer from 1' });
  }
  let rows = 1;
  for (const parent of variable.parents) {
    const found = byName.get(parent);
    if (!found) {
      throw new BadInputError(`parent ${parent} is not there`, {
        where,
        allowed: [...byName.keys()].join(' | '),
      });
    }
    rows *= found.size;
  }
  if (variable.mechanism.length !== rows) {
    throw new BadInputError(`has ${variable.mechanism.length} distributions`, {
      where,
      allowed: `${rows}, one for each combination of its parents' values`,
    });
  }
  variable.mechanism.forEach((row, i) => {
    const values = Array.from(row);
    const sum = values.reduce((a, b) => a + b, 0);
    if (values.length !== variable.size || values.some((p) => !(p >= 0)) || Math.abs(sum - 1) > 1e-9) {
      throw new BadInputError(`${values.length} probabilities sum to ${sum}`, {
        where: `${where}, distribution ${i}`,
        allowed: `${variable.size} that are not negative and sum to 1`,
      });
    }
  });
}

export function variableOf(model: Scm, name: string): Variable {
  const found = model.variables.find((variable) => variable.name === name);
  if (found) return found;
  const names = model.variables.map((variable) => variable.name);
  throw new BadInputError('no such variable', { where: name, allowed: names.join(' | ') });
}

/**
 * Distribution of some variables under an intervention: the mechanisms composed along the graph, a variable summed
 * out as soon as no later one needs it. Combinations without mass are never stored.
 */
export function interventional(
  model: Scm,
  intervention: Intervention,
  over: readonly string[],
): SparseDistribution {
  for (const name of [...over, ...Object.keys(intervention)]) variableOf(model, name);
  const relevant = ancestorsOf(model, over, intervention);
  let kept: string[] = [];
  let joint = new Map<string, { values: number[]; mass: number }>([['', { values: [], mass: 1 }]]);
  relevant.forEach((variable, position) => {
    const later = relevant.slice(position + 1);
    const needed = (name: string) =>
      over.includes(name) || later.some((v) => !(v.name in intervention) && v.parents.includes(name));
    const names = [...kept, variable.name];
    const columns = names.flatMap((name, i) => (needed(name) ? [i] : []));
    const next = new Map<string, { values: number[]; mass: number }>();
    for (const { values, mass } of joint.values()) {
      const parents = variable.parents.map((parent) => values[kept.indexOf(parent)]!);
      for (const [value, probability] of distributionOf(model, variable, parents, intervention)) {
        const all = [...values, value];
        const remaining = columns.map((i) => all[i]!);
        const key = remaining.join();
        const entry = next.get(key) ?? { values: remaining, mass: 0 };
        entry.mass += mass * probability;
        next.set(key, entry);
      }
    }
    joint = next;
    kept = columns.map((i) => names[i]!);
  });
  const order = over.map((name) => kept.indexOf(name));
  return new Map([...joint.values()].map(({ values, mass }) => [order.map((i) => values[i]!).join(), mass]));
}

/** Value and probability of each value with mass, given the parents (ignored where the variable is held fixed). */
function distributionOf(
  model: Scm,
  variable: Variable,
  parents: readonly number[],
  intervention: Intervention,
): [number, number][] {
  const fixed = intervention[variable.name];
  if (fixed !== undefined) {
    if (Number.isInteger(fixed) && fixed >= 0 && fixed < variable.size) return [[fixed, 1]];
    throw new BadInputError(`do(${variable.name} = ${fixed})`, { allowed: `0 to ${variable.size - 1}` });
  }
  const row = variable.parents.reduce(
    (index, parent, i) => index * variableOf(model, parent).size + parents[i]!,
    0,
  );
  return Array.from(variable.mechanism[row]!, (p, value): [number, number] => [value, p]).filter(
    ([, p]) => p > 0,
  );
}

/** The variables asked for and all their causes, as far as no intervention cuts them off; in the model's order. */
function ancestorsOf(model: Scm, names: readonly string[], intervention: Intervention): Variable[] {
  const wanted = new Set(names);
  for (const variable of [...model.variables].reverse()) {
    if (!wanted.has(variable.name) || variable.name in intervention) continue;
    for (const parent of variable.parents) wanted.add(parent);
  }
  return model.variables.filter((variable) => wanted.has(variable.name));
}

/** All combinations of the values of some variables, the last one changing fastest. */
export function combinationsOf(model: Scm, names: readonly string[]): number[][] {
  return names.reduce<number[][]>(
    (soFar, name) =>
      soFar.flatMap((values) =>
        Array.from({ length: variableOf(model, name).size }, (_, v) => [...values, v]),
      ),
    [[]],
  );
}
