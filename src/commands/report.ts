import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Option } from 'commander';
import { loadConfig } from '../config/load.ts';
import type { LineConfig } from '../config/schema.ts';
import { ConfigError } from '../core/errors.ts';
import { openStore } from '../store/store.ts';
import { finiteNumber } from './arguments.ts';
import type { CommandContext, RegisterCommand } from './command.ts';
import { emit } from './command.ts';
import { collectRun, collectShift, type Shift } from './report/collect.ts';
import { reportDocument } from './report/document.ts';
import { capabilitiesOf, summarise } from './report/figures.ts';
import { dayText, offsetOf, periodOf } from './report/period.ts';

interface ReportOptions {
  readonly config: string;
  readonly line?: string;
  readonly run?: number;
  readonly day?: string;
  readonly hours?: string;
  readonly offset: string;
  readonly out?: string;
  readonly json?: boolean;
}

export const register: RegisterCommand = (program, context) => {
  program
    .command('report')
    .description(
      'A run, a day or a shift as one HTML file with plots and tables, from the history of an agent.',
    )
    .requiredOption('--config <file>', 'configuration of the agent; it may be running')
    .addOption(new Option('--run <number>', 'one run').argParser(finiteNumber).conflicts(['day', 'hours']))
    .option('--day <YYYY-MM-DD>', 'a day')
    .option('--hours <from-to>', 'hours of that day, e.g. 06:00-14:00, or 22:00-06:00 into the next')
    .option('--offset <±HH:MM>', 'what the clock on the wall is ahead of UTC', '+00:00')
    .option('--line <name>', 'which line, where there are several')
    .option('--out <file>', 'where it goes; without it to standard output')
    .option('--json', 'the figures as one JSON document instead')
    .addHelpText(
      'after',
      `
Examples:
  gapwise report --config line.yaml --day 2026-05-11 --hours 06:00-14:00 --offset +02:00 --out shift.html
  gapwise report --config line.yaml --run 17 --out run-17.html`,
    )
    .action((options: ReportOptions) => report(options, context, program.version() ?? ''));
};

async function report(options: ReportOptions, context: CommandContext, version: string): Promise<void> {
  const { config } = loadConfig(options.config, context.environment);
  const line = chosenLine(config.lines, options.line);
  const store = await openStore(join(resolve(config.state), 'store'), { log: context.log, readOnly: true });
  try {
    const shift = collect(options, line.name, store.history());
    if (options.json) {
      emit(context, true, jsonOf(shift, line), () => '');
      return;
    }
    const { target_mg_cm2, tolerance_mg_cm2 } = line;
    const what =
      options.run === undefined ? dayText(shift.period.from_ms, shift.period) : `run ${options.run}`;
    const page = reportDocument(shift, {
      title: `${line.name}: ${what}`,
      target: { target_mg_cm2, tolerance_mg_cm2 },
      version,
    });
    if (options.out === undefined) {
      context.out.write(page);
      return;
    }
    writeFileSync(options.out, page);
    const { runs, scans } = summarise(shift);
    context.out.write(`${options.out}: ${runs} runs, ${scans} scans, ${Math.ceil(page.length / 1024)} KiB\n`);
  } finally {
    await store.close();
  }
}

function collect(
  { run, day, hours, offset }: ReportOptions,
  line: string,
  history: Parameters<typeof collectShift>[0],
): Shift {
  if (run !== undefined) return collectRun(history, line, run, offsetOf(offset));
  if (day === undefined) throw new ConfigError('of what?', { allowed: '--run N or --day YYYY-MM-DD' });
  return collectShift(history, line, periodOf(day, hours, offset));
}

function chosenLine(lines: readonly LineConfig[], name: string | undefined): LineConfig {
  const line = name === undefined ? lines[0] : lines.find((one) => one.name === name);
  if (line && (name !== undefined || lines.length === 1)) return line;
  throw new ConfigError(name === undefined ? 'there are several lines' : `there is no line "${name}"`, {
    where: '--line',
    allowed: lines.map((one) => one.name).join(', '),
  });
}

/** `gapwise report --json`: what the plots and tables show. */
function jsonOf(shift: Shift, { target_mg_cm2, tolerance_mg_cm2 }: LineConfig): object {
  const { judged, ...summary } = summarise(shift);
  const capable =
    target_mg_cm2 === undefined || tolerance_mg_cm2 === undefined
      ? []
      : capabilitiesOf(shift.runs, target_mg_cm2, tolerance_mg_cm2);
  const { runs, ...rest } = shift;
  return {
    ...rest,
    summary,
    runs: runs.map(({ scans, forecast, ...run }) => ({
      ...run,
      scans: scans.length,
      predicted: forecast?.prediction,
    })),
    forecasts: judged,
    capability: capable,
  };
}
