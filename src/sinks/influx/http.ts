import * as http from 'node:http';
import * as https from 'node:https';
import type { InfluxSinkSettings } from '../../config/sinks.ts';
import { tlsOptions } from '../../config/tls-options.ts';

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
