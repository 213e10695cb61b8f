import type { InfluxSinkSettings } from '../../config/sinks.ts';

export type InfluxTarget = InfluxSinkSettings['target'];

/**
 * Where and how each version takes writes. InfluxDB 3 has its own `/api/v3/write_lp`, too, but takes those of version 2
 * for good, and so do its hosted forms, which have nothing else.
 */
export interface WriteAccess {
  /** What the place is called there, with its name, for people. */
  readonly place: string;
  /** Path and query, below the URL. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

export function writeAccess(target: InfluxTarget): WriteAccess {
  switch (target.version) {
    case '1': {
      const { database, retention_policy: rp } = target;
      const query = { db: database, precision: 'ns', ...(rp !== undefined && { rp }) };
      return {
        place: `database ${database}`,
        path: `/write?${new URLSearchParams(query)}`,
        headers: credentials(target),
      };
    }
    case '2': {
      const { org, bucket } = target;
      return {
        place: `bucket ${bucket}`,
        path: `/api/v2/write?${new URLSearchParams({ org, bucket, precision: 'ns' })}`,
        headers: credentials(target),
      };
    }
    case '3': {
      const { database } = target;
      return {
        place: `database ${database}`,
        path: `/api/v2/write?${new URLSearchParams({ bucket: database, precision: 'ns' })}`,
        headers: credentials(target),
      };
    }
  }
}

/** A header with the password or token, where there is one. */
function credentials(target: InfluxTarget): Record<string, string> {
  if (target.version !== '1')
    return target.token === undefined ? {} : { authorization: `Token ${target.token}` };
  if (target.username === undefined) return {};
  const pair = Buffer.from(`${target.username}:${target.password ?? ''}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}
