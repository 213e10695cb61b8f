import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { loadConfig } from '../config/load.ts';
import { FatalError } from '../core/errors.ts';
import { openStore } from '../store/store.ts';
import { type CommandContext, emit, type RegisterCommand } from './command.ts';

interface BackupOptions {
  readonly config: string;
  readonly to: string;
  readonly json?: boolean;
}

export const register: RegisterCommand = (program, context) => {
  program
    .command('backup')
    .description(
      'Copy the state of an agent, as it is at one instant, into a new folder; the agent may be running.',
    )
    .requiredOption('--config <file>', 'configuration of the agent')
    .requiredOption('--to <folder>', 'where to; it must not exist or be empty')
    .option('--json', 'one JSON document on standard output')
    .action((options: BackupOptions) => backup(options, context));
};

/** The folder of the copy takes the place of the state folder as it is. */
async function backup(options: BackupOptions, context: CommandContext): Promise<void> {
  const { config } = loadConfig(options.config, context.environment);
  const [state, to] = [resolve(config.state), resolve(options.to)];
  if (existsSync(to) && readdirSync(to).length > 0) {
    throw new FatalError('the folder is not empty', { where: to, allowed: 'a new folder' });
  }
  const store = await openStore(join(state, 'store'), { log: context.log, readOnly: true });
  try {
    await store.copyTo(join(to, 'store'));
  } finally {
    await store.close();
  }
  // Certificates and the like: files of their own, which change by hand alone.
  const others = readdirSync(state).filter((name) => name !== 'store');
  for (const name of others) cpSync(join(state, name), join(to, name), { recursive: true });
  emit(context, options.json, { from: state, to }, () => `${state} copied to ${to}`);
}
