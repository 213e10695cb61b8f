import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { Joint } from '../causal/coating.ts';
import { type ExactSolution, solveExact } from '../causal/exact/index.ts';
import { plotAbstraction } from '../causal/plot.ts';
import { type PreparedProblem, prepareProblem } from '../causal/prepare.ts';
import type { Objective } from '../causal/problem.ts';
import type { RelaxedLoss, RelaxedProgress, RelaxedSolution } from '../causal/relaxed/index.ts';
import { namedLoading } from '../causal/transport.ts';
import { uncertaintyOf } from '../causal/uncertainty.ts';
import { ConfigError, messageOf } from '../core/errors.ts';
import { readLabTable } from '../sources/tables/lab.ts';
import { readLineTable } from '../sources/tables/line.ts';
import { columnEquals, finiteNumber, numberList, positiveInteger } from './arguments.ts';
import { type CommandContext, emit } from './command.ts';
import { describeCertificate, describeMaps, describeUncertainty } from './describe-abstraction.ts';

interface LearnOptions {
  readonly lab: string;
  readonly line: string;
  readonly preset?: 'published';
  readonly labWhere?: readonly { column: string; value: string | number }[];
  readonly labGaps?: readonly number[];
  readonly solver: 'exact' | 'relaxed';
  readonly orderPreserving?: boolean;
  readonly objective: Objective;
  readonly joint?: Joint;
  readonly bins?: number;
  readonly nodes?: number;
  readonly draws: number;
  readonly loss: RelaxedLoss;
  readonly engine: 'fused' | 'tensor';
  readonly restarts: number;
  readonly steps: number;
  readonly threads: number;
  readonly seed: number;
  readonly plot?: string;
  readonly json?: boolean;
}

/** The study's own preparation of the data. */
const PUBLISHED = { am_percent: 96, labGaps_um: [75, 100, 200], bins: 5, joint: 'product' } as const;

export function register(program: Command, context: CommandContext): void {
  const choice = (flags: string, description: string, values: readonly string[], fallback?: string) => {
    const option = new Option(flags, description).choices(values);
    return fallback === undefined ? option : option.default(fallback);
  };
  program
    .command('learn')
    .description('learn the causal abstraction between a lab table and a line table')
    .requiredOption('--lab <file>', 'lab coatings: rows of gap and mass loading, or gap, n, mean, sd')
    .requiredOption('--line <file>', 'scans of the line: gap, and each lane as mass loading or bin')
    .addOption(
      choice('--preset <name>', "the study's preparation: 96 % AM, 75/100/200 µm, 5 bins", ['published']),
    )
    .option('--lab-where <column=value>', 'keep these lab rows only; may be repeated', collect)
    .option('--lab-gaps <µm,…>', 'keep these lab gaps only', numberList)
    .addOption(
      choice('--solver <name>', 'certified optimum, or the published method', ['exact', 'relaxed'], 'exact'),
    )
    .option('--order-preserving', 'only maps under which more gap and more loading stay more')
    .addOption(choice('--objective <name>', 'over the gaps', ['max', 'sum'], 'max'))
    .addOption(
      choice('--joint <name>', 'how lanes join; default joint, with the preset product', [
        'product',
        'joint',
      ]),
    )
    .option('--bins <n>', 'equal-width bins over the pooled loadings; default 5', positiveInteger)
    .option('--nodes <n>', 'exact: budget of each part of the search', positiveInteger)
    .option('--draws <n>', 'exact: draws from the posterior of the counts, for intervals', finiteNumber, 0)
    .addOption(
      choice(
        '--loss <name>',
        'relaxed: the definition, or what the study computed',
        ['column', 'published'],
        'column',
      ),
    )
    .addOption(
      choice('--engine <name>', 'relaxed: typed arrays, or TensorFlow.js', ['fused', 'tensor'], 'fused'),
    )
    .option('--restarts <n>', 'relaxed: random starts', positiveInteger, 50)
    .option('--steps <n>', 'relaxed: steps of each restart', positiveInteger, 10_000)
    .option('--threads <n>', 'relaxed, fused: worker threads; 0 = none', finiteNumber, 0)
    .option('--seed <n>', 'of all random draws', finiteNumber, 0)
    .option('--plot <file>', 'write the maps and the error of each gap as SVG')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
Example:
  gapwise learn --lab lrcs.csv --line wmg-scans.csv --preset published --order-preserving`,
    )
    .action((options: LearnOptions) => learn(options, context));
}

const collect = (text: string, before: LearnOptions['labWhere'] = []) => [...before, columnEquals(text)];

async function learn(options: LearnOptions, context: CommandContext): Promise<void> {
  const prepared = prepare(options);
  const { clock } = context;
  const began_ms = clock.now_ms();
  const exact = solveExact(prepared.problem, {
    objective: options.objective,
    orderPreserving: options.orderPreserving ?? false,
    ...(options.nodes !== undefined && { budget: { nodes: options.nodes } }),
  });
  const exactSeconds = (clock.now_ms() - began_ms) / 1000;
  if (options.solver === 'exact') {
    savePlot(options.plot, prepared, exact, 'exact');
    const uncertainty = options.draws >= 1 ? uncertaintyFrom(prepared, exact, options) : undefined;
    const document = { ...exactDocument(prepared, exact, exactSeconds), ...(uncertainty && { uncertainty }) };
    emit(context, options.json, document, () =>
      [
        describeCertificate(exact),
        ...(uncertainty ? ['', describeUncertainty(uncertainty)] : []),
        '',
        describeMaps(prepared.problem, exact),
      ].join('\n'),
    );
    return;
  }
  const relaxed = await relax(options, prepared, context);
  const seconds = (clock.now_ms() - began_ms) / 1000 - exactSeconds;
  savePlot(options.plot, prepared, { ...relaxed, lowerBound: exact.lowerBound }, 'relaxed, rounded');
  emit(context, options.json, relaxedDocument(prepared, relaxed, exact, seconds), () =>
    [
      `Relaxed distance ${relaxed.relaxed.distance.toFixed(6)} (${relaxed.loss} loss, ${relaxed.engine}, ` +
        `${relaxed.restarts.length} restarts): mixed maps reach almost anything, so this figure decides nothing.`,
      `Rounded to maps: error ${relaxed.relaxed.rounded.error.toFixed(6)}; after single changes ${relaxed.error.toFixed(6)}.`,
      `Certified optimum${options.orderPreserving ? ' of order-preserving maps' : ''}: ${exact.error.toFixed(6)}.`,
      '',
      describeMaps(prepared.problem, relaxed),
    ].join('\n'),
  );
}

function prepare(options: LearnOptions): PreparedProblem {
  const preset = options.preset === 'published' ? PUBLISHED : undefined;
  const gaps_um = options.labGaps ?? preset?.labGaps_um;
  const lab = readLabTable(options.lab, {
    ...(options.labWhere && { where: options.labWhere }),
    ...(gaps_um && { gaps_um }),
  });
  // A table that doesn't say its active material can't be narrowed by it.
  const groups = lab.groups.filter(
    ({ slurry }) =>
      !preset ||
      slurry.am_percent === undefined ||
      slurry.am_percent === preset.am_percent ||
      options.labWhere,
  );
  return prepareProblem(
    groups,
    readLineTable(options.line),
    options.bins ?? preset?.bins ?? 5,
    options.joint ?? preset?.joint ?? 'joint',
  );
}

function uncertaintyFrom(prepared: PreparedProblem, exact: ExactSolution, options: LearnOptions) {
  const { gapMaps, sameGapMap, errorInterval90, optimumInterval90, errorIntervals90, draws, proved } =
    uncertaintyOf(prepared.lab, prepared.line, prepared.problem, exact, {
      joint: prepared.joint,
      exact: { objective: options.objective, orderPreserving: options.orderPreserving ?? false },
      draws: Math.floor(options.draws),
      seed: options.seed,
    });
  return { draws, proved, sameGapMap, gapMaps, errorInterval90, optimumInterval90, errorIntervals90 };
}

function savePlot(
  file: string | undefined,
  prepared: PreparedProblem,
  solution: Parameters<typeof plotAbstraction>[1],
  title: string,
): void {
  if (file === undefined) return;
  if (!file.toLowerCase().endsWith('.svg')) {
    throw new ConfigError(`"${file}" is no SVG file`, {
      where: '--plot',
      allowed: 'a name that ends in .svg',
    });
  }
  try {
    writeFileSync(
      file,
      plotAbstraction(prepared.problem, { ...solution, title: `causal abstraction (${title})` }),
    );
  } catch (error) {
    throw new ConfigError(`"${file}" can't be written: ${messageOf(error)}`, {
      where: '--plot',
      cause: error,
    });
  }
}

const common = ({ problem, edges_mg_cm2 }: PreparedProblem) => ({
  lineGaps_um: problem.lineGaps_um,
  labGaps_um: problem.labGaps_um,
  edges_mg_cm2,
});

function exactDocument(prepared: PreparedProblem, solution: ExactSolution, seconds: number) {
  const { problem } = prepared;
  return {
    error: solution.error,
    lowerBound: solution.lowerBound,
    errors: solution.errors,
    alphaGap: solution.alphaGap,
    alphaLoading: namedLoading(problem, solution.alphaLoading),
    optimalGapMaps: solution.optimalGapMaps,
    ties: solution.ties,
    seconds,
    solver: 'exact',
    engine: 'branch and bound',
    objective: solution.objective,
    proved: solution.proved,
    tieBreakProved: solution.tieBreakProved,
    tiesComplete: solution.tiesComplete,
    nodes: solution.nodes,
    optimalMaps: solution.optimalMaps.map((maps) => ({
      alphaGap: maps.alphaGap,
      alphaLoading: namedLoading(problem, maps.alphaLoading),
    })),
    ...common(prepared),
  };
}

function relaxedDocument(
  prepared: PreparedProblem,
  solution: RelaxedSolution,
  certified: ExactSolution,
  seconds: number,
) {
  const { problem } = prepared;
  const { distance, errors, restart, rounded } = solution.relaxed;
  return {
    error: solution.error,
    lowerBound: certified.lowerBound,
    errors: solution.errors,
    alphaGap: solution.alphaGap,
    alphaLoading: namedLoading(problem, solution.alphaLoading),
    optimalGapMaps: certified.optimalGapMaps,
    ties: certified.ties,
    seconds,
    solver: 'relaxed',
    engine: solution.engine,
    objective: solution.objective,
    loss: solution.loss,
    relaxed: { distance, errors, restart },
    rounded: {
      error: rounded.error,
      errors: rounded.errors,
      alphaGap: rounded.alphaGap,
      alphaLoading: namedLoading(problem, rounded.alphaLoading),
    },
    certified: { error: certified.error, lowerBound: certified.lowerBound, alphaGap: certified.alphaGap },
    restarts: solution.restarts,
    ...common(prepared),
  };
}

async function relax(
  options: LearnOptions,
  { problem }: PreparedProblem,
  { err, stop, clock }: CommandContext,
): Promise<RelaxedSolution> {
  // The tensor engine loads TensorFlow.js: only who asks for it waits for it.
  const { solveRelaxed } = await import('../causal/relaxed/index.ts');
  let shown = '';
  const onProgress = ({ stepsDone, stepsTotal, distance }: RelaxedProgress) => {
    const line = `${Math.floor((100 * stepsDone) / stepsTotal)} %  best ${distance.toFixed(6)}`;
    if (!err.isTTY || line === shown) return;
    shown = line;
    err.write(`\r${line}   `);
  };
  const solution = await solveRelaxed(problem, {
    loss: options.loss,
    objective: options.objective,
    engine: options.engine,
    restarts: options.restarts,
    steps: options.steps,
    threads: options.threads,
    seed: options.seed,
    signal: stop,
    clock,
    onProgress,
  });
  if (shown) err.write('\n');
  return solution;
}
