import type { InfluxSinkSettings } from '../../config/sinks.ts';
import { messageOf } from '../../core/errors.ts';
import { type Finding, failed, ok } from '../../core/finding.ts';
import { networkFault } from '../../core/network-faults.ts';

/**
 * Writes nothing, at the address and with the rights with which the agent would write: databases look for the place
 * and the rights before they look at the lines. It never throws.
 */
export async function checkInfluxSink(settings: InfluxSinkSettings): Promise<Finding[]> {
  const { target, url, timeout_ms } = settings;
  const subject = `${target.version === '1' ? `database ${target.database}` : `bucket ${target.bucket}`}`;
  const place =
    target.version === '1'
      ? `/write?${new URLSearchParams({
          db: target.database,
          precision: 'ms',
          ...(target.retention_policy === undefined ? {} : { rp: target.retention_policy }),
        })}`
      : `/api/v2/write?${new URLSearchParams({ org: target.org, bucket: target.bucket, precision: 'ms' })}`;
  try {
    const response = await fetch(`${url.replace(/\/$/, '')}${place}`, {
      method: 'POST',
      headers: authorization(target),
      body: '',
      signal: AbortSignal.timeout(timeout_ms),
    });
    const text = (await response.text()).replace(/\s+/g, ' ').slice(0, 200);
    return [findingOf(subject, response.status, text)];
  } catch (error) {
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    const words = timedOut ? `no answer within ${timeout_ms / 1000} s` : messageOf(error);
    return [networkFault(subject, error) ?? failed(subject, words, 'check url, cable and firewall')];
  }
}

function findingOf(subject: string, status: number, text: string): Finding {
  // 400 and 422: place and rights are right, and then there is nothing to write.
  if (status < 300 || status === 400 || status === 422) return ok(subject, 'takes writes');
  if (status === 401 || status === 403) {
    return failed(subject, `not allowed (${status}): ${text}`, 'check token, or user name and password');
  }
  if (status === 404) return failed(subject, `not there (404): ${text}`, 'create it, or correct its name');
  return failed(subject, `answers ${status}: ${text}`, "check url and version; look into the database's log");
}

function authorization(target: InfluxSinkSettings['target']): Record<string, string> {
  if (target.version === '2')
    return target.token === undefined ? {} : { authorization: `Token ${target.token}` };
  if (target.username === undefined) return {};
  const pair = Buffer.from(`${target.username}:${target.password ?? ''}`).toString('base64');
  return { authorization: `Basic ${pair}` };
}
