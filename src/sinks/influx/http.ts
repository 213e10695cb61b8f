import { readFileSync } from 'node:fs';
import * as http from 'node:http';
import * as https from 'node:https';
import type { TlsSettings } from '../../config/connection.ts';
import type { InfluxSinkSettings } from '../../config/sinks.ts';
import { ConfigError, messageOf } from '../../core/errors.ts';

/** @throws ConfigError for a TLS file that can't be read. */
export function tlsOptions(tls: TlsSettings | undefined): https.RequestOptions {
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

export interface Answer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  /** On one line, shortened. */
  readonly text: string;
}

export interface Question {
  readonly method: 'GET' | 'POST';
  /** Path and query, below the URL of the settings. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request outside the stream of points. Rejects where there is no answer. */
export function ask(
  { url, tls, timeout_ms }: InfluxSinkSettings,
  { method, path, headers = {}, body = '' }: Question,
): Promise<Answer> {
  const request = url.startsWith('https:') ? https.request : http.request;
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url.replace(/\/$/, '')}${path}`,
      { method, headers: { ...headers, 'content-length': Buffer.byteLength(body) }, ...tlsOptions(tls) },
      (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (part: string) => {
          if (text.length < LONGEST_ANSWER) text += part;
        });
        response.on('error', reject);
        response.on('end', () => {
          const { statusCode = 0, headers: told } = response;
          resolve({ status: statusCode, headers: told, text: text.replace(/\s+/g, ' ').slice(0, 300) });
        });
      },
    );
    sent.setTimeout(timeout_ms, () => sent.destroy(new Error(`no answer within ${timeout_ms / 1000} s`)));
    sent.on('error', reject);
    sent.end(body);
  });
}

const LONGEST_ANSWER = 10_000;
