import type { Abstraction, MechanismPair, VariableMap } from '../../../src/causal/abstraction.ts';
import { type Scm, scm, type Variable } from '../../../src/causal/scm.ts';
import type { Random } from '../../../src/core/random.ts';

/** A pair of models of which the lower is a refinement of the higher: the abstraction is known and exact. */
export interface Planted {
  readonly low: Scm;
  readonly high: Scm;
  readonly variables: readonly VariableMap[];
  readonly truth: Abstraction;
  /** All ancestor-descendant pairs of the named variables. */
  readonly pairs: readonly MechanismPair[];
}

export interface Shape {
  readonly name: string;
  readonly edges: readonly (readonly [from: string, to: string])[];
  readonly names: readonly string[];
  /** Variables that the higher model doesn't have; their mechanisms are composed into those of others. */
  readonly collapsed?: readonly string[];
}

export const shapes: readonly Shape[] = [
  {
    name: 'chain to chain',
    names: ['A', 'B', 'C'],
    edges: [
      ['A', 'B'],
      ['B', 'C'],
    ],
  },
  {
    name: 'collapsed chain',
    names: ['A', 'B', 'C'],
    edges: [
      ['A', 'B'],
      ['B', 'C'],
    ],
    collapsed: ['B'],
  },
  {
    name: 'v-structure',
    names: ['A', 'B', 'C'],
    edges: [
      ['A', 'C'],
      ['B', 'C'],
    ],
  },
];

export function randomShape(random: Random, size: number): Shape {
  const names = Array.from({ length: size }, (_, i) => `V${i}`);
  const edges = names.flatMap((to, j) =>
    names.slice(0, j).flatMap((from) => (random.uniform() < 1.6 / size ? [[from, to] as const] : [])),
  );
  // Never without any mechanism to learn from.
  return { name: `random DAG of ${size}`, names, edges: edges.length > 0 ? edges : [[names[0]!, names[1]!]] };
}

/** High values 2, low values 3 or 4 of which each belongs to one high value; noise in how they share its mass. */
export function plant(shape: Shape, random: Random): Planted {
  const fibres = new Map(shape.names.map((name) => [name, fibre(random, 2, 3 + random.integer(2))]));
  const parentsOf = (name: string) => shape.edges.filter(([, to]) => to === name).map(([from]) => from);
  const full = shape.names.map((name): Variable => {
    const parents = parentsOf(name);
    const mechanism = Array.from({ length: 2 ** parents.length }, () => simplex(random, 2));
    return { name, size: 2, parents, mechanism };
  });
  const low = full.map((variable): Variable => {
    const image = fibres.get(variable.name)!;
    const parentFibres = variable.parents.map((parent) => fibres.get(parent)!);
    const rows = combinations(parentFibres.map((f) => f.length)).map((values) => {
      const highRow = values.reduce((index, value, i) => index * 2 + parentFibres[i]![value]!, 0);
      const shares = image.map(() => 0.1 + random.uniform());
      return image.map((high, value) => {
        const siblings = image.reduce((sum, other, v) => (other === high ? sum + shares[v]! : sum), 0);
        return (variable.mechanism[highRow]![high]! * shares[value]!) / siblings;
      });
    });
    return {
      name: `${variable.name.toLowerCase()}`,
      size: image.length,
      parents: variable.parents.map((p) => p.toLowerCase()),
      mechanism: rows,
    };
  });
  const collapsed = shape.collapsed ?? [];
  const kept = shape.names.filter((name) => !collapsed.includes(name));
  const variables = kept.map((name) => ({ high: name, low: [name.toLowerCase()] }));
  return {
    low: scm(low),
    high: scm(collapsed.length > 0 ? collapseChain(full) : full),
    variables,
    truth: variables.map((map) => ({
      ...map,
      values: new Map(fibres.get(map.high)!.map((high, value) => [`${value}`, high])),
    })),
    pairs: kept.flatMap((cause) =>
      kept.filter((effect) => reaches(shape, cause, effect)).map((effect) => ({ cause, effect })),
    ),
  };
}

/** A → B → C without B: the product of both mechanisms. */
function collapseChain([a, b, c]: readonly Variable[]): Variable[] {
  const composed = b!.mechanism.map((row) =>
    [0, 1].map((value) => row[0]! * c!.mechanism[0]![value]! + row[1]! * c!.mechanism[1]![value]!),
  );
  return [a!, { ...c!, parents: [a!.name], mechanism: composed }];
}

function reaches(shape: Shape, from: string, to: string): boolean {
  return shape.edges.some(([a, b]) => a === from && (b === to || reaches(shape, b, to)));
}

function fibre(random: Random, high: number, low: number): number[] {
  const image = Array.from({ length: low }, (_, value) => (value < high ? value : random.integer(high)));
  return image
    .map((value) => ({ value, key: random.uniform() }))
    .sort((a, b) => a.key - b.key)
    .map(({ value }) => value);
}

export function simplex(random: Random, size: number): number[] {
  const raw = Array.from({ length: size }, () => 0.05 + random.uniform());
  const sum = raw.reduce((a, b) => a + b, 0);
  return raw.map((value) => value / sum);
}

const combinations = (sizes: readonly number[]): number[][] =>
  sizes.reduce<number[][]>(
    (all, size) => all.flatMap((head) => Array.from({ length: size }, (_, v) => [...head, v])),
    [[]],
  );
