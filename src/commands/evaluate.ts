import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { ConfigError } from '../core/errors.ts';
import type { LabGroup, LineRun, Predictor } from '../core/prediction.ts';
import { heldOutTasks, type ScannedRun } from '../predict/evaluate/held-out.ts';
import { readRunTable } from '../predict/evaluate/run-table.ts';
import { mergeRuns, streamedRuns, streamRows } from '../predict/evaluate/stream.ts';
import { runTask } from '../predict/evaluate/task.ts';
import { readLabFiles, readPastRuns, readScannedRuns, runsByGap } from '../predict/files.ts';
import { hierarchicalPredictor } from '../predict/hierarchical/predictor.ts';
import { evaluationPlot } from '../predict/plots/evaluation.ts';
import { calibrationPlot } from '../predict/plots/scores.ts';
import { streamPlot } from '../predict/plots/stream.ts';
import { svgColumn } from '../predict/plots/svg.ts';
import { allPredictors } from '../predict/predictors.ts';
import { publishedPlot } from '../predict/published/plot.ts';
import { type ContinuousMethod, type PublishedRow, publishedSuite } from '../predict/published.ts';
import { groupRows, readLabTable } from '../sources/tables/lab.ts';
import { readLineTable } from '../sources/tables/line.ts';
import { columnEquals, numberList, positiveInteger } from './arguments.ts';
import { type CommandContext, emit } from './command.ts';
import { evaluationTable, type TableRow } from './evaluation-table.ts';

interface EvaluateOptions {
  readonly suite: 'published' | 'held-out' | 'stream';
  readonly lab: readonly string[];
  readonly labWhere: readonly { column: string; value: string | number }[];
  readonly labGaps?: readonly number[];
  readonly line?: string;
  readonly past: readonly string[];
  readonly runs?: string;
  readonly runGaps?: readonly number[];
  readonly preset?: 'published';
  readonly seed: number;
  readonly json?: boolean;
  readonly plot?: string;
}

/** The study's own preparation of the lab table. */
const PRESET = { where: [{ column: 'am_percent', value: 96 }], gaps_um: [75, 100, 200] } as const;

const HELP = `
Suites and their rows (one for each method; errors in mg/cm², mse in (mg/cm²)²):
  held-out  each part held out in turn; mse, coverage and nll are means over the parts, sd is that of their mse
    target "lab gap"         each lab gap, its coatings one by one; training "lab", "lab+line", and "lab+line>50um",
                             which leaves out line runs within 50 µm of the gap
    target "lab slurry+gap"  each series of coatings (one slurry, one gap), its mean; training "lab"
    target "line gap"        each gap of the line (as rounded in the file), scan by scan; training "line" and
                             "line+lab"
  stream    the line's runs in time order, predicted before they are learnt, from run 4 on: target "next run" (its
            level), "scans of next run", "scans after 10" (its own scans seen); the last two also without wild scans
  published the study's scores in bins², with and without its leak (mse_mg2_cm4 is in (mg/cm²)²): "leak" marks rows
            whose abstraction saw the held-out gap's own lab data, "null" is the score of random rows in their place

Which data: all rows of the files; --lab-where and --lab-gaps narrow the lab tables. --preset published is short for
--lab-where am_percent=96 --lab-gaps 75,100,200. So "lab gap" asks 75, 100 and 200 µm with the preset, and every gap
of the table, 50 to 400 µm, without.

--line takes a table of scans (run, comma gap, one column for each lane). For the stream, --runs adds a table of runs
with their mean loading, also those whose scans are not kept; where it has no gap column, give --run-gaps in its order.
`;

/** `gapwise evaluate`: how well each method predicts what it hasn't seen. */
export function register(program: Command, context: CommandContext): void {
  const repeat = <T>(value: T, before: readonly T[]): T[] => [...before, value];
  program
    .command('evaluate')
    .description('Score every predictor on data that it has not seen.')
    .addOption(
      new Option('--suite <name>', 'which tasks')
        .choices(['published', 'held-out', 'stream'])
        .makeOptionMandatory(),
    )
    .requiredOption('--lab <file>', 'lab table (CSV); may be given several times', repeat<string>, [])
    .option(
      '--lab-where <column=value>',
      'keeps only those rows of the lab tables',
      (text: string, before: ReturnType<typeof columnEquals>[]) => repeat(columnEquals(text), before),
      [],
    )
    .option('--lab-gaps <µm…>', 'keeps only those lab gaps', numberList)
    .option('--line <file>', 'scans of the line (CSV)')
    .option(
      '--past <file>',
      'scans of a past campaign, learnt from and never asked; may be given several times',
      repeat<string>,
      [],
    )
    .option('--runs <file>', 'stream: one row for each run of the line, in time order (CSV)')
    .option('--run-gaps <µm…>', 'stream: gaps of those runs, where the table has none', numberList)
    .addOption(new Option('--preset <name>', "the published study's preparation").choices(['published']))
    .option('--seed <n>', 'seed of the predictors', positiveInteger, 1)
    .option('--json', 'one JSON document')
    .option(
      '--plot <file>',
      'writes curves, calibration and error by distance, the stream run by run, or the published table (SVG)',
    )
    .addHelpText('after', HELP)
    .action((options: EvaluateOptions) => {
      const published = options.suite === 'published' ? publishedRows(options) : undefined;
      const rows = published ?? rowsOf(options);
      if (options.plot) {
        writeFileSync(options.plot, published ? publishedPlot(published) : plotOf(options));
      }
      emit(context, options.json, { rows }, () => evaluationTable(rows));
    });
}

function rowsOf(options: EvaluateOptions): readonly TableRow[] {
  const predictors = allPredictors(options.seed);
  const lab = labOf(options);
  const scanned = options.line ? readScannedRuns(options.line) : [];
  if (options.suite === 'held-out') {
    return heldOutTasks(lab, scanned, readPastRuns(options.past)).flatMap((task) =>
      predictors.flatMap((predictor) => runTask(task, predictor) ?? []),
    );
  }
  if (scanned.length === 0 && !options.runs) {
    throw new ConfigError('the stream needs the line', {
      where: 'evaluate',
      allowed: '--line FILE, --runs FILE',
    });
  }
  const runs = runsOf(options, scanned);
  const past = readPastRuns(options.past);
  const byMethod = predictors.map((predictor) => streamRows(predictor, lab, runs, scanned, past));
  const targets = (byMethod[0] ?? []).map(({ target }) => target);
  return targets.flatMap((target) => byMethod.flatMap((rows) => rows.filter((row) => row.target === target)));
}

/** The runs of the stream: of the table of runs, with the figures of those whose scans are there. */
function runsOf({ runs, runGaps }: EvaluateOptions, scanned: readonly ScannedRun[]): LineRun[] {
  const line = scanned[0]?.run.line;
  return mergeRuns(runs ? readRunTable(runs, { gaps_um: runGaps, line }) : [], scanned);
}

/** The picture of the suite that was asked for. */
function plotOf(options: EvaluateOptions): string {
  const data = plotData(options);
  if (options.suite !== 'stream') return evaluationPlot(data, options.seed);
  const predictor = hierarchicalPredictor({ seed: options.seed });
  const streamed = streamedRuns(predictor, data.lab, runsOf(options, data.scanned));
  return svgColumn([streamPlot(streamed), calibrationPlot([{ method: predictor.name, scored: streamed }])]);
}

function labOf({ lab, labWhere, labGaps, preset }: EvaluateOptions): LabGroup[] {
  const narrowed = preset === 'published' ? PRESET : { where: labWhere, gaps_um: labGaps };
  return readLabFiles(lab, narrowed);
}

function publishedRows(options: EvaluateOptions): readonly PublishedRow[] {
  if (!options.line) {
    throw new ConfigError('the published suite needs the line', {
      where: 'evaluate',
      allowed: '--line FILE',
    });
  }
  // The suite is the study's: without gaps of one's own it has the study's, which the line's gaps can cover.
  const own = options.preset === undefined && options.labGaps !== undefined;
  const narrowed = own ? { where: options.labWhere, gaps_um: options.labGaps } : PRESET;
  const lab = options.lab.flatMap((path) => readLabTable(path, narrowed).rows);
  const line = readLineTable(options.line);
  const continuous = allPredictors(options.seed).map(continuousMethod);
  return publishedSuite({ lab, line }, { seed: options.seed, continuous });
}

/** A predictor in the published suite: it is shown gaps and loadings only, scans of one gap count as one run. */
const continuousMethod = (predictor: Predictor): ContinuousMethod => ({
  name: predictor.name,
  fit(training) {
    const lab = groupRows(
      training.lab.map((row) => ({ ...row, slurry: {} })),
      'lab',
    );
    const model = predictor.fit({ lab, line: runsByGap(training.line) });
    return (gap_um) => model.predict({ gap_um, target: 'lab' }).mean_mg_cm2;
  },
});

const plotData = (options: EvaluateOptions) => ({
  lab: labOf(options),
  scanned: options.line ? readScannedRuns(options.line) : [],
});
