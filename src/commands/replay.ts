import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Agent } from '../agent/agent.ts';
import { loadConfig } from '../config/load.ts';
import type { AlarmReport } from '../core/alarm.ts';
import { ConfigError } from '../core/errors.ts';
import { openStore } from '../store/store.ts';
import { finiteNumber } from './arguments.ts';
import { assembleAgent } from './assemble.ts';
import { type CommandContext, emit, type RegisterCommand } from './command.ts';
import { coverageOf, type RunRow, rmseOf, runRows, runTable } from './runs.ts';
import { textTable } from './text-table.ts';

interface ReplayOptions {
  readonly config: string;
  readonly data?: string;
  readonly speed?: number;
  readonly json?: boolean;
}

export const register: RegisterCommand = (program, context) => {
  program
    .command('replay')
    .description('Play a recorded day through the agent; each run is predicted before its first scan.')
    .requiredOption('--config <file>', 'configuration whose sources are recordings')
    .option('--data <folder>', 'folder of the recording, in place of the one in the configuration')
    .option('--speed <factor>', 'times faster than it happened; without it as fast as possible', finiteNumber)
    .option('--json', 'one JSON document on standard output')
    .action((options: ReplayOptions) => replay(options, context));
};

async function replay(options: ReplayOptions, context: CommandContext): Promise<void> {
  const loaded = loadConfig(options.config, context.environment);
  for (const line of loaded.config.lines) {
    for (const source of line.sources) {
      if (source.type !== 'recording') {
        throw new ConfigError(`line ${line.name} has a source of type ${source.type}`, {
          where: options.config,
          allowed: 'recordings only; `gapwise run` takes live sources',
        });
      }
      if (options.speed !== undefined) source.speed = options.speed;
    }
  }
  // A replay is a run of its own: it neither needs nor touches the state of a live agent.
  const stateFolder = mkdtempSync(join(tmpdir(), 'gapwise-replay-'));
  const store = await openStore(join(stateFolder, 'store'), { log: context.log });
  try {
    const surroundings = { ...context, store, stateFolder, data: options.data };
    const agent = await assembleAgent(loaded, surroundings);
    const alarms: AlarmReport[] = [];
    agent.reports.subscribe((report) => {
      if (report.kind === 'alarm' && isOfTheProcess(report)) alarms.push(report);
    });
    await played(agent, context.stop);
    const lines = agent.lines().map((name) => lineDocument(agent, name, alarms));
    const [first] = lines;
    emit(context, options.json, { ...first, lines }, () => lines.map(lineText).join('\n\n'));
  } finally {
    await store.close();
    rmSync(stateFolder, { recursive: true, force: true });
  }
}

async function played(agent: Agent, stop: AbortSignal): Promise<void> {
  const stopped = new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve()));
  await agent.start();
  await Promise.race([stopped, Promise.all(agent.lines().map((name) => agent.line(name).done))]);
  await agent.stop();
  for (const name of agent.lines()) agent.line(name).finish();
}

interface LineDocument {
  readonly line: string;
  readonly runs: readonly RunRow[];
  readonly rmse: number;
  readonly coverage90: number;
  readonly deadLetters: Readonly<Record<string, number>>;
  readonly abstraction: unknown;
  /** Each change of an alarm, in the order in which it came. */
  readonly alarms: readonly AlarmReport[];
}

/** Whether a recording is being read says nothing about the day that it tells of. */
const isOfTheProcess = ({ alarm }: AlarmReport): boolean => alarm !== 'adapter-disconnected';

function lineDocument(agent: Agent, name: string, alarms: readonly AlarmReport[]): LineDocument {
  const line = agent.line(name);
  const runs = runRows(line);
  return {
    line: name,
    runs,
    rmse: rmseOf(runs),
    coverage90: coverageOf(runs),
    deadLetters: line.deadLetterCounts,
    abstraction: line.learner.abstraction.current ?? null,
    alarms: alarms.filter((alarm) => alarm.line === name),
  };
}

const lineText = ({ line, runs, rmse, coverage90, alarms }: LineDocument): string =>
  runs.length === 0
    ? `${line}: no run could be used`
    : [
        `${line}: ${runs.length} runs, each predicted before its first scan (mg/cm²)`,
        '',
        runTable(runs),
        '',
        `RMSE ${rmse.toFixed(2)} mg/cm², ${Math.round(100 * coverage90)} % of the runs inside their 90 % interval`,
        ...raised(alarms),
      ].join('\n');

function raised(alarms: readonly AlarmReport[]): string[] {
  const rows = alarms
    .filter(({ state }) => state === 'UNACK')
    .map(({ since_ms, alarm, subject, detail }) => [
      new Date(since_ms).toISOString(),
      alarm,
      subject,
      detail,
    ]);
  return rows.length === 0 ? [] : ['', 'Alarms', textTable([['since', 'alarm', 'about', ''], ...rows])];
}
