import { HttpError, InfluxDB, type WriteApi } from '@influxdata/influxdb-client';
import type { InfluxSinkSettings } from '../../config/sinks.ts';

/** Writes lines of line protocol with times in ms; the promise tells what really happened. */
export interface InfluxWriter {
  write(lines: readonly string[]): Promise<WriteOutcome>;
  close(): void;
}

export type WriteOutcome =
  | { readonly result: 'written' }
  /** The same lines will be refused again, however often they are sent. */
  | { readonly result: 'refused'; readonly detail: string }
  | { readonly result: 'unreachable'; readonly detail: string };

/**
 * The library without its own batching and retrying: its timer swallows errors and its retry buffer forgets them,
 * so each batch is flushed at once and its outcome awaited here.
 */
export function createWriter(settings: InfluxSinkSettings): InfluxWriter {
  const { target } = settings;
  const client = new InfluxDB({
    url: settings.url,
    timeout: settings.timeout_ms,
    ...(target.version === '2' && target.token !== undefined ? { token: target.token } : {}),
  });
  const [org, bucket] = target.version === '2' ? [target.org, target.bucket] : ['', ''];
  const api: WriteApi & { path?: string } = client.getWriteApi(org, bucket, 'ms', {
    batchSize: settings.batch_size + 1,
    maxBatchBytes: Number.MAX_SAFE_INTEGER,
    flushInterval: 0,
    maxRetries: 0,
    // Handing the error on keeps the library from printing it to the console.
    writeFailed: (error) => Promise.reject(error),
    ...(target.version === '1' ? { headers: basicAuthorization(target.username, target.password) } : {}),
  });
  if (target.version === '1') {
    const query = new URLSearchParams({ db: target.database, precision: 'ms' });
    if (target.retention_policy !== undefined) query.set('rp', target.retention_policy);
    // The library knows the API of 2.x only; the lines are the same.
    api.path = `/write?${query}`;
  }
  return {
    async write(lines) {
      try {
        api.writeRecords([...lines]);
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

function basicAuthorization(username?: string, password?: string): Record<string, string> {
  if (username === undefined) return {};
  return { authorization: `Basic ${Buffer.from(`${username}:${password ?? ''}`).toString('base64')}` };
}

/** 400, 413 and 422 are about the lines; anything else (also 401 or 404) is mended at the server or the network. */
function outcomeOf(error: unknown): WriteOutcome {
  const detail = error instanceof Error ? error.message.slice(0, 300) : String(error);
  const aboutLines = error instanceof HttpError && [400, 413, 422].includes(error.statusCode);
  return { result: aboutLines ? 'refused' : 'unreachable', detail };
}
