import { join } from 'node:path';
import type { OPCUACertificateManager, OPCUAClient, UserIdentityInfo } from 'node-opcua';
import type { OpcUaSourceSettings } from '../../config/sources.ts';
import type { OpcUaLibrary } from './library.ts';

/** Own certificate and key, trusted and rejected peers. The library's own default would trust everyone. */
export async function openCertificates(
  library: OpcUaLibrary,
  stateFolder: string,
): Promise<OPCUACertificateManager> {
  const certificates = new library.OPCUACertificateManager({
    rootFolder: join(stateFolder, 'opcua-certificates'),
    automaticallyAcceptUnknownCertificate: false,
  });
  await certificates.initialize();
  return certificates;
}

/**
 * A client that takes up its session again after a lost connection, so that what the server queued meanwhile still
 * comes. Attempts follow the configured schedule without end.
 */
export function createClient(
  library: OpcUaLibrary,
  settings: OpcUaSourceSettings,
  certificates: OPCUACertificateManager,
): OPCUAClient {
  const { MessageSecurityMode, SecurityPolicy } = library;
  const { mode, policy } = settings.security;
  return library.OPCUAClient.create({
    applicationName: 'gapwise',
    clientName: 'gapwise',
    clientCertificateManager: certificates,
    securityMode: {
      'sign-and-encrypt': MessageSecurityMode.SignAndEncrypt,
      sign: MessageSecurityMode.Sign,
      none: MessageSecurityMode.None,
    }[mode],
    securityPolicy: policy === 'none' ? SecurityPolicy.None : SecurityPolicy[policy],
    endpointMustExist: settings.endpoint_must_exist,
    keepSessionAlive: true,
    defaultTransactionTimeout: settings.timeout_ms,
    transportTimeout: settings.timeout_ms,
    requestedSessionTimeout: settings.session_timeout_s * 1000,
    connectionStrategy: {
      maxRetry: -1,
      initialDelay: settings.retry.initial_ms,
      maxDelay: settings.retry.max_ms,
      randomisationFactor: settings.retry.jitter,
    },
  });
}

export function userIdentity(library: OpcUaLibrary, settings: OpcUaSourceSettings): UserIdentityInfo {
  return settings.username === undefined
    ? { type: library.UserTokenType.Anonymous }
    : {
        type: library.UserTokenType.UserName,
        userName: settings.username,
        password: settings.password ?? '',
      };
}
