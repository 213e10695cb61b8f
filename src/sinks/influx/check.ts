import type { InfluxSinkSettings } from '../../config/sinks.ts';
import { messageOf } from '../../core/errors.ts';
import { type Finding, failed, ok, warning } from '../../core/finding.ts';
import { networkFault } from '../../core/network-faults.ts';
import { type Answer, ask } from './http.ts';
import { type InfluxTarget, writeAccess } from './target.ts';

/**
 * Asks the server who it is, then writes nothing, at the address and with the rights with which the agent would write:
 * databases look for the place and the rights before they look at the lines. It never throws.
 */
export async function checkInfluxSink(settings: InfluxSinkSettings): Promise<Finding[]> {
  const { target } = settings;
  const { place, path, headers } = writeAccess(target);
  try {
    const about = serverFinding(target, await ask(settings, { method: 'GET', path: '/ping', headers }));
    const answer = await ask(settings, { method: 'POST', path, headers });
    return [...openSecrets(settings), ...about, placeFinding(place, target, answer)];
  } catch (error) {
    return [
      networkFault(place, error) ?? failed(place, messageOf(error), 'check url, tls, cable and firewall'),
    ];
  }
}

function placeFinding(place: string, target: InfluxTarget, { status, text }: Answer): Finding {
  // 400 and 422: place and rights are right, and then there is nothing to write.
  if (status < 300 || status === 400 || status === 422) return ok(place, 'takes writes');
  if (status === 401 || status === 403) {
    return failed(place, `not allowed (${status}): ${text}`, 'check token, or user name and password');
  }
  if (status === 404) {
    return target.version === '1' && target.create_database
      ? warning(place, 'not there yet', 'nothing, where the user is an administrator: the agent creates it')
      : failed(place, `not there (404): ${text}`, 'create it, or correct its name; check target.version');
  }
  return failed(place, `answers ${status}: ${text}`, "check url and version; look into the database's log");
}

/** Servers tell their version with a ping; those that don't are asked no further. */
function serverFinding({ version }: InfluxTarget, { headers, text }: Answer): Finding[] {
  const told = headers['x-influxdb-version'] ?? /"version": *"([^"]+)"/.exec(text)?.[1];
  const server = typeof told === 'string' ? told.replace(/^v/, '') : undefined;
  const major = server?.match(/^\d+/)?.[0];
  if (server === undefined || major === undefined) return [];
  // 1.8 has the write API of version 2, too, and VictoriaMetrics calls itself 1.8.
  if (major === version || (server.startsWith('1.8') && version === '2')) {
    return [ok('server', `InfluxDB ${server}`)];
  }
  return [
    warning('server', `InfluxDB ${server}, and target.version is "${version}"`, `try version "${major}"`),
  ];
}

/** Passwords and tokens across a network that anybody may listen to. */
export function openSecrets({ url, target }: InfluxSinkSettings): Finding[] {
  const { protocol, hostname } = new URL(url);
  const secret = target.version === '1' ? target.password : target.token;
  const here = /^(localhost|127\..*|\[::1\])$/.test(hostname);
  if (protocol === 'https:' || here || secret === undefined) return [];
  return [
    warning('url', 'password or token travels in the open', 'use https, or a database on this machine'),
  ];
}
