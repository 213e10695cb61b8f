import { hostname } from 'node:os';
import { Processor } from '../agent/processor.ts';
import type { FleetSettings } from '../config/fleet.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { Clock } from '../core/clock.ts';
import { BadInputError, ConfigError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { seededRandom } from '../core/random.ts';
import { retryDelays } from '../core/retry.ts';
import type { Cluster } from '../fleet/cluster.ts';
import type { LineWork } from '../fleet/partition-runner.ts';
import { aborted } from './aborted.ts';
import type { CommandContext, RegisterCommand } from './command.ts';
import { type LineParts, lineParts } from './line-parts.ts';

interface WorkerOptions {
  readonly config: string;
  readonly name?: string;
}

export const register: RegisterCommand = (program, context) => {
  program
    .command('worker')
    .description(
      'Work lines of a plant from its NATS JetStream cluster, sharing them with all other workers.',
    )
    .requiredOption('--config <file>', 'configuration with `fleet` and the lines; the same for every worker')
    .option('--name <name>', 'name of this worker, unlike any other’s; default: host and process')
    .action((options: WorkerOptions) => run(options, context));
};

async function run(options: WorkerOptions, context: CommandContext): Promise<void> {
  const loaded = loadConfig(options.config, context.environment);
  const { fleet } = loaded.config;
  if (!fleet)
    throw new ConfigError('a worker needs to know its cluster', { where: `${options.config}: fleet` });
  const name = options.name ?? `${hostname()}-${process.pid}`;
  const { clock, stop } = context;
  const log = context.logAt(loaded.config.log.level);
  // Loaded here: no other command needs the library of the cluster.
  const { Worker } = await import('../fleet/worker.ts');
  const cluster = await reached(fleet, name, { clock, log, stop });
  if (!cluster) return;
  const worker = new Worker(name, fleet, { cluster, work: workOf(loaded, log), clock, log });
  worker.start();
  context.out.write(`gapwise worker ${name} serves ${fleet.stream} at ${fleet.servers.join(', ')}\n`);
  try {
    await aborted(stop);
  } finally {
    await worker.stop();
    await cluster.close();
  }
}

const retry = { initial_ms: 500, max_ms: 10_000, factor: 2, jitter: 0.5 };

/** Tries until the cluster can be used; undefined where the worker is to stop before. */
async function reached(
  fleet: FleetSettings,
  name: string,
  { clock, log, stop }: { clock: Clock; log: Logger; stop: AbortSignal },
): Promise<Cluster | undefined> {
  const { openCluster } = await import('../fleet/cluster.ts');
  for (const delay_ms of retryDelays(retry, seededRandom(0).fork(name))) {
    if (stop.aborted) return undefined;
    try {
      return await openCluster(fleet, name);
    } catch (error) {
      log.warn({ event: 'cluster-unreachable' }, messageOf(error));
    }
    await new Promise<void>((resolve) => {
      const cancel = clock.after(delay_ms, resolve);
      stop.addEventListener('abort', () => {
        cancel();
        resolve();
      });
    });
  }
  return undefined;
}

/** @throws BadInputError (from `processor`) for a line that the configuration doesn't have. */
function workOf({ config, folder }: LoadedConfig, log: Logger): LineWork {
  const settings = new Map(config.lines.map((line) => [line.name, line]));
  const made = new Map<string, LineParts>();
  const partsOf = (line: string): LineParts => {
    const known = made.get(line);
    if (known) return known;
    const own = settings.get(line);
    if (!own) throw new BadInputError(`there is no line "${line}" in the configuration`, { where: 'lines' });
    const parts = lineParts(own, folder);
    made.set(line, parts);
    return parts;
  };
  return {
    processor: (line, tell, state) =>
      new Processor({ ...partsOf(line), log: log.child({ line }), tell }, state),
    tell: () => {},
  };
}
