import { join, resolve } from 'node:path';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { LineConfig } from '../config/schema.ts';
import type { SinkSettings } from '../config/sinks.ts';
import type { SourceSettings } from '../config/sources.ts';
import { GapwiseError, messageOf } from '../core/errors.ts';
import { type Finding, failed, ok } from '../core/finding.ts';
import type { LabRange } from '../sources/loading-check.ts';
import { finiteNumber } from './arguments.ts';
import { checkNames } from './check-names.ts';
import { type CommandContext, emit, type RegisterCommand } from './command.ts';
import { sinkFolder, sourceFolder } from './source-folder.ts';

interface CheckOptions {
  readonly config: string;
  readonly wait: number;
  readonly data?: string;
  readonly json?: boolean;
}

/** `gapwise check --json`. */
export interface CheckDocument {
  /** False where anything failed; warnings leave it true. */
  readonly ok: boolean;
  readonly findings: readonly (Finding & { readonly part: string })[];
}

export const register: RegisterCommand = (program, context) => {
  program
    .command('check')
    .description('Check a configuration, then try everything it connects to; says in words what is wrong.')
    .requiredOption('--config <file>', 'configuration of the agent')
    .option('--wait <s>', 'how long to wait for a first scan over MQTT; 0: not at all', finiteNumber, 10)
    .option('--data <folder>', 'folder of the recordings, in place of the configured one')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
Writes nothing but the agent's own OPC UA certificate, if it has none yet; an agent at work is not disturbed.
Exit code 1 when something fails, 2 when the configuration itself is wrong.`,
    )
    .action((options: CheckOptions) => check(options, context));
};

async function check(options: CheckOptions, context: CommandContext): Promise<void> {
  const loaded = loadConfig(options.config, context.environment);
  const parts = await Promise.all(
    partsOf(loaded, options, context).map(async ({ part, look }) =>
      (await look()).map((finding) => ({ part, ...finding })),
    ),
  );
  const findings = parts.flat();
  const failures = findings.filter(({ level }) => level === 'failed').length;
  emit(context, options.json, { ok: failures === 0, findings } satisfies CheckDocument, () =>
    text(findings, failures),
  );
  if (failures > 0) throw new CheckFailed(`${failures} of ${findings.length} checks failed`);
}

/** Everything worked as it should; what was looked at did not. */
class CheckFailed extends GapwiseError {
  readonly kind = 'retryable';
}

interface Part {
  readonly part: string;
  readonly look: () => Promise<readonly Finding[]>;
}

function partsOf(loaded: LoadedConfig, options: CheckOptions, context: CommandContext): Part[] {
  const { config, folder } = loaded;
  const stateFolder = resolve(config.state);
  return [
    {
      part: 'store',
      look: async () => (await import('../store/check.ts')).checkStore(join(stateFolder, 'store')),
    },
    ...config.lines.flatMap((line) => [
      { part: `${line.name} lab tables`, look: async () => (await lookAtLab(line, folder)).findings },
      {
        part: `${line.name} pipeline`,
        look: async () => checkNames(line.sources.flatMap(parameterNames), line.pipeline.gap),
      },
      ...line.sources.map((source, index) => ({
        part: `${line.name} source ${index} (${source.type})`,
        look: () =>
          checkSource(source, {
            line: line.name,
            folder: sourceFolder(stateFolder, line.name, index, source.type),
            data: (configured) => resolve(options.data ?? resolve(folder, configured)),
            wait_ms: Math.max(0, options.wait * 1000),
            lab: async () => (await lookAtLab(line, folder)).range,
            context,
          }),
      })),
    ]),
    ...config.sinks.map((sink, index) => ({
      part: `sink ${index} (${sink.type})`,
      look: () => checkSink(sink, sinkFolder(stateFolder, index, sink.type)),
    })),
  ];
}

interface LookedAtLab {
  readonly findings: readonly Finding[];
  /** Means of the groups of those tables that can be read; undefined where none can. */
  readonly range?: LabRange;
}

/** Each table by itself, so that every fault is told at once. */
async function lookAtLab(line: LineConfig, folder: string): Promise<LookedAtLab> {
  const { readConfiguredLab } = await import('../predict/files.ts');
  const { also, ...first } = line.lab;
  const means: number[] = [];
  const findings = [first, ...also].map((table, index): Finding => {
    const key = index === 0 ? 'lab' : `lab.also[${index - 1}]`;
    const file = resolve(folder, table.file);
    try {
      const groups = readConfiguredLab({ ...table, also: [] }, folder);
      means.push(...groups.map(({ mean_mg_cm2 }) => mean_mg_cm2));
      const gaps = [...new Set(groups.map(({ gap_um }) => gap_um))].sort((a, b) => a - b);
      return ok(file, `${groups.length} groups of coatings at ${gaps.join(', ')} µm`);
    } catch (error) {
      return failed(file, messageOf(error), `correct ${key}.file, ${key}.columns or ${key}.where`);
    }
  });
  if (means.length === 0) return { findings };
  return { findings, range: { low_mg_cm2: Math.min(...means), high_mg_cm2: Math.max(...means) } };
}

/** Machine parameters that a source brings. */
function parameterNames(source: SourceSettings): string[] {
  if (source.type === 'opcua') return Object.keys(source.tags);
  return source.type === 'recording' ? Object.keys(source.coater?.columns ?? {}) : [];
}

interface SourceCheck {
  readonly line: string;
  readonly folder: string;
  readonly data: (configured: string) => string;
  readonly wait_ms: number;
  readonly lab: () => Promise<LabRange | undefined>;
  readonly context: CommandContext;
}

/** The libraries of those adapters only that the configuration names. */
async function checkSource(settings: SourceSettings, around: SourceCheck): Promise<Finding[]> {
  const { clock, log } = around.context;
  switch (settings.type) {
    case 'opcua': {
      const { checkOpcUaSource } = await import('../sources/opcua/check.ts');
      const { certificatesFolder } = await import('../sources/opcua/certificate-folder.ts');
      return checkOpcUaSource(settings, {
        clock,
        log,
        certificatesFolder: certificatesFolder(around.folder),
      });
    }
    case 'mqtt': {
      const { checkMqttSource } = await import('../sources/mqtt/check.ts');
      const { line, wait_ms } = around;
      return checkMqttSource(settings, { line, clock, wait_ms, lab: await around.lab() });
    }
    case 'recording': {
      const { checkRecordingSource } = await import('../sources/recording/check.ts');
      const here = { ...settings, data: around.data(settings.data) };
      return checkRecordingSource(here, around.line, await around.lab());
    }
  }
}

async function checkSink(settings: SinkSettings, folder: string): Promise<Finding[]> {
  if (settings.type === 'mqtt') return (await import('../sinks/mqtt/check.ts')).checkMqttSink(settings);
  if (settings.type === 'opcua') {
    return (await import('../sinks/opcua/check.ts')).checkOpcUaSink(settings, folder);
  }
  return (await import('../sinks/influx/check.ts')).checkInfluxSink(settings);
}

const marks = { ok: 'ok  ', warning: 'warn', failed: 'FAIL' } as const;

function text(findings: CheckDocument['findings'], failures: number): string {
  const lines: string[] = [];
  let last = '';
  for (const { part, subject, level, detail, advice } of findings) {
    if (part !== last) lines.push(part);
    last = part;
    lines.push(`  ${marks[level]}  ${subject}: ${detail}`);
    if (advice !== undefined) lines.push(`        → ${advice}`);
  }
  const warnings = findings.filter(({ level }) => level === 'warning').length;
  lines.push('', `${findings.length} checks: ${failures} failed, ${warnings} with a warning`);
  return lines.join('\n');
}
