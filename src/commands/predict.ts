import { writeFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { PredictDocument, PredictionDocument } from '../core/api.ts';
import { ConfigError } from '../core/errors.ts';
import type { PredictionQuery, Slurry } from '../core/prediction.ts';
import { explained } from '../predict/explained.ts';
import { readLabFiles, readPastRuns, readScannedRuns, versionOf } from '../predict/files.ts';
import { checkGap } from '../predict/gap-range.ts';
import { hierarchicalPredictor } from '../predict/hierarchical/predictor.ts';
import { predictionJson } from '../predict/json.ts';
import { curvePlot } from '../predict/plots/curve.ts';
import { curveGaps } from '../predict/plots/evaluation.ts';
import { abstractionOfScans } from '../predict/scan-abstraction.ts';
import { type AskedAgent, fetchFromAgent, tokenHelp } from './agent-client.ts';
import { columnEquals, finiteNumber, numberList } from './arguments.ts';
import { type CommandContext, emit } from './command.ts';
import { textTable } from './text-table.ts';

export interface EvidenceOptions {
  readonly lab: readonly string[];
  readonly labWhere: readonly { column: string; value: string | number }[];
  readonly line?: string;
  readonly past: readonly string[];
  readonly agent?: string;
}

interface PredictOptions extends EvidenceOptions {
  readonly gap: readonly number[];
  readonly target: 'line' | 'lab';
  readonly am?: number;
  readonly solids?: number;
  readonly viscosity?: number;
  readonly json?: boolean;
  readonly plot?: string;
}

/** `gapwise predict`: loading, with intervals, for gaps that the line may never have run. */
export function register(program: Command, context: CommandContext): void {
  evidenceOptions(
    program
      .command('predict')
      .description('Predict the mass loading of the next run at comma gaps, from files or a running agent.')
      .requiredOption('--gap <µm…>', 'comma gaps, e.g. 120,130', numberList),
  )
    .addOption(
      new Option('--target <what>', 'what is predicted: a run of the line, or a coating in the lab')
        .choices(['line', 'lab'])
        .default('line'),
    )
    .option('--am <percent>', 'active material of the slurry', finiteNumber)
    .option('--solids <percent>', 'solid-to-liquid ratio of the slurry', finiteNumber)
    .option('--viscosity <Pa·s>', 'viscosity of the slurry', finiteNumber)
    .option('--json', 'one JSON document')
    .option('--plot <file>', 'writes the curve with bands and data (SVG); from files only')
    .action(async (options: PredictOptions) => {
      const document = options.agent ? await fromAgent(options, context) : fromFiles(options);
      emit(context, options.json, document, () => text(document.predictions));
    });
}

/** The options that say what to learn from; shared with `advise`. */
export function evidenceOptions(command: Command): Command {
  const repeat = <T>(value: T, before: readonly T[]): T[] => [...before, value];
  return command
    .option('--lab <file>', 'lab table (CSV); may be given several times', repeat<string>, [])
    .option(
      '--lab-where <column=value>',
      'keeps only those rows of the lab tables, e.g. am_percent=96',
      (text: string, before: ReturnType<typeof columnEquals>[]) => repeat(columnEquals(text), before),
      [],
    )
    .option(
      '--line <file>',
      'scans of the line (CSV: run, comma gap, lanes); with --agent the name of the line',
    )
    .option(
      '--past <file>',
      'scans of a past campaign, of this line or another; may be given several times',
      repeat<string>,
      [],
    )
    .option('--agent <url>', 'ask a running agent instead, e.g. http://localhost:8080')
    .addHelpText('after', tokenHelp);
}

/** The agent that the options name. */
export const agentOf = (
  { agent = '', line }: EvidenceOptions,
  { environment }: CommandContext,
): AskedAgent => ({ url: agent, line, environment });

/** Learns from the files named. @throws ConfigError where none is. */
export function learnFromFiles(options: EvidenceOptions) {
  if (options.lab.length + options.past.length === 0 && !options.line) {
    throw new ConfigError('nothing to learn from', {
      allowed: '--lab FILE, --line FILE, --past FILE, several of them, or --agent URL',
    });
  }
  const lab = readLabFiles(options.lab, { where: options.labWhere });
  const runs = options.line ? readScannedRuns(options.line) : [];
  const own = runs.map(({ run }) => run);
  const evidence = { lab, line: [...readPastRuns(options.past), ...own] };
  const model = hierarchicalPredictor().fit(evidence);
  return {
    model,
    evidence,
    scanned: runs,
    line: own[0]?.line ?? 'line',
    version: versionOf(evidence, {}),
  };
}

function fromFiles(options: PredictOptions): PredictDocument {
  for (const gap_um of options.gap) checkGap(gap_um, undefined, '--gap');
  const { model, version, line, evidence, scanned } = learnFromFiles(options);
  const slurry: Slurry = {
    ...(options.am !== undefined && { am_percent: options.am }),
    ...(options.solids !== undefined && { solid_to_liquid_percent: options.solids }),
    ...(options.viscosity !== undefined && { viscosity_pa_s: options.viscosity }),
  };
  const given = Object.keys(slurry).length > 0;
  const queries = options.gap.map(
    (gap_um): PredictionQuery => ({
      gap_um,
      line,
      target: options.target,
      ...(given && { slurry }),
    }),
  );
  if (options.plot) {
    const gaps = curveGaps([...evidence.lab, ...evidence.line, ...queries].map(({ gap_um }) => gap_um));
    const curve = gaps.map((gap_um) => model.predict({ ...(queries[0] as PredictionQuery), gap_um }));
    writeFileSync(options.plot, `${curvePlot(curve, evidence)}\n`);
  }
  const abstraction = options.target === 'line' ? abstractionOfScans(evidence.lab, scanned) : undefined;
  const answers = explained(model, queries, { evidence, abstraction });
  return { line, predictions: answers.map((answer) => predictionJson(answer, version)) };
}

const fromAgent = (options: PredictOptions, context: CommandContext): Promise<PredictDocument> =>
  fetchFromAgent(agentOf(options, context), 'predict', { gap: options.gap.join(',') });

function text(predictions: readonly PredictionDocument[]): string {
  const heading = ['gap µm', 'mg/cm²', 'sd', '90 % from', 'to', 'lanes', 'data'];
  const rows = predictions.map((p) => [
    String(p.gap_um),
    p.mean_mg_cm2.toFixed(2),
    p.sd.toFixed(2),
    p.interval90[0].toFixed(2),
    p.interval90[1].toFixed(2),
    p.lanes.map((lane) => lane.mean_mg_cm2.toFixed(2)).join(' ') || '-',
    words(p),
  ]);
  return [
    textTable([heading, ...rows]).trimEnd(),
    ...predictions.flatMap(carriers),
    ...predictions.flatMap(bins),
    ...predictions.flatMap(({ warning }) => warning ?? []),
  ].join('\n');
}

/** Which data a prediction rests on, and how far it moves with each of them. */
function carriers({ gap_um, carriedBy: data = [] }: PredictionDocument): string[] {
  if (data.length === 0) return [];
  const named = data
    .slice(0, 3)
    .map(({ name, gap_um: at_um, n, weight }) => `${name} ${at_um} µm (n ${n}, weight ${weight.toFixed(2)})`);
  return [`${gap_um} µm rests most on: ${named.join(', ')}`];
}

/** The same run in the bins of the laboratory. */
const bins = ({ gap_um, labBins }: PredictionDocument): string[] =>
  labBins
    ? [
        `${gap_um} µm in lab bins, lowest first: ${labBins.map((p) => `${(100 * p).toFixed(0)} %`).join('  ')}`,
      ]
    : [];

function words({ extrapolation, distance_um }: PredictionDocument): string {
  const away = distance_um === null ? 'no line data' : `${distance_um.toFixed(0)} µm from the nearest run`;
  if (extrapolation === 'none') return 'the line has run it';
  return extrapolation === 'within' ? `between gaps run, ${away}` : `OUTSIDE the line's data, ${away}`;
}
