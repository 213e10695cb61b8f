import { X509Certificate } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BadInputError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { openTrust } from './certificate-folder.ts';
import { loadOpcUa } from './library.ts';
import { thumbprintOf } from './thumbprint.ts';

export interface ListedCertificate {
  readonly thumbprint: string;
  readonly state: 'own' | 'trusted' | 'rejected';
  readonly subject: string;
  readonly validUntil: string;
  readonly file: string;
}

const folders = [
  ['own', 'own/certs'],
  ['trusted', 'trusted/certs'],
  ['rejected', 'rejected'],
] as const;

/** What lies in a folder of certificates; one that can't be read as a certificate is left out. */
export function listCertificates(folder: string): ListedCertificate[] {
  return folders.flatMap(([state, place]) => {
    const path = join(folder, place);
    if (!existsSync(path)) return [];
    return readdirSync(path)
      .filter((name) => /\.(pem|der|crt|cer)$/i.test(name))
      .sort()
      .flatMap((name) => {
        const file = join(path, name);
        const certificate = read(file);
        if (!certificate) return [];
        return [
          {
            thumbprint: thumbprintOf(certificate.raw),
            state,
            subject: certificate.subject.replaceAll('\n', ', '),
            validUntil: new Date(certificate.validTo).toISOString(),
            file,
          },
        ];
      });
  });
}

function read(file: string): X509Certificate | undefined {
  try {
    return new X509Certificate(readFileSync(file));
  } catch {
    return undefined;
  }
}

/** Those peers, trusted or rejected, whose thumbprint begins with `id`. */
export function peersLike(folder: string, id: string): ListedCertificate[] {
  const wanted = id.replaceAll(':', '').toUpperCase();
  return peersIn(folder).filter(({ thumbprint }) => thumbprint.startsWith(wanted));
}

const peersIn = (folder: string): ListedCertificate[] =>
  listCertificates(folder).filter(({ state }) => state !== 'own');

/**
 * Moves the peers whose thumbprint begins with `id` to the trusted or the rejected ones. An agent at work sees it at
 * its next attempt to connect.
 *
 * @throws BadInputError where none or more than one fits.
 */
export async function decide(
  folder: string,
  id: string,
  decision: 'trust' | 'reject',
  log: Logger,
): Promise<ListedCertificate> {
  const fitting = peersLike(folder, id);
  const [found] = fitting;
  if (!found || new Set(fitting.map(({ thumbprint }) => thumbprint)).size > 1) {
    throw new BadInputError(`${found ? 'several certificates begin' : 'no certificate begins'} with ${id}`, {
      where: folder,
      allowed:
        peersIn(folder)
          .map(({ thumbprint }) => thumbprint)
          .join(', ') || 'none: nobody was refused yet',
    });
  }
  const library = await loadOpcUa(log);
  const manager = await openTrust(library, folder);
  try {
    const { raw } = new X509Certificate(readFileSync(found.file));
    if (decision === 'trust') await manager.trustCertificate(raw);
    else await manager.rejectCertificate(raw);
  } finally {
    await manager.dispose();
  }
  return { ...found, state: decision === 'trust' ? 'trusted' : 'rejected' };
}
