import { resolve } from 'node:path';
import { Option } from 'commander';
import { loadConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { BadInputError, ConfigError } from '../core/errors.ts';
import type { ListedCertificate } from '../sources/opcua/certificates.ts';
import { type CommandContext, emit, type RegisterCommand } from './command.ts';
import { opcUaFolder, sinkFolder } from './source-folder.ts';
import { textTable } from './text-table.ts';

interface CertificatesOptions {
  readonly config?: string;
  readonly folder?: string;
  readonly json?: boolean;
}

export const register: RegisterCommand = (program, context) => {
  const command = program
    .command('certificates')
    .description('List, trust or reject the certificates of OPC UA servers and clients, by their thumbprint.')
    .argument('[action]', 'list, trust or reject', 'list')
    .argument('[id]', 'thumbprint, or how it begins')
    .addOption(new Option('--config <file>', 'configuration of the agent').conflicts('folder'))
    .option('--folder <folder>', 'the folder of certificates itself')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
A server whose certificate is not trusted is refused, and then listed here as rejected. Compare its thumbprint with
what the server itself shows before you trust it. All OPC UA sources of an agent share one folder, and gapwise check
and gapwise browse use it too; an agent at work sees a decision at its next attempt to connect. Each OPC UA sink has a
folder of its own, for the clients that want to read from it: the first column says whose folder it is.

Example:
  gapwise certificates trust 3F9A --config line.yaml`,
    );
  command.action((action: string, id: string | undefined, options: CertificatesOptions) =>
    certificates(action, id, options, context),
  );
};

async function certificates(
  action: string,
  id: string | undefined,
  options: CertificatesOptions,
  context: CommandContext,
): Promise<void> {
  const folders = await trustFolders(options, context);
  const { listCertificates } = await import('../sources/opcua/certificates.ts');
  if (action === 'trust' || action === 'reject') {
    if (id === undefined) throw new ConfigError('which certificate?', { allowed: `${action} THUMBPRINT` });
    const changed = await decideIn(folders, id, action, context);
    emit(context, options.json, { folders, certificates: [changed] }, () => table([changed]));
    return;
  }
  if (action !== 'list') throw new ConfigError(`"${action}"`, { allowed: 'list, trust ID, reject ID' });
  const certificates = folders.flatMap(({ of, folder }) =>
    listCertificates(folder).map((one) => ({ of, ...one })),
  );
  emit(context, options.json, { folders, certificates }, () => {
    const places = folders.map(({ of, folder }) => `${of}: ${folder}`).join('\n');
    return certificates.length === 0
      ? `No certificates yet, the first attempt to connect makes one:\n${places}`
      : `${table(certificates)}\n\n${places}`;
  });
}

/** A folder of certificates, and of which part of the agent it is. */
interface TrustFolder {
  readonly of: string;
  readonly folder: string;
}

type Listed = ListedCertificate & Pick<TrustFolder, 'of'>;

/** To trust a server is not to trust a client: a certificate that lies in two folders has to be told which is meant. */
async function decideIn(
  folders: readonly TrustFolder[],
  id: string,
  action: 'trust' | 'reject',
  { log }: CommandContext,
): Promise<Listed> {
  const { decide, listCertificates, peersLike } = await import('../sources/opcua/certificates.ts');
  const fitting = folders.filter(({ folder }) => peersLike(folder, id).length > 0);
  const [found] = fitting;
  if (found && fitting.length === 1)
    return { of: found.of, ...(await decide(found.folder, id, action, log)) };
  if (found) {
    throw new BadInputError(`${fitting.map(({ of }) => of).join(' and ')} both know ${id}`, {
      allowed: fitting.map(({ folder }) => `--folder ${folder}`).join(' or '),
    });
  }
  const known = folders.flatMap(({ folder }) =>
    listCertificates(folder).flatMap(({ state, thumbprint }) => (state === 'own' ? [] : [thumbprint])),
  );
  throw new BadInputError(`no certificate begins with ${id}`, {
    where: folders.map(({ folder }) => folder).join(', '),
    allowed: known.join(', ') || 'none: nobody was refused yet',
  });
}

async function trustFolders(options: CertificatesOptions, context: CommandContext): Promise<TrustFolder[]> {
  if (options.folder !== undefined) return [{ of: 'folder', folder: resolve(options.folder) }];
  if (options.config === undefined) {
    throw new ConfigError('whose certificates?', { allowed: '--config FILE or --folder FOLDER' });
  }
  const { certificatesFolder: ofSources } = await import('../sources/opcua/certificate-folder.ts');
  const { certificatesFolder: ofSink } = await import('../sinks/opcua/certificates-folder.ts');
  const { config } = loadConfig(options.config, context.environment);
  const state = resolve(config.state);
  const folders = [
    ...(hasOpcUaSource(config) ? [{ of: 'sources', folder: ofSources(opcUaFolder(state)) }] : []),
    ...config.sinks.flatMap(({ type }, index) =>
      type === 'opcua' ? [{ of: `sink ${index}`, folder: ofSink(sinkFolder(state, index, type)) }] : [],
    ),
  ];
  if (folders.length > 0) return folders;
  throw new ConfigError('there is no OPC UA source and no OPC UA sink', {
    where: options.config,
    allowed: 'a configuration with a source or sink of type opcua, or --folder FOLDER',
  });
}

const hasOpcUaSource = ({ lines }: Config): boolean =>
  lines.some(({ sources }) => sources.some(({ type }) => type === 'opcua'));

/** The folder of certificates that the sources of this agent use. */
export async function agentsTrustFolder(configFile: string, context: CommandContext): Promise<string> {
  const { certificatesFolder } = await import('../sources/opcua/certificate-folder.ts');
  const { config } = loadConfig(configFile, context.environment);
  if (hasOpcUaSource(config)) return certificatesFolder(opcUaFolder(resolve(config.state)));
  throw new ConfigError('there is no OPC UA source', {
    where: configFile,
    allowed: 'a configuration with a source of type opcua, or --folder FOLDER',
  });
}

function table(certificates: readonly Listed[]): string {
  const rows = certificates.map(({ of, state, thumbprint, subject, validUntil }) => [
    of,
    state,
    thumbprint,
    validUntil.slice(0, 10),
    subject,
  ]);
  return textTable([['of', 'state', 'thumbprint', 'valid until', 'subject'], ...rows]);
}
