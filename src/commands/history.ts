import { Option } from 'commander';
import type { HistoryEntry, HistoryKind, HistoryRecord } from '../core/history.ts';
import type { Prediction } from '../core/prediction.ts';
import { idText } from '../core/report-id.ts';
import { positiveInteger } from './arguments.ts';
import { type CommandContext, emit, type RegisterCommand } from './command.ts';
import { isoTime, type PastOptions, timeArgument, withPast } from './past.ts';
import { textTable } from './text-table.ts';

const KINDS = {
  versions: ['abstraction'],
  forecasts: ['forecast'],
  alarms: ['alarm'],
  runs: ['run'],
  observations: ['observation'],
  dropped: ['dropped'],
  outages: ['outage'],
  'dead-letters': ['dead-letter'],
  all: ['abstraction', 'forecast', 'alarm', 'run', 'observation', 'dropped', 'outage', 'dead-letter'],
} as const satisfies Record<string, readonly HistoryKind[]>;

interface HistoryOptions extends PastOptions {
  readonly kind: keyof typeof KINDS;
  readonly limit?: number;
  readonly json?: boolean;
}

export const register: RegisterCommand = (program, context) => {
  program
    .command('history')
    .description('What an agent remembers: versions of the model with reason and error, alarms, runs, ….')
    .requiredOption('--config <file>', 'configuration of the agent; it may be running')
    .option('--line <name>', 'which line; without it all')
    .addOption(new Option('--kind <kind>', 'what of it').choices(Object.keys(KINDS)).default('versions'))
    .option('--from <time>', 'not before, event time: 2024-03-04T06:00:00Z or 2024-03-04', timeArgument)
    .option('--to <time>', 'not after', timeArgument)
    .option('--limit <number>', 'the latest so many of each line', positiveInteger)
    .option('--json', 'one JSON document on standard output')
    .action((options: HistoryOptions) => history(options, context));
};

async function history(options: HistoryOptions, context: CommandContext): Promise<void> {
  const entries = await withPast(options, context, (lines, read) =>
    lines.flatMap((line) => {
      const all = [...read(line, KINDS[options.kind])];
      return (options.limit === undefined ? all : all.slice(-options.limit)).map((entry) => ({
        line,
        entry,
      }));
    }),
  );
  const document = entries.map(({ line, entry: { id, time_ms, record } }) => ({
    ...record,
    line,
    id: id ? idText(id) : null,
    time: isoTime(time_ms),
  }));
  emit(context, options.json, { kind: options.kind, entries: document }, () =>
    entries.length === 0
      ? `nothing is remembered of ${options.kind === 'all' ? 'that' : options.kind}`
      : textTable([
          ['time', 'line', 'what', 'detail'],
          ...entries.map(({ line, entry }) => row(line, entry)),
        ]),
  );
}

const row = (line: string, { time_ms, record }: HistoryEntry): string[] => [
  isoTime(time_ms),
  line,
  ...sentence(record),
];

function sentence(record: HistoryRecord): [what: string, detail: string] {
  switch (record.kind) {
    case 'abstraction':
      return [
        `abstraction ${record.version}`,
        `${record.reason}; error ${record.error.toFixed(3)} (at least ${record.lowerBound.toFixed(3)}), ` +
          `${record.observations} scans at ${record.lineGaps_um.join(', ')} µm, ${record.ties} maps as good`,
      ];
    case 'forecast':
      return [`run ${record.run}`, `${predicted(record.prediction)} by model ${record.version}`];
    case 'alarm':
      return [
        `${record.state} ${record.alarm}${record.subject ? ` ${record.subject}` : ''}`,
        `${record.detail}${record.by ? ` (${record.by}${record.comment ? `: ${record.comment}` : ''})` : ''}`,
      ];
    case 'run': {
      const { run, gap_um, start_ms, end_ms } = record.run;
      const end = end_ms === undefined ? 'goes on' : `until ${isoTime(end_ms)}`;
      return [`run ${run}`, `${gap_um.toFixed(1)} µm from ${isoTime(start_ms)} ${end}`];
    }
    case 'observation':
      return [
        `scan ${record.scan}`,
        `${record.mean_mg_cm2.toFixed(2)} mg/cm² at ${record.gap_um.toFixed(1)} µm`,
      ];
    case 'dropped':
      return [`scan ${record.scan} dropped`, `${record.reason}: ${record.detail}`];
    case 'outage':
      return [`outage of ${record.source}`, `${record.reason}: ${record.detail}`];
    case 'dead-letter':
      return [`dead letter ${record.count}`, `${record.where}: ${record.reason}: ${record.detail}`];
  }
}

function predicted({ gap_um, mean_mg_cm2, interval90_mg_cm2: [low, high] }: Prediction): string {
  const interval = `${low.toFixed(2)} … ${high.toFixed(2)}`;
  return `${mean_mg_cm2.toFixed(2)} mg/cm² (90 %: ${interval}) predicted at ${gap_um.toFixed(1)} µm`;
}
