import { join, resolve } from 'node:path';
import type { Agent } from '../agent/agent.ts';
import { type LoadedConfig, loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { FatalError, messageOf } from '../core/errors.ts';
import { createHttpServer, type HttpServer } from '../http/server.ts';
import { openStore, type Store } from '../store/store.ts';
import { aborted } from './aborted.ts';
import { assembleAgent, assembleSink } from './assemble.ts';
import type { CommandContext, RegisterCommand } from './command.ts';
import { connect } from './connect.ts';
import { type Forwarding, forwarding } from './forwarding.ts';
import { type LevelledLogger, levelledLogger } from './levelled-logger.ts';
import { alarmSettings } from './line-parts.ts';
import { Outputs } from './outputs.ts';
import { packageFile } from './package-files.ts';
import { changesBetween, inForce } from './reload.ts';
import { serviceManager } from './service-manager.ts';

interface RunOptions {
  readonly config: string;
}

export const register: RegisterCommand = (program, context) => {
  program
    .command('run')
    .description('Run the agent until Ctrl-C or SIGTERM; SIGHUP has it read its configuration again.')
    .requiredOption('--config <file>', 'configuration of the agent')
    .action((options: RunOptions) => run(options, context));
};

async function run(options: RunOptions, context: CommandContext): Promise<void> {
  const loaded = loadConfig(options.config, context.environment);
  const { config } = loaded;
  const log = levelledLogger(context.logAt, config.log.level);
  const stateFolder = resolve(config.state);
  const { store: kept } = config;
  const store = await openStore(join(stateFolder, 'store'), {
    log,
    snapshotsKept: kept.snapshots_kept,
    history: { age_ms: kept.history_days * 86_400_000, bytes: kept.history_mib * 2 ** 20 },
  });
  try {
    await serve(options, { loaded, context, log, store, stateFolder });
  } finally {
    await store.close();
  }
}

interface Process {
  readonly loaded: LoadedConfig;
  readonly context: CommandContext;
  readonly log: LevelledLogger;
  readonly store: Store;
  readonly stateFolder: string;
}

async function serve(options: RunOptions, process: Process): Promise<void> {
  const { loaded, context, log, store, stateFolder } = process;
  const { clock, stop } = context;
  const agent = await assembleAgent(loaded, { clock, log, store, stateFolder });
  let { config } = loaded;
  const outputs = new Outputs({
    clock,
    log,
    teller: agent,
    make: (settings, index) =>
      assembleSink(settings, index, config, { clock, log, store, stateFolder, agent }),
  });
  await outputs.make(config.sinks);
  const cluster = await forwarding(config.fleet, agent, { store, clock, log });
  const page = pageOf(config, process, agent, { outputs, cluster });
  const connection = connect(agent.dispatches, () => [page, ...outputs.sinks], log);
  const manager = serviceManager(context.environment, { clock, log, alive: () => agent.health().ready });

  /** Never ends the agent, whatever the file now says. */
  const reload = async (): Promise<void> => {
    manager.reloading();
    try {
      const wanted = loadConfig(options.config, context.environment).config;
      const { now, later } = changesBetween(config, wanted);
      if (later.length > 0) {
        log.warn(
          { event: 'reload-refused', keys: later },
          `take effect with the next start: ${later.join(', ')}`,
        );
      }
      config = inForce(config, wanted);
      log.setLevel(config.log.level);
      for (const line of config.lines) {
        if (now.some((key) => key.startsWith(`lines.${line.name}.`)))
          await agent.apply(line.name, alarmSettings(line));
      }
      await outputs.replace(config.sinks);
      log.info(
        { event: 'reloaded', keys: now },
        now.length > 0 ? `changed: ${now.join(', ')}` : 'nothing has changed',
      );
    } catch (error) {
      log.error({ event: 'reload-failed' }, `the agent goes on as it was: ${messageOf(error)}`);
    }
    manager.ready('running');
  };
  let reloading: Promise<void> = Promise.resolve();
  const deaf = context.onReload?.(() => {
    reloading = reloading.then(reload);
  });

  // Sinks first and sources last, so that nothing is said before anybody listens; the other way round at the end.
  try {
    await page.start();
    await outputs.start();
    cluster.start();
    await agent.start();
    context.out.write(`gapwise runs ${agent.lines().join(', ')}; page at ${page.url}\n`);
    manager.ready('running');
    await aborted(stop);
  } finally {
    deaf?.();
    manager.stopping();
    const stopped = async () => {
      await reloading;
      await agent.stop();
      connection.unsubscribe();
      await Promise.all([outputs.stop(), cluster.stop(), page.stop()]);
    };
    await within(config.stop_within_s, stopped(), clock);
  }
}

function pageOf(
  config: Config,
  { context, log, store }: Process,
  agent: Agent,
  { outputs, cluster }: { outputs: Outputs; cluster: Forwarding },
): HttpServer {
  return createHttpServer(config.http, {
    clock: context.clock,
    log,
    lines: agent,
    advisor: agent,
    alarms: {
      alarms: (line) => agent.alarms(line),
      act: async (action) => {
        await agent.act(action);
      },
    },
    history: store.history(),
    metered: [agent, outputs, cluster, store.history()],
    health: [agent, outputs],
    ready: () => agent.health().ready,
    pageFolder: packageFile('dist', 'page'),
  });
}

/** @throws FatalError where the time is over first. */
async function within(limit_s: number, work: Promise<void>, clock: CommandContext['clock']): Promise<void> {
  let cancel = () => {};
  const limit = new Promise<never>((_, reject) => {
    cancel = clock.after(limit_s * 1000, () =>
      reject(
        new FatalError(`not everything could be delivered and stopped within ${limit_s} s`, {
          where: 'stop_within_s',
        }),
      ),
    );
  });
  try {
    await Promise.race([work, limit]);
  } finally {
    cancel();
  }
}
