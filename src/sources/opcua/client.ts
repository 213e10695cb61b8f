import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { OPCUACertificateManager, OPCUAClient, OPCUAClientOptions, UserIdentityInfo } from 'node-opcua';
import type { OpcUaConnectionSettings } from '../../config/sources.ts';
import { ConfigError, messageOf } from '../../core/errors.ts';
import { applicationName, applicationUri } from './certificate-folder.ts';
import type { OpcUaLibrary } from './library.ts';

/**
 * A client that takes up its session again after a lost connection, so that what the server queued meanwhile still
 * comes. Attempts follow the configured schedule without end, unless `options` say otherwise.
 */
export function createClient(
  library: OpcUaLibrary,
  settings: OpcUaConnectionSettings,
  certificates: OPCUACertificateManager,
  options: OPCUAClientOptions = {},
): OPCUAClient {
  const { MessageSecurityMode, SecurityPolicy } = library;
  const { mode, policy } = settings.security;
  return library.OPCUAClient.create({
    applicationName,
    applicationUri: applicationUri(),
    clientName: applicationName,
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
    ...options,
  });
}

/** @throws ConfigError for a user certificate or key that can't be read. */
export function userIdentity(library: OpcUaLibrary, settings: OpcUaConnectionSettings): UserIdentityInfo {
  const { UserTokenType } = library;
  if (settings.user_certificate !== undefined) {
    const { certificate_file, key_file } = settings.user_certificate;
    return {
      type: UserTokenType.Certificate,
      certificateData: load(certificate_file, (bytes) => new X509Certificate(bytes).raw),
      privateKey: load(key_file, (bytes) =>
        String(createPrivateKey(bytes).export({ type: 'pkcs8', format: 'pem' })),
      ),
    };
  }
  return settings.username === undefined
    ? { type: UserTokenType.Anonymous }
    : { type: UserTokenType.UserName, userName: settings.username, password: settings.password ?? '' };
}

function load<T>(file: string, read: (bytes: Buffer) => T): T {
  try {
    return read(readFileSync(file));
  } catch (error) {
    throw new ConfigError(`can't be used as a user's certificate or key: ${messageOf(error)}`, {
      where: file,
      cause: error,
    });
  }
}
