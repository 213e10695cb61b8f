import { coatingProblem, labCounts } from '../causal/coating.ts';
import type { ExactOptions, ExactSolution } from '../causal/exact/index.ts';
import {
  type AbstractionMaps,
  type AbstractionProblem,
  consistencyErrors,
  outcomeName,
  overall,
} from '../causal/problem.ts';
import type { AbstractionConfig } from '../config/abstraction.ts';
import type { BinsConfig } from '../config/pipeline.ts';
import type { Observation } from '../core/observation.ts';
import type { LabGroup } from '../core/prediction.ts';
import type { AbstractionReport } from '../core/report.ts';
import type { Solver } from '../core/solver.ts';
import { type Binned, type Bins, type BinsState, createBins } from '../pipeline/bins/bins.ts';

export interface AbstractionKeeperSettings {
  readonly line: string;
  readonly lab: readonly LabGroup[];
  readonly abstraction: AbstractionConfig;
  readonly bins: BinsConfig;
  /** Any solver that certifies what it finds. */
  readonly solver: Solver<AbstractionProblem, ExactOptions, ExactSolution>;
}

/** Plain data, fit for a snapshot. */
export interface AbstractionKeeperState {
  readonly bins: BinsState;
  readonly current?: AbstractionReport;
}

/**
 * Keeps the abstraction between line and lab up to date: re-solves after every observation, and replaces the maps
 * only where they no longer fit or others are better by a margin, so that chance does not toss them about.
 */
export class AbstractionKeeper {
  readonly #settings: AbstractionKeeperSettings;
  readonly #lab: readonly LabGroup[];
  readonly #binning: Bins;
  #bins: BinsState;
  #current: AbstractionReport | undefined;

  constructor(settings: AbstractionKeeperSettings, state?: AbstractionKeeperState) {
    this.#settings = settings;
    this.#lab = settings.lab.filter(({ gap_um }) => settings.abstraction.lab_gaps_um.includes(gap_um));
    this.#binning = createBins(settings.bins, this.#lab.flatMap(valuesOf));
    this.#bins = state?.bins ?? this.#binning.start();
    this.#current = state?.current;
  }

  get state(): AbstractionKeeperState {
    return { bins: this.#bins, ...(this.#current && { current: this.#current }) };
  }

  /** The version in force, with its errors as of the latest observation. */
  get current(): AbstractionReport | undefined {
    return this.#current;
  }

  /** 0 before the first. */
  get version(): number {
    return this.#current?.version ?? 0;
  }

  /** Returns the new version where the observation led to one. */
  learn(observation: Observation): AbstractionReport | undefined {
    this.#bins = this.#binning.add(this.#bins, observation);
    const binned = this.#binning.binned(this.#bins);
    if (binned.levels.length === 0 || this.#lab.length === 0) return undefined;
    const problem = coatingProblem(
      labCounts(this.#lab, binned.edges_mg_cm2),
      binned.levels,
      this.#settings.abstraction.joint,
    );
    const old = this.#current && translated(this.#current, problem);
    // The error alone decides whether the version stays; which of the best maps and how many there are comes after.
    const best = this.#solve(problem, old, { breakTies: false, countTies: false });
    const { objective, replace_margin: margin } = this.#settings.abstraction;
    const oldErrors = old && consistencyErrors(problem, old);
    if (this.#current && oldErrors && overall(objective, oldErrors) <= best.error + margin) {
      this.#current = {
        ...this.#current,
        error: overall(objective, oldErrors),
        lowerBound: best.lowerBound,
        errors: oldErrors,
        edges_mg_cm2: binned.edges_mg_cm2,
        observations: scansIn(binned),
      };
      return undefined;
    }
    const reason = this.#reason(problem, oldErrors, best.error);
    this.#current = this.#version(problem, binned, observation, reason, best);
    return this.#current;
  }

  #solve(
    problem: AbstractionProblem,
    warmStart: AbstractionMaps | undefined,
    ties: Pick<ExactOptions, 'breakTies' | 'countTies'>,
  ) {
    const { objective, order_preserving, node_budget } = this.#settings.abstraction;
    return this.#settings.solver.solve(problem, {
      objective,
      orderPreserving: order_preserving,
      // While the line has run fewer gaps than the lab has, no map can reach them all.
      surjectiveGap: problem.lineGaps_um.length >= problem.labGaps_um.length,
      budget: { nodes: node_budget },
      ...ties,
      ...(warmStart && { warmStart }),
    });
  }

  #version(
    problem: AbstractionProblem,
    binned: Binned,
    { line, time_ms }: Observation,
    reason: string,
    best: AbstractionMaps,
  ): AbstractionReport {
    // The optimum is known: starting from it, its proof costs next to nothing.
    const { alphaGap, alphaLoading } = best;
    const solution = this.#solve(problem, { alphaGap, alphaLoading }, { breakTies: true, countTies: true });
    return {
      kind: 'abstraction',
      line,
      time_ms,
      version: this.version + 1,
      reason,
      solver: this.#settings.solver.name,
      error: solution.error,
      lowerBound: solution.lowerBound,
      errors: solution.errors,
      lineGaps_um: problem.lineGaps_um,
      labGaps_um: problem.labGaps_um,
      alphaGap: solution.alphaGap,
      alphaLoading: Object.fromEntries(
        problem.outcomes.map((outcome, i) => [outcomeName(outcome), solution.alphaLoading[i] as number]),
      ),
      edges_mg_cm2: binned.edges_mg_cm2,
      ties: solution.ties,
      observations: scansIn(binned),
    };
  }

  #reason(problem: AbstractionProblem, oldErrors: readonly number[] | undefined, error: number): string {
    const known = this.#current;
    if (!known) return 'first data';
    if (oldErrors) {
      const before = overall(this.#settings.abstraction.objective, oldErrors);
      return `a better map: error ${error.toFixed(3)} instead of ${before.toFixed(3)}`;
    }
    const gaps = problem.lineGaps_um.filter((gap) => !known.lineGaps_um.includes(gap));
    if (gaps.length > 0) return `a new comma gap: ${gaps.join(', ')} µm`;
    const outcomes = problem.outcomes.map(outcomeName).filter((name) => !(name in known.alphaLoading));
    return outcomes.length > 0 ? `a new outcome: ${outcomes.join(' ')}` : 'the oldest observations have left';
  }
}

/** The maps of a version in the terms of a newer problem; undefined where it has a gap or outcome they don't know. */
function translated(version: AbstractionReport, problem: AbstractionProblem): AbstractionMaps | undefined {
  const alphaGap = problem.lineGaps_um.map((gap) => version.alphaGap[version.lineGaps_um.indexOf(gap)]);
  const alphaLoading = problem.outcomes.map((outcome) => version.alphaLoading[outcomeName(outcome)]);
  const fits = version.lineGaps_um.length === problem.lineGaps_um.length;
  return fits && allKnown(alphaGap) && allKnown(alphaLoading) ? { alphaGap, alphaLoading } : undefined;
}

const allKnown = (values: readonly (number | undefined)[]): values is readonly number[] =>
  !values.includes(undefined);

/** The lab's values for the range of the bins; of figures alone, two standard deviations to either side. */
const valuesOf = ({ rows_mg_cm2, mean_mg_cm2, sd_mg_cm2 }: LabGroup): readonly number[] =>
  rows_mg_cm2 ?? (sd_mg_cm2 > 0 ? [mean_mg_cm2 - 2 * sd_mg_cm2, mean_mg_cm2 + 2 * sd_mg_cm2] : [mean_mg_cm2]);

const scansIn = ({ levels }: Binned): number => levels.reduce((sum, { scans }) => sum + scans, 0);
