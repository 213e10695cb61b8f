import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { Joint } from '../causal/coating.ts';
import { type ExactOptions, type ExactSolution, solveExact } from '../causal/exact/index.ts';
import { plotAbstraction } from '../causal/plot.ts';
import { type PreparedProblem, prepareProblem } from '../causal/prepare.ts';
import type { Objective } from '../causal/problem.ts';
import type { RelaxedLoss, RelaxedProgress, RelaxedSolution } from '../causal/relaxed/index.ts';
import { solveRobust } from '../causal/robust/index.ts';
import { solveStochastic } from '../causal/stochastic/index.ts';
import { uncertaintyOf } from '../causal/uncertainty.ts';
import { BadInputError, ConfigError, messageOf } from '../core/errors.ts';
import { readLabTable } from '../sources/tables/lab.ts';
import { readLineTable } from '../sources/tables/line.ts';
import {
  exactDocument,
  relaxedDocument,
  robustDocument,
  stochasticDocument,
} from './abstraction-document.ts';
import { columnEquals, countFromZero, numberList, positiveInteger, share } from './arguments.ts';
import { type CommandContext, emit } from './command.ts';
import {
  describeCertificate,
  describeMaps,
  describeRelaxed,
  describeRobust,
  describeStochastic,
  describeUncertainty,
} from './describe-abstraction.ts';
import { progress } from './progress.ts';

interface LearnOptions {
  readonly lab: string;
  readonly line: string;
  readonly preset?: 'published';
  readonly labWhere?: readonly { column: string; value: string | number }[];
  readonly labGaps?: readonly number[];
  readonly solver: 'exact' | 'relaxed';
  readonly orderPreserving?: boolean;
  readonly surjectiveLoading?: boolean;
  readonly objective: Objective;
  readonly joint?: Joint;
  readonly bins?: number;
  readonly nodes?: number;
  readonly draws: number;
  readonly stochastic?: boolean;
  readonly robust?: number;
  readonly loss: RelaxedLoss;
  readonly engine: 'fused' | 'tensor';
  readonly restarts: number;
  readonly steps: number;
  readonly patience?: number;
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
    .option('--surjective-loading', 'only maps that reach every lab bin')
    .addOption(choice('--objective <name>', 'over the gaps', ['max', 'sum'], 'max'))
    .addOption(
      choice('--joint <name>', 'how lanes join; default joint, with the preset product', [
        'product',
        'joint',
      ]),
    )
    .option('--bins <n>', 'equal-width bins over the pooled loadings; default 5', positiveInteger)
    .option('--nodes <n>', 'exact: budget of each part of the search', positiveInteger)
    .option(
      '--draws <n>',
      'exact: solve again on n draws from the posterior of the counts, for intervals and the probability of ' +
        'each gap map; 200 draws tell a few per cent apart and take some seconds; 0 = none',
      countFromZero,
      0,
    )
    .option(
      '--stochastic',
      'exact: also the best loading map in shares for the gap map, with its duality gap',
    )
    .option(
      '--robust <confidence>',
      'exact: also maps for the worst case that the counts leave open, such as 0.9',
      share,
    )
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
    .option(
      '--patience <steps>',
      'relaxed: end a restart that has gained nothing for so long; default never (Ctrl-C ends the search)',
      positiveInteger,
    )
    .option('--threads <n>', 'relaxed, fused: worker threads; 0 = none', countFromZero, 0)
    .option('--seed <n>', 'of all random draws', countFromZero, 0)
    .option('--plot <file>', 'write the maps and the error of each gap as SVG')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
The result of the relaxed solver has four figures, in JSON: relaxedBest (smallest distance of mixed maps, which
are no answer by themselves), roundedError (those maps rounded), polishedError (the best rounded maps after single
changes; also "error"), and certifiedError (the exact optimum of the same problem).

Examples:
  gapwise learn --lab lrcs.csv --line wmg-scans.csv --preset published --order-preserving --draws 200
  gapwise learn --lab lrcs.csv --line wmg-scans.csv --preset published --solver relaxed --loss published --json`,
    )
    .action((options: LearnOptions) => learn(options, context));
}

const collect = (text: string, before: LearnOptions['labWhere'] = []) => [...before, columnEquals(text)];

async function learn(options: LearnOptions, context: CommandContext): Promise<void> {
  checkPlotName(options.plot);
  const prepared = prepare(options);
  const { clock } = context;
  const began_ms = clock.now_ms();
  const exact = solveExact(prepared.problem, {
    ...rulesIn(options),
    ...(options.nodes !== undefined && { budget: { nodes: options.nodes } }),
  });
  const exactSeconds = (clock.now_ms() - began_ms) / 1000;
  if (options.solver === 'exact') {
    savePlot(options.plot, prepared, exact, 'exact');
    emitExact(prepared, exact, exactSeconds, options, context);
    return;
  }
  const relaxed = await relax(options, prepared, context);
  const seconds = (clock.now_ms() - began_ms) / 1000 - exactSeconds;
  savePlot(options.plot, prepared, { ...relaxed, lowerBound: exact.lowerBound }, 'relaxed, rounded');
  emit(context, options.json, relaxedDocument(prepared, relaxed, exact, seconds), () =>
    [
      describeRelaxed(relaxed, exact, options.orderPreserving ?? false),
      '',
      describeMaps(prepared.problem, relaxed),
    ].join('\n'),
  );
}

const rulesIn = (options: LearnOptions): ExactOptions => ({
  objective: options.objective,
  orderPreserving: options.orderPreserving ?? false,
  surjectiveLoading: options.surjectiveLoading ?? false,
});

/** The certified maps, and beside them whatever else was asked for. */
function emitExact(
  prepared: PreparedProblem,
  exact: ExactSolution,
  seconds: number,
  options: LearnOptions,
  context: CommandContext,
): void {
  const { problem } = prepared;
  const rules = rulesIn(options);
  const uncertainty = options.draws > 0 ? uncertaintyFrom(prepared, exact, options) : undefined;
  const stochastic = options.stochastic ? solveStochastic(problem, { alphaGap: exact.alphaGap }) : undefined;
  const { robust: confidence } = options;
  const robust =
    confidence === undefined ? undefined : solveRobust(problem, prepared.line, { exact: rules, confidence });
  const document = {
    ...exactDocument(prepared, exact, seconds),
    ...(uncertainty && { uncertainty }),
    ...(stochastic && { stochastic: stochasticDocument(prepared, stochastic) }),
    ...(robust && confidence !== undefined && { robust: robustDocument(prepared, robust, confidence) }),
  };
  emit(context, options.json, document, () =>
    [
      describeCertificate(exact),
      ...(uncertainty ? [describeUncertainty(uncertainty)] : []),
      ...(stochastic ? [describeStochastic(stochastic)] : []),
      ...(robust && confidence !== undefined ? [describeRobust(robust, confidence)] : []),
      describeMaps(problem, exact),
    ].join('\n\n'),
  );
}

function prepare(options: LearnOptions): PreparedProblem {
  const preset = options.preset === 'published' ? PUBLISHED : undefined;
  const lab = readLabTable(options.lab, options.labWhere ? { where: options.labWhere } : {});
  // Rows asked for by hand go before the preset's; a table that doesn't say its active material has nothing to keep.
  const kept = lab.groups.filter(
    ({ slurry }) =>
      !preset ||
      options.labWhere ||
      slurry.am_percent === undefined ||
      slurry.am_percent === preset.am_percent,
  );
  checkLabGaps(options.labGaps ?? [], kept);
  const gaps_um: readonly number[] | undefined = options.labGaps ?? preset?.labGaps_um;
  return prepareProblem(
    kept.filter(({ gap_um }) => gaps_um?.includes(gap_um) ?? true),
    readLineTable(options.line),
    options.bins ?? preset?.bins ?? 5,
    options.joint ?? preset?.joint ?? 'joint',
  );
}

/** A gap that was asked for and isn't there would silently change the question. */
function checkLabGaps(wanted_um: readonly number[], groups: readonly { readonly gap_um: number }[]): void {
  const known = new Set(groups.map(({ gap_um }) => gap_um));
  const unknown = wanted_um.filter((gap_um) => !known.has(gap_um));
  if (unknown.length === 0) return;
  throw new BadInputError(`no lab coating at ${unknown.join(', ')} µm`, {
    where: '--lab-gaps',
    allowed: [...known].sort((a, b) => a - b).join(' | '),
  });
}

function uncertaintyFrom(prepared: PreparedProblem, exact: ExactSolution, options: LearnOptions) {
  const { gapMaps, sameGapMap, errorInterval90, optimumInterval90, errorIntervals90, draws, proved } =
    uncertaintyOf(prepared.lab, prepared.line, prepared.problem, exact, {
      joint: prepared.joint,
      exact: rulesIn(options),
      draws: options.draws,
      seed: options.seed,
    });
  return { draws, proved, sameGapMap, gapMaps, errorInterval90, optimumInterval90, errorIntervals90 };
}

/** Before any work is done. */
function checkPlotName(file: string | undefined): void {
  if (file === undefined || file.toLowerCase().endsWith('.svg')) return;
  throw new ConfigError(`"${file}" is no SVG file`, { where: '--plot', allowed: 'a name that ends in .svg' });
}

function savePlot(
  file: string | undefined,
  prepared: PreparedProblem,
  solution: Parameters<typeof plotAbstraction>[1],
  title: string,
): void {
  if (file === undefined) return;
  try {
    writeFileSync(
      file,
      plotAbstraction(prepared.problem, { ...solution, title: `Causal abstraction (${title})` }),
    );
  } catch (error) {
    throw new ConfigError(`"${file}" can't be written: ${messageOf(error)}`, {
      where: '--plot',
      cause: error,
    });
  }
}

async function relax(
  options: LearnOptions,
  { problem }: PreparedProblem,
  { err, stop, clock, log }: CommandContext,
): Promise<RelaxedSolution> {
  // The tensor engine loads TensorFlow.js: only who asks for it waits for it.
  const { solveRelaxed } = await import('../causal/relaxed/index.ts');
  if (options.engine === 'tensor') {
    const { loadTensorBackend } = await import('../causal/tensor-backend.ts');
    const { name, detail } = await loadTensorBackend();
    log.info({ event: 'tensor-backend', backend: name }, detail);
  }
  const bar = err.isTTY ? progress(err, `${options.restarts} restarts`) : undefined;
  const onProgress = ({ stepsDone, stepsTotal, distance }: RelaxedProgress) =>
    bar?.update(stepsDone / stepsTotal, `best distance ${distance.toFixed(6)}`);
  const solution = await solveRelaxed(problem, {
    loss: options.loss,
    objective: options.objective,
    engine: options.engine,
    restarts: options.restarts,
    steps: options.steps,
    surjectiveLoading: options.surjectiveLoading ?? false,
    ...(options.patience !== undefined && { patience_steps: options.patience }),
    threads: options.threads,
    seed: options.seed,
    signal: stop,
    clock,
    onProgress,
  });
  bar?.end();
  return solution;
}
