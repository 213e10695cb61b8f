import type { Command } from 'commander';
import { pipelineSchema } from '../config/pipeline.ts';
import { type AlignedPair, alignRuns } from '../pipeline/pairing/sequence/align.ts';
import { labExpectation, roughExpectation } from '../pipeline/pairing/sequence/expectation.ts';
import type { GaugeStretch } from '../pipeline/pairing/sequence/likelihood.ts';
import type { CoatedStretch } from '../pipeline/pairing/sequence/stretches.ts';
import { readLabTable } from '../sources/tables/lab.ts';
import { columnEquals, finiteNumber } from './arguments.ts';
import { type CommandContext, emit } from './command.ts';
import { readCoaterLog, readGaugeLog } from './pair-logs.ts';
import { textTable } from './text-table.ts';

interface PairOptions {
  readonly coater: string;
  readonly gauge: string;
  readonly lab?: string;
  readonly labWhere?: readonly { column: string; value: string | number }[];
  readonly coatingAbove: number;
  readonly coatedAbove: number;
  readonly tolerance: number;
  readonly interruption: number;
  readonly scanPeriod: number;
  readonly coaterStart?: string;
  readonly gaugeStart?: string;
  readonly json?: boolean;
}

export interface PairDocument {
  readonly pairs: readonly {
    /** Coated stretches of the coater's log and runs of the gauge's, both counted from 1. */
    readonly coaterRun: number;
    readonly gaugeRun: number;
    readonly gap_um: number;
    /** Gauge's start minus coater's start, each on its own log's time (s). */
    readonly offset_s: number;
    readonly confidence: number;
  }[];
  readonly unpaired: { readonly coaterRuns: readonly number[]; readonly gaugeRuns: readonly number[] };
}

export function register(program: Command, context: CommandContext): void {
  program
    .command('pair')
    .description('pair the runs of a coater log with those of a gauge log whose clocks are not synchronised')
    .requiredOption(
      '--coater <file>',
      'comma gap over time: a second or time column (ISO 8601, DD.MM.YYYY HH:MM:SS) and a gap column',
    )
    .requiredOption(
      '--gauge <file>',
      'runs (first_scan, end_scan, mean loading) or single scans (scan or time, loading)',
    )
    .option('--lab <file>', 'lab coatings, for the loading to be expected of a gap')
    .option('--lab-where <column=value>', 'keep these lab rows only; may be repeated', collect)
    .option('--coating-above <µm>', 'coating runs where the gap is above this', finiteNumber, 40)
    .option('--coated-above <mg/cm²>', 'scans above this loading are coated', finiteNumber, 10)
    .option('--tolerance <µm>', 'a run goes on while the gap strays no farther', finiteNumber, 5)
    .option('--interruption <s>', 'interruptions up to this long do not end a run', finiteNumber, 2)
    .option('--scan-period <s>', 'time between two scans, for logs that count scans', finiteNumber, 8)
    .option('--coater-start <time>', "time of the coater log's second 0, for offsets between the clocks")
    .option('--gauge-start <time>', "time of the gauge log's scan 0, for offsets between the clocks")
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
Order, durations, intervals and expected loading decide; a run that only one log has stays alone.

Example:
  gapwise pair --coater wmg-comma-gap.csv --gauge wmg-scan-intervals.csv --lab lrcs.csv`,
    )
    .action((options: PairOptions) => pair(options, context));
}

const collect = (text: string, before: PairOptions['labWhere'] = []) => [...before, columnEquals(text)];

function pair(options: PairOptions, context: CommandContext): void {
  const coater = readCoaterLog(options.coater, {
    start: options.coaterStart,
    transitions: pipelineSchema.parse({
      transitions: {
        coating_above_um: options.coatingAbove,
        coating_below_um: Math.min(options.coatingAbove, 30),
        plateau_tolerance_um: options.tolerance,
        merge_interruption_s: options.interruption,
        minimum_dwell_s: 3,
        settling_s: 0,
      },
    }).transitions,
  });
  const gauge = readGaugeLog(options.gauge, {
    start: options.gaugeStart,
    period_s: options.scanPeriod,
    coatedAbove_mg_cm2: options.coatedAbove,
  });
  const expectedLoading = options.lab
    ? labExpectation(readLabTable(options.lab, { where: options.labWhere }).groups)
    : roughExpectation;
  // Without a lab the level of the curve is a guess, so the common factor may be anything between half and double.
  const model = options.lab ? {} : { factor_sd: 0.3 };
  const pairs = alignRuns({ coater, gauge, expectedLoading, model });
  const result = document(pairs, coater, gauge);
  emit(context, options.json, result, () => table(result, gauge));
}

function document(
  pairs: readonly AlignedPair[],
  coater: readonly CoatedStretch[],
  gauge: readonly GaugeStretch[],
): PairDocument {
  const alone = (count: number, taken: ReadonlySet<number>) =>
    Array.from({ length: count }, (_, i) => i)
      .filter((i) => !taken.has(i))
      .map((i) => i + 1);
  return {
    pairs: pairs.map((p) => ({
      coaterRun: p.coater + 1,
      gaugeRun: p.gauge + 1,
      gap_um: coater[p.coater]!.gap_um,
      offset_s: p.offset_ms / 1000,
      confidence: p.confidence,
    })),
    unpaired: {
      coaterRuns: alone(coater.length, new Set(pairs.map((p) => p.coater))),
      gaugeRuns: alone(gauge.length, new Set(pairs.map((p) => p.gauge))),
    },
  };
}

function table({ pairs, unpaired }: PairDocument, gauge: readonly GaugeStretch[]): string {
  const cells = pairs.map((p) => [
    `${p.coaterRun}`,
    `${p.gaugeRun}`,
    p.gap_um.toFixed(2),
    gauge[p.gaugeRun - 1]!.level_mg_cm2.toFixed(2),
    p.offset_s.toFixed(0),
    p.confidence.toFixed(3),
  ]);
  const rows = [['coater run', 'gauge run', 'gap (µm)', 'mg/cm²', 'offset (s)', 'confidence'], ...cells];
  const names = (runs: readonly number[]) => (runs.length > 0 ? runs.join(', ') : 'none');
  return [
    textTable(rows),
    '',
    `${pairs.length} pairs. Without a counterpart: coater runs ${names(unpaired.coaterRuns)}; ` +
      `gauge runs ${names(unpaired.gaugeRuns)}.`,
  ].join('\n');
}
