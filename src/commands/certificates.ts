import { resolve } from 'node:path';
import { Option } from 'commander';
import { loadConfig } from '../config/load.ts';
import { ConfigError } from '../core/errors.ts';
import type { ListedCertificate } from '../sources/opcua/certificates.ts';
import { type CommandContext, emit, type RegisterCommand } from './command.ts';
import { opcUaFolder } from './source-folder.ts';
import { textTable } from './text-table.ts';

interface CertificatesOptions {
  readonly config?: string;
  readonly folder?: string;
  readonly json?: boolean;
}

export const register: RegisterCommand = (program, context) => {
  const command = program
    .command('certificates')
    .description('List, trust or reject the certificates of OPC UA servers, by their thumbprint.')
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
and gapwise browse use it too; an agent at work sees a decision at its next attempt to connect.

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
  const folder = await trustFolder(options, context);
  const { listCertificates, decide } = await import('../sources/opcua/certificates.ts');
  if (action === 'trust' || action === 'reject') {
    if (id === undefined) throw new ConfigError('which certificate?', { allowed: `${action} THUMBPRINT` });
    const changed = [await decide(folder, id, action, context.log)];
    emit(context, options.json, { folder, certificates: changed }, () => table(changed));
    return;
  }
  if (action !== 'list') throw new ConfigError(`"${action}"`, { allowed: 'list, trust ID, reject ID' });
  const certificates = listCertificates(folder);
  emit(context, options.json, { folder, certificates }, () =>
    certificates.length === 0
      ? `No certificates yet in ${folder}: the first attempt to connect makes one.`
      : `${table(certificates)}\n\nin ${folder}`,
  );
}

async function trustFolder(options: CertificatesOptions, context: CommandContext): Promise<string> {
  if (options.folder !== undefined) return resolve(options.folder);
  if (options.config === undefined) {
    throw new ConfigError('whose certificates?', { allowed: '--config FILE or --folder FOLDER' });
  }
  return agentsTrustFolder(options.config, context);
}

/** The folder of certificates that the sources of this agent use. */
export async function agentsTrustFolder(configFile: string, context: CommandContext): Promise<string> {
  const { certificatesFolder } = await import('../sources/opcua/certificate-folder.ts');
  const { config } = loadConfig(configFile, context.environment);
  if (config.lines.some(({ sources }) => sources.some(({ type }) => type === 'opcua'))) {
    return certificatesFolder(opcUaFolder(resolve(config.state)));
  }
  throw new ConfigError('there is no OPC UA source', {
    where: configFile,
    allowed: 'a configuration with a source of type opcua, or --folder FOLDER',
  });
}

function table(certificates: readonly ListedCertificate[]): string {
  const rows = certificates.map(({ state, thumbprint, subject, validUntil }) => [
    state,
    thumbprint,
    validUntil.slice(0, 10),
    subject,
  ]);
  return textTable([['state', 'thumbprint', 'valid until', 'subject'], ...rows]);
}
