import { HttpError, InfluxDB, type WriteApi } from '@influxdata/influxdb-client';
import type { InfluxSinkSettings } from '../../config/sinks.ts';
import { tlsOptions } from '../../config/tls-options.ts';
import { messageOf } from '../../core/errors.ts';
import { writeAccess } from './target.ts';

/** Writes line protocol with times in ns; the promise tells what really happened. */
export interface InfluxWriter {
  /** @param text any number of lines. */
  write(text: string): Promise<WriteOutcome>;
  close(): void;
}

export type WriteOutcome =
  | { readonly result: 'written' }
  /** The same lines will be refused again, however often they are sent. */
  | { readonly result: 'refused'; readonly detail: string }
  /** The server is there, the database or bucket is not. */
  | { readonly result: 'missing'; readonly detail: string }
  | { readonly result: 'unreachable'; readonly detail: string };

/**
 * The library without its own batching and retrying: its timer swallows errors and its retry buffer forgets them, so
 * what is written goes out at once as one record, and its outcome is awaited here.
 *
 * @throws ConfigError for a TLS file that can't be read.
 */
export function createWriter(settings: InfluxSinkSettings): InfluxWriter {
  const { path, headers } = writeAccess(settings.target);
  const client = new InfluxDB({
    url: settings.url,
    timeout: settings.timeout_ms,
    transportOptions: tlsOptions(settings.tls),
  });
  const api: WriteApi & { path?: string } = client.getWriteApi('', '', 'ns', {
    batchSize: 2,
    maxBatchBytes: Number.MAX_SAFE_INTEGER,
    flushInterval: 0,
    maxRetries: 0,
    // Handing the error on keeps the library from printing it to the console.
    writeFailed: (error) => Promise.reject(error),
    headers: { ...headers },
  });
  // The library knows the API of 2.x only; the lines are the same for all.
  api.path = path;
  return {
    async write(text) {
      try {
        api.writeRecord(text);
        await api.flush();
        return { result: 'written' };
      } catch (error) {
        return outcomeOf(error);
      }
    },
    close: () => {
      api.dispose();
    },
  };
}

/** 400, 413 and 422 are about the lines; anything else (also 401 or 429) is mended at the server or the network. */
function outcomeOf(error: unknown): WriteOutcome {
  const detail = shortened(messageOf(error).replace(/\s+/g, ' '));
  if (!(error instanceof HttpError)) return { result: 'unreachable', detail };
  const { statusCode } = error;
  if ([400, 413, 422].includes(statusCode)) return { result: 'refused', detail };
  return {
    result: statusCode === 404 ? 'missing' : 'unreachable',
    detail: detail || `answered ${statusCode}`,
  };
}

/** A server quotes the line first and says at the end what is wrong with it. */
const shortened = (text: string): string =>
  text.length > 400 ? `${text.slice(0, 150)} … ${text.slice(-240)}` : text;
