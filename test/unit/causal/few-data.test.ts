import { describe, expect, it } from 'vitest';
import { coatingProblem, type LabCounts, type LineCounts, withScan } from '../../../src/causal/coating.ts';
import { drawDirichlet, drawGamma } from '../../../src/causal/dirichlet.ts';
import { solveExact } from '../../../src/causal/exact/index.ts';
import { carryOver, resolveExact } from '../../../src/causal/incremental.ts';
import {
  outcomeDistances,
  solveRobust,
  wassersteinRadius,
  worstCases,
} from '../../../src/causal/robust/index.ts';
import { uncertaintyOf } from '../../../src/causal/uncertainty.ts';
import { seededRandom } from '../../../src/core/random.ts';
import { distance } from './brute-force.ts';
import { simplex } from './planted.ts';

const lab: LabCounts[] = [
  { gap_um: 100, counts: Float64Array.of(20, 2, 0) },
  { gap_um: 200, counts: Float64Array.of(0, 3, 20) },
];
const level = (gap_um: number, counts: Record<string, number>): LineCounts => ({
  gap_um,
  counts: new Map(Object.entries(counts)),
});
const line = [
  level(90, { '0,0': 18, '1,1': 2 }),
  level(150, { '1,1': 10, '2,2': 9 }),
  level(210, { '2,2': 19, '1,2': 1 }),
];

describe('Dirichlet draws', () => {
  it('have the mean and variance of the distribution', () => {
    const random = seededRandom(4);
    const alpha = [0.3, 2, 5];
    const total = 7.3;
    const draws = Array.from({ length: 20_000 }, () => drawDirichlet(alpha, random));
    for (const [i, a] of alpha.entries()) {
      const values = draws.map((d) => d[i]!);
      const mean = values.reduce((s, v) => s + v, 0) / values.length;
      const variance = values.reduce((s, v) => s + (v - mean) ** 2, 0) / values.length;
      expect(mean).toBeCloseTo(a / total, 2);
      expect(variance).toBeCloseTo((a * (total - a)) / (total ** 2 * (total + 1)), 3);
    }
  });

  it('survive concentrations so small that every gamma draw underflows', () => {
    const random = seededRandom(1);
    expect([...drawDirichlet([1e-9, 3e-9, 2e-9], random)].reduce((a, b) => a + b, 0)).toBeCloseTo(1, 12);
    expect(drawGamma(0.5, random)).toBeGreaterThan(0);
  });
});

describe('uncertainty from counts', () => {
  const problem = coatingProblem(lab, line, 'joint');
  const maps = solveExact(problem);

  it('gives probabilities that sum to one and intervals that narrow with more scans', () => {
    const few = uncertaintyOf(lab, line, problem, maps, { joint: 'joint', draws: 120 });
    const many = (by: number) => ({
      lab: lab.map(({ gap_um, counts }) => ({ gap_um, counts: counts.map((n) => n * by) })),
      line: line.map(({ gap_um, counts }) => ({
        gap_um,
        counts: new Map([...counts].map(([name, n]) => [name, n * by])),
      })),
    });
    const large = many(100);
    const sure = uncertaintyOf(large.lab, large.line, problem, maps, { joint: 'joint', draws: 120 });
    expect(few.gapMaps.reduce((sum, m) => sum + m.probability, 0)).toBeCloseTo(1, 9);
    for (const row of Object.values(few.loadingProbabilities)) {
      expect(row.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 9);
    }
    const width = ([low, high]: readonly [number, number]) => high - low;
    expect(width(sure.errorInterval90)).toBeLessThan(width(few.errorInterval90) / 3);
    expect(sure.errorInterval90[0]).toBeLessThanOrEqual(maps.error + 0.01);
    expect(sure.errorInterval90[1]).toBeGreaterThanOrEqual(maps.error - 0.01);
    // On every draw the maps solved for it are at least as good as those given.
    expect(few.optimumInterval90[1]).toBeLessThanOrEqual(few.errorInterval90[1] + 1e-12);
  });

  it('is the same for the same seed, and wider where a run of scans counts as one observation', () => {
    const options = { joint: 'joint', draws: 60, seed: 9 } as const;
    expect(uncertaintyOf(lab, line, problem, maps, options)).toEqual(
      uncertaintyOf(lab, line, problem, maps, options),
    );
    const width = (scansPerObservation: number) => {
      const [low, high] = uncertaintyOf(lab, line, problem, maps, {
        ...options,
        scansPerObservation,
      }).errorInterval90;
      return high - low;
    };
    expect(width(10)).toBeGreaterThan(width(1));
  });
});

describe('robust maps', () => {
  const problem = coatingProblem(lab, line, 'joint');

  it('bracket the worst case over the ball, checked against random mechanisms within it', () => {
    const maps = solveExact(problem);
    const radius = 0.05;
    const ground = outcomeDistances(problem);
    const worst = worstCases(problem, maps, [radius, radius, radius]);
    const random = seededRandom(3);
    for (const [g, { found, ceiling }] of worst.entries()) {
      expect(found).toBeGreaterThanOrEqual(maps.errors[g]! - 1e-12);
      expect(ceiling).toBeGreaterThanOrEqual(found);
      let hardest = 0;
      for (let draw = 0; draw < 2000; draw++) {
        // A random transport plan, scaled to spend the whole radius.
        const plan = problem.outcomes.map((_, o) =>
          simplex(random, problem.outcomes.length).map((share) => share * problem.nu[g]![o]!),
        );
        const cost = plan.reduce(
          (sum, row, o) => sum + row.reduce((s, mass, to) => s + mass * ground[o]![to]!, 0),
          0,
        );
        const share = Math.min(1, radius / cost);
        const pushed = new Array<number>(problem.labBins).fill(0);
        plan.forEach((row, o) => {
          row.forEach((mass, to) => {
            pushed[maps.alphaLoading[to]!]! += mass * share;
          });
          pushed[maps.alphaLoading[o]!]! += problem.nu[g]![o]! * (1 - share);
        });
        hardest = Math.max(hardest, distance([...problem.mu[maps.alphaGap[g]!]!], pushed));
      }
      expect(hardest).toBeLessThanOrEqual(found + 1e-9);
    }
  });

  it('have a worst case that grows with the radius, from the plain error to the whole range', () => {
    const maps = solveExact(problem);
    const at = (radius: number) =>
      Math.max(...worstCases(problem, maps, [radius, radius, radius]).map((w) => w.found));
    expect(at(0)).toBeCloseTo(maps.error, 12);
    expect(at(0.02)).toBeGreaterThan(at(0));
    expect(at(1)).toBeGreaterThan(at(0.02));
    expect(at(1)).toBeLessThanOrEqual(Math.sqrt(Math.LN2) + 1e-12);
  });

  it('are at least as good in the worst case as the maps for the observed mechanisms', () => {
    const nominal = solveExact(problem, { orderPreserving: true });
    const robust = solveRobust(problem, line, { exact: { orderPreserving: true } });
    const ofNominal = Math.max(...worstCases(problem, nominal, robust.radii).map((w) => w.found));
    expect(robust.error).toBeLessThanOrEqual(ofNominal + 1e-12);
    expect(robust.lowerBound).toBeLessThanOrEqual(robust.nominal + 1e-12);
    expect(robust.nominal).toBeLessThanOrEqual(robust.error + 1e-12);
    expect(robust.error).toBeLessThanOrEqual(robust.ceiling);
    expect([...robust.alphaGap]).toEqual([...robust.alphaGap].sort());
  });

  it('take larger balls for fewer scans', () => {
    expect(wassersteinRadius(8, 4)).toBeGreaterThan(wassersteinRadius(142, 4));
    // Weissman et al. (2003), K = 4, n = 142, δ = 0.1: ½·sqrt(2·ln(14/0.1)/142).
    expect(wassersteinRadius(142, 4)).toBeCloseTo(0.1319, 4);
    expect(() => wassersteinRadius(0, 4)).toThrow(/allowed: a number above 0/);
  });
});

describe('incremental use', () => {
  it('counts a scan, a new gap and a new outcome without touching the counts before', () => {
    const before = JSON.stringify(line.map((l) => [...l.counts]));
    const grown = withScan(withScan(line, { gap_um: 150, bins: [2, 2] }), { gap_um: 120, bins: [0, 1] });
    expect(grown.map((l) => l.gap_um)).toEqual([90, 120, 150, 210]);
    expect(grown[2]!.counts.get('2,2')).toBe(10);
    expect(grown[1]!.counts.get('0,1')).toBe(1);
    expect(JSON.stringify(line.map((l) => [...l.counts]))).toBe(before);
  });

  it('gives after each scan what a search from nothing gives, with fewer nodes', () => {
    let counts = line;
    let before: Parameters<typeof resolveExact>[0];
    let warmNodes = 0;
    let coldNodes = 0;
    const random = seededRandom(5);
    const options = { orderPreserving: true, countTies: false };
    for (let scan = 0; scan < 40; scan++) {
      const gap_um = [90, 120, 150, 170, 210][random.integer(5)]!;
      const bin = Math.min(2, Math.floor((gap_um - 60) / 55) + random.integer(2));
      counts = withScan(counts, { gap_um, bins: [bin, Math.min(2, bin + random.integer(2))] });
      const problem = coatingProblem(lab, counts, 'joint');
      const warm = resolveExact(before, problem, options);
      const cold = solveExact(problem, options);
      expect(warm.error).toBeCloseTo(cold.error, 9);
      expect(warm.alphaGap).toEqual(cold.alphaGap);
      warmNodes += warm.nodes;
      coldNodes += cold.nodes;
      before = { problem, maps: warm };
    }
    expect(warmNodes).toBeLessThanOrEqual(coldNodes);
  });

  it('sends a new level and a new outcome where their nearest neighbours go', () => {
    const from = coatingProblem(lab, line, 'joint');
    const maps = solveExact(from, { orderPreserving: true });
    const to = coatingProblem(lab, withScan(line, { gap_um: 95, bins: [0, 1] }), 'joint');
    const carried = carryOver(from, maps, to);
    expect(carried.alphaGap[to.lineGaps_um.indexOf(95)]).toBe(maps.alphaGap[0]);
    const before = maps.alphaLoading[from.outcomes.findIndex((o) => o.join() === '0,0')];
    expect(carried.alphaLoading[to.outcomes.findIndex((o) => o.join() === '0,1')]).toBe(before);
  });
});
