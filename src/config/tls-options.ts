import { readFileSync } from 'node:fs';
import { ConfigError, messageOf } from '../core/errors.ts';
import type { TlsSettings } from './connection.ts';

/** TLS as Node.js takes it; MQTT and HTTPS clients hand it on as it is. */
export interface TlsOptions {
  readonly rejectUnauthorized?: boolean;
  readonly ca?: Buffer;
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly servername?: string;
}

/** @throws ConfigError for a file that can't be read. */
export function tlsOptions(tls: TlsSettings | undefined): TlsOptions {
  if (!tls) return {};
  const { ca_file, certificate_file, key_file, server_name } = tls;
  return {
    rejectUnauthorized: !tls.allow_unknown,
    ...(ca_file !== undefined && { ca: read(ca_file, 'tls.ca_file') }),
    ...(certificate_file !== undefined && { cert: read(certificate_file, 'tls.certificate_file') }),
    ...(key_file !== undefined && { key: read(key_file, 'tls.key_file') }),
    ...(server_name !== undefined && { servername: server_name }),
  };
}

function read(file: string, where: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ConfigError(`the file can't be read: ${messageOf(error)}`, { where, cause: error });
  }
}
