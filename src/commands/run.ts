import { join, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import type { Sink } from '../core/sink.ts';
import { createHttpServer } from '../http/server.ts';
import { openStore } from '../store/store.ts';
import { assembleAgent, assembleSinks } from './assemble.ts';
import type { CommandContext, RegisterCommand } from './command.ts';
import { connect } from './connect.ts';
import { packageFile } from './package-files.ts';

interface RunOptions {
  readonly config: string;
}

export const register: RegisterCommand = (program, context) => {
  program
    .command('run')
    .description('Run the agent until Ctrl-C or SIGTERM.')
    .requiredOption('--config <file>', 'configuration of the agent')
    .action((options: RunOptions) => run(options, context));
};

async function run(options: RunOptions, context: CommandContext): Promise<void> {
  const loaded = loadConfig(options.config, context.environment);
  const { config } = loaded;
  const { clock, stop } = context;
  const log = context.logAt(config.log.level);
  const stateFolder = resolve(config.state);
  const store = await openStore(join(stateFolder, 'store'), {
    log,
    snapshotsKept: config.store.snapshots_kept,
  });
  const agent = await assembleAgent(loaded, { clock, log, store, stateFolder });
  const page = createHttpServer(config.http, {
    clock,
    log,
    lines: agent,
    advisor: agent,
    pageFolder: packageFile('dist', 'page'),
  });
  const sinks: Sink[] = [page, ...(await assembleSinks(config, clock, log))];
  const connection = connect(agent.reports, sinks, log);
  // Sinks first and sources last, so that nothing is said before anybody listens; the other way round at the end.
  try {
    for (const sink of sinks) await sink.start();
    await agent.start();
    context.out.write(`gapwise runs ${agent.lines().join(', ')}; page at ${page.url}\n`);
    await new Promise<void>((resolve) => {
      if (stop.aborted) resolve();
      stop.addEventListener('abort', () => resolve());
    });
  } finally {
    await agent.stop();
    connection.unsubscribe();
    await Promise.all(sinks.map((sink) => sink.stop()));
    await store.close();
  }
}
