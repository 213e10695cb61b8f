import { resolve } from 'node:path';
import { Option } from 'commander';
import { loadConfig } from '../config/load.ts';
import { BadInputError, ConfigError } from '../core/errors.ts';
import type { ListedCertificate } from '../sources/opcua/certificates.ts';
import { type CommandContext, emit, type RegisterCommand } from './command.ts';
import { sourceFolder } from './source-folder.ts';
import { textTable } from './text-table.ts';

interface CertificatesOptions {
  readonly config?: string;
  readonly folder?: string;
  readonly line?: string;
  readonly json?: boolean;
}

/** Certificates of one OPC UA source. */
interface Place {
  readonly source: string;
  readonly folder: string;
}

export const register: RegisterCommand = (program, context) => {
  const command = program
    .command('certificates')
    .description('List, trust or reject the certificates of OPC UA servers, by their thumbprint.')
    .argument('[action]', 'list, trust or reject', 'list')
    .argument('[id]', 'thumbprint, or how it begins')
    .addOption(new Option('--config <file>', 'configuration of the agent').conflicts('folder'))
    .option('--folder <folder>', 'a folder of certificates by itself, as gapwise browse keeps')
    .option('--line <name>', 'only the sources of this line')
    .option('--json', 'one JSON document')
    .addHelpText(
      'after',
      `
A server whose certificate is not trusted is refused, and then listed here as rejected. Compare its thumbprint with
what the server itself shows before you trust it.

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
  const places = await placesOf(options, context);
  const { listCertificates, decide } = await import('../sources/opcua/certificates.ts');
  if (action === 'trust' || action === 'reject') {
    if (id === undefined) throw new ConfigError('which certificate?', { allowed: `${action} THUMBPRINT` });
    const changed: (ListedCertificate & { source: string })[] = [];
    let fault: unknown;
    // A server that several sources use has its certificate in the folder of each.
    for (const { source, folder } of places) {
      try {
        changed.push({ source, ...(await decide(folder, id, action, context.log)) });
      } catch (error) {
        if (!(error instanceof BadInputError)) throw error;
        fault ??= error;
      }
    }
    if (changed.length === 0) throw fault;
    emit(context, options.json, { certificates: changed }, () => table(changed));
    return;
  }
  if (action !== 'list') throw new ConfigError(`"${action}"`, { allowed: 'list, trust ID, reject ID' });
  const listed = places.flatMap(({ source, folder }) =>
    listCertificates(folder).map((certificate) => ({ source, ...certificate })),
  );
  emit(context, options.json, { certificates: listed }, () =>
    listed.length === 0 ? 'No certificates yet: the first attempt to connect makes one.' : table(listed),
  );
}

async function placesOf(options: CertificatesOptions, context: CommandContext): Promise<Place[]> {
  if (options.folder !== undefined) return [{ source: options.folder, folder: resolve(options.folder) }];
  if (options.config === undefined) {
    throw new ConfigError('whose certificates?', { allowed: '--config FILE or --folder FOLDER' });
  }
  const { certificatesFolder } = await import('../sources/opcua/client.ts');
  const { config } = loadConfig(options.config, context.environment);
  const lines = config.lines.filter(({ name }) => options.line === undefined || name === options.line);
  const places = lines.flatMap(({ name, sources }) =>
    sources.flatMap(({ type }, index) =>
      type === 'opcua'
        ? [
            {
              source: `${name} source ${index}`,
              folder: certificatesFolder(sourceFolder(resolve(config.state), name, index, type)),
            },
          ]
        : [],
    ),
  );
  if (places.length > 0) return places;
  throw new ConfigError(options.line ? `line ${options.line} has no OPC UA source` : 'no OPC UA source', {
    where: options.config,
    allowed: `lines ${config.lines.map(({ name }) => name).join(', ')}`,
  });
}

function table(certificates: readonly (ListedCertificate & { source: string })[]): string {
  const rows = certificates.map(({ source, state, thumbprint, subject, validUntil }) => [
    source,
    state,
    thumbprint,
    validUntil.slice(0, 10),
    subject,
  ]);
  return textTable([['source', 'state', 'thumbprint', 'valid until', 'subject'], ...rows]);
}
