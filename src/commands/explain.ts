import { join, resolve } from 'node:path';
import { firstValueFrom, last, tap } from 'rxjs';
import { type ProcessorState, stateShape } from '../agent/processor.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { LineConfig } from '../config/schema.ts';
import { BadInputError, ConfigError } from '../core/errors.ts';
import type { LineMessage } from '../core/messages.ts';
import { type ExplainRequest, type Explanation, explainScan } from '../pipeline/explain.ts';
import { labExpectation } from '../pipeline/pairing/sequence/expectation.ts';
import { readConfiguredLab } from '../predict/files.ts';
import { openStore } from '../store/store.ts';
import { finiteNumber } from './arguments.ts';
import { sourceFactory } from './assemble.ts';
import { type CommandContext, emit, type RegisterCommand } from './command.ts';

interface ExplainOptions {
  readonly scan: number;
  readonly config: string;
  readonly line?: string;
  readonly gauge?: string;
  readonly data?: string;
  readonly json?: boolean;
}

export const register: RegisterCommand = (program, context) => {
  program
    .command('explain')
    .description('What each stage decided for one scan and why, from the store of an agent or a recording.')
    .requiredOption('--scan <number>', 'the gauge’s own number of the scan', finiteNumber)
    .requiredOption('--config <file>', 'configuration of the agent; it may be running')
    .option('--line <name>', 'which line, where there are several')
    .option('--gauge <name>', 'which gauge; without it all')
    .option('--data <folder>', 'folder of the recording, in place of the one in the configuration')
    .option('--json', 'one JSON document on standard output')
    .action((options: ExplainOptions) => explain(options, context));
};

async function explain(options: ExplainOptions, context: CommandContext): Promise<void> {
  const loaded = loadConfig(options.config, context.environment);
  const line = chosenLine(loaded, options);
  const recorded = line.sources.every(({ type }) => type === 'recording');
  const explanations = recorded
    ? await fromRecording(line, loaded, options, context)
    : await fromStore(line, loaded, options, context);
  emit(context, options.json, { line: line.name, scan: options.scan, explanations }, () =>
    explanations.map(text).join('\n\n'),
  );
}

function chosenLine({ config }: LoadedConfig, options: ExplainOptions): LineConfig {
  const { lines } = config;
  const line = options.line ? lines.find(({ name }) => name === options.line) : lines[0];
  if (line && (options.line || lines.length === 1)) return line;
  throw new ConfigError(options.line ? `there is no line "${options.line}"` : 'there are several lines', {
    where: '--line',
    allowed: lines.map(({ name }) => name).join(', '),
  });
}

const setupOf = (line: LineConfig, folder: string) => ({
  line: line.name,
  expectedLoading: labExpectation(readConfiguredLab(line.lab, folder)),
});

/** The journal that is kept, from the oldest snapshot on; the running agent is not disturbed. */
async function fromStore(
  line: LineConfig,
  { config, folder }: LoadedConfig,
  options: ExplainOptions,
  { log }: CommandContext,
): Promise<Explanation[]> {
  const store = await openStore(join(resolve(config.state), 'store'), { log, readOnly: true });
  try {
    const snapshots = store.snapshots(line.name, stateShape);
    const oldest = snapshots.oldest();
    const newest = snapshots.latest()?.state as ProcessorState | undefined;
    const edges_mg_cm2 = newest?.learner.abstraction.current?.edges_mg_cm2;
    const from_ms: number[] = [];
    const messages = function* (): Generator<LineMessage> {
      for (const { message } of store.journal(line.name).read((oldest?.position ?? 0) + 1)) {
        if (from_ms.length === 0) from_ms.push(message.time_ms);
        yield message;
      }
    };
    const request: ExplainRequest = { scan: options.scan, gauge: options.gauge, edges_mg_cm2 };
    const state = (oldest?.state as ProcessorState | undefined)?.pipeline;
    const found = explainScan(line.pipeline, setupOf(line, folder), messages(), request, state);
    if (found.length > 0) return found;
    const since =
      from_ms[0] === undefined ? 'and the journal is empty' : `since ${new Date(from_ms[0]).toISOString()}`;
    throw new BadInputError(
      `scan ${options.scan} is not among the messages kept of line ${line.name} (${since}): older ones are gone once a snapshot holds what followed from them`,
      { where: '--scan' },
    );
  } finally {
    await store.close();
  }
}

async function fromRecording(
  line: LineConfig,
  { folder }: LoadedConfig,
  options: ExplainOptions,
  { clock, log }: CommandContext,
): Promise<Explanation[]> {
  const createSource = await sourceFactory(line.sources, folder, options.data);
  const messages: LineMessage[] = [];
  for (const settings of line.sources) {
    const source = createSource(settings, {
      line: line.name,
      clock,
      log,
      deadLetters: { take: () => {} },
      stateFolder: folder,
    });
    const ended = firstValueFrom(
      source.arrivals.pipe(
        tap(({ message, acknowledge }) => {
          messages.push(message);
          acknowledge();
        }),
        last(null, undefined),
      ),
    );
    await source.start();
    await ended;
    await source.stop();
  }
  const request: ExplainRequest = { scan: options.scan, gauge: options.gauge };
  const found = explainScan(line.pipeline, setupOf(line, folder), messages, request, undefined, true);
  if (found.length > 0) return found;
  throw new BadInputError(`the recording has no scan ${options.scan}`, { where: '--scan' });
}

const text = ({ gauge, scan, verdict, stages }: Explanation): string =>
  [
    `scan ${scan} of ${gauge}: ${verdict}`,
    ...stages.map(({ stage, decided }) => `  ${stage}: ${decided}`),
  ].join('\n');
