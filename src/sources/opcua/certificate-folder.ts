import { existsSync, mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { OPCUACertificateManager, StatusCode } from 'node-opcua';
import type { OpcUaLibrary } from './library.ts';
import { thumbprintOf } from './thumbprint.ts';

export const applicationName = 'gapwise';

/** Names this agent to servers; its certificate has to carry the same URI (OPC 10000-6, 6.2.2). */
export const applicationUri = (): string => `urn:${hostname().slice(0, 40)}:${applicationName}`;

/** Where the certificates lie, below the folder of the source. */
export const certificatesFolder = (sourceFolder: string): string => join(sourceFolder, 'certificates');

/** The agent's own certificate, for servers to trust. */
export const ownCertificate = (folder: string): string => join(folder, 'own/certs/client_certificate.pem');

/** A server that was not let in, by the thumbprint of its certificate. */
export interface RefusedServer {
  readonly thumbprint: string;
  /** Name of the status code, e.g. `BadCertificateUntrusted`. */
  readonly status: string;
}

/**
 * Own certificate and key, trusted and rejected servers, in a folder that several sources may share. The library's own
 * default would trust everyone; a server that is refused here lies in `rejected` until somebody decides.
 */
export async function openCertificates(
  library: OpcUaLibrary,
  folder: string,
  onRefused?: (server: RefusedServer) => void,
): Promise<OPCUACertificateManager> {
  const certificates = await openTrust(library, folder, onRefused);
  await makeOwnCertificate(certificates, folder);
  return certificates;
}

/** The same for a folder whose own certificate is somebody else's to make. */
export async function openTrust(
  library: OpcUaLibrary,
  folder: string,
  onRefused: (server: RefusedServer) => void = () => {},
): Promise<OPCUACertificateManager> {
  class Certificates extends library.OPCUACertificateManager {
    override checkCertificate(certificate: Buffer | Buffer[]): Promise<StatusCode>;
    override checkCertificate(certificate: Buffer | Buffer[], done: StatusCallback): void;
    override checkCertificate(certificate: Buffer | Buffer[], done?: StatusCallback): unknown {
      const checked = super.checkCertificate(certificate).then((status) => {
        const [own = Buffer.alloc(0)] = Array.isArray(certificate) ? certificate : [certificate];
        if (status.isNotGood()) onRefused({ thumbprint: thumbprintOf(own), status: status.name });
        return status;
      });
      if (!done) return checked;
      checked.then((status) => done(null, status), done);
      return undefined;
    }
  }
  mkdirSync(folder, { recursive: true });
  const certificates = new Certificates({
    rootFolder: folder,
    automaticallyAcceptUnknownCertificate: false,
  });
  await certificates.initialize();
  return certificates;
}

type StatusCallback = (error: Error | null, status?: StatusCode) => void;

/** Who trusts it at the server should read whose it is; the library would name its own maker. */
async function makeOwnCertificate(certificates: OPCUACertificateManager, folder: string): Promise<void> {
  const outputFile = ownCertificate(folder);
  if (existsSync(outputFile)) return;
  const host = hostname();
  // A common name has 64 characters at most (RFC 5280, appendix A).
  const commonName = `${applicationName}@${host}`.slice(0, 64);
  await certificates.createSelfSignedCertificate({
    applicationUri: applicationUri(),
    dns: [host],
    outputFile,
    subject: `/CN=${commonName}/O=${applicationName}`,
    startDate: new Date(),
    validity: 3650,
  });
}
