import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Option } from 'commander';
import { opcUaConnection } from '../config/sources.ts';
import { ConfigError, messageOf, RetryableError } from '../core/errors.ts';
import type { Browsed } from '../sources/opcua/browse.ts';
import { positiveInteger } from './arguments.ts';
import { agentsTrustFolder } from './certificates.ts';
import { type CommandContext, emit, type RegisterCommand } from './command.ts';
import { opcUaFolder } from './source-folder.ts';
import { textTable } from './text-table.ts';

interface BrowseOptions {
  readonly security: 'none' | 'sign-and-encrypt';
  readonly username?: string;
  readonly passwordEnv?: string;
  readonly config?: string;
  readonly certificates?: string;
  readonly limit: number;
  readonly writeTags?: string;
  readonly json?: boolean;
}

export const register: RegisterCommand = (program, context) => {
  program
    .command('browse')
    .description('List the variables of an OPC UA server; with --write-tags also as a tag map to start from.')
    .argument('<url>', 'endpoint, opc.tcp://HOST:PORT/PATH')
    .addOption(
      new Option('--security <mode>', 'message security; Basic256Sha256 where there is any')
        .choices(['sign-and-encrypt', 'none'])
        .default('sign-and-encrypt'),
    )
    .option('--username <name>', 'user to log in as; anonymous without')
    .option('--password-env <variable>', 'environment variable that holds the password')
    .addOption(
      new Option('--config <file>', 'configuration of an agent, to use its certificates').conflicts(
        'certificates',
      ),
    )
    .option(
      '--certificates <folder>',
      'own certificate and trusted servers; by default those of an agent whose state is in ./state',
    )
    .option('--limit <count>', 'most variables to list', positiveInteger, 5_000)
    .option('--write-tags <file>', 'writes the numeric variables as a tag map (YAML); never over a file')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
Examples:
  gapwise browse opc.tcp://coater.plant:4840 --write-tags tags.yaml
  gapwise browse opc.tcp://127.0.0.1:4840 --security none`,
    )
    .action((url: string, options: BrowseOptions) => browse(url, options, context));
};

async function browse(url: string, options: BrowseOptions, context: CommandContext): Promise<void> {
  const parsed = opcUaConnection.safeParse({
    endpoint: url,
    ...(options.security === 'none' ? { security: { mode: 'none' } } : {}),
    endpoint_must_exist: false,
    ...(options.username === undefined ? {} : { username: options.username }),
    ...(options.passwordEnv === undefined ? {} : { password: passwordFrom(options.passwordEnv, context) }),
  });
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues[0]?.message ?? 'not an endpoint', { where: url });
  }
  const [{ visitServer }, { browseVariables }, { tagMap, tagMapYaml }] = await Promise.all([
    import('../sources/opcua/visit.ts'),
    import('../sources/opcua/browse.ts'),
    import('../sources/opcua/tag-map.ts'),
  ]);
  const visit = await visitServer(parsed.data, {
    clock: context.clock,
    log: context.log,
    certificatesFolder: await folderOf(options, context),
  });
  let browsed: Browsed;
  try {
    const fault = visit.findings.find(({ level }) => level === 'failed');
    if (fault || !visit.session) {
      throw new RetryableError(`${fault?.subject}: ${fault?.detail}; ${fault?.advice}`, { where: url });
    }
    browsed = await browseVariables(visit.session, visit.library, options.limit);
  } finally {
    await visit.close();
  }
  if (options.writeTags !== undefined) {
    write(options.writeTags, tagMapYaml(url, tagMap(browsed.variables)));
    context.err.write(`Tag map in ${options.writeTags}.\n`);
  }
  emit(context, options.json, { endpoint: url, ...browsed }, () => text(browsed));
}

async function folderOf(options: BrowseOptions, context: CommandContext): Promise<string> {
  if (options.certificates !== undefined) return resolve(options.certificates);
  if (options.config !== undefined) return agentsTrustFolder(options.config, context);
  const { certificatesFolder } = await import('../sources/opcua/certificate-folder.ts');
  return certificatesFolder(opcUaFolder(resolve('state')));
}

function passwordFrom(variable: string, { environment }: CommandContext): string {
  const password = environment[variable];
  if (password === undefined) throw new ConfigError('the variable is not set', { where: variable });
  return password;
}

function write(file: string, content: string): void {
  try {
    writeFileSync(file, content, { flag: 'wx' });
  } catch (error) {
    throw new ConfigError(`the tag map can't be written: ${messageOf(error)}`, { where: file, cause: error });
  }
}

function text({ variables, cut }: Browsed): string {
  const rows = variables.map(({ node, path, dataType, unit, value, quality }) => [
    path.join('/'),
    dataType,
    unit ?? '-',
    quality === 'Good' ? String(value ?? '-') : quality,
    node,
  ]);
  const end = cut ? `\n\nThere are more: raise --limit above ${variables.length}.` : '';
  return `${textTable([['variable', 'type', 'unit', 'value', 'node'], ...rows])}${end}`;
}
