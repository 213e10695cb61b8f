import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './mqtt-broker.ts';

/** A real InfluxDB 1.x of the test's own, with authentication and TLS, that can be killed and started again. */
export interface InfluxServer {
  readonly url: string;
  /** Certificate of the authority that signed the server's. */
  readonly caFile: string;
  readonly admin: { readonly username: string; readonly password: string };
  /** Rows of the first statement's series. @throws Error with the server's words where the query is refused. */
  query(q: string, db?: string): Promise<Series[]>;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** Bytes of points on its disk: data files and write-ahead log, without the index of series, laid out in advance. */
  diskBytes(): number;
  dispose(): Promise<void>;
}

export interface Series {
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
  readonly columns: readonly string[];
  readonly values: readonly (readonly (number | string | boolean | null)[])[];
}

/** @param data further settings of the section `data`. */
export async function startInflux(data: readonly string[] = []): Promise<InfluxServer> {
  const folder = mkdtempSync(join(tmpdir(), 'gapwise-influx-'));
  const [port, backupPort] = [await freePort(), await freePort()];
  const files = certificates(folder);
  const config = join(folder, 'influxdb.conf');
  writeFileSync(config, configuration(folder, port, backupPort, files, data));
  const admin = { username: 'admin', password: 'planted-admin' };
  const ca = readFileSync(files.ca);
  let child: ChildProcess | undefined;

  const ask = (q: string, db?: string): Promise<{ status: number; text: string }> =>
    new Promise((resolve, reject) => {
      const query = new URLSearchParams({ q, epoch: 'ns', ...(db !== undefined && { db }) });
      const sent = request(
        `https://127.0.0.1:${port}/query?${query}`,
        { method: 'POST', ca, auth: `${admin.username}:${admin.password}` },
        (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
          );
        },
      );
      sent.on('error', reject);
      sent.end();
    });
  const query = async (q: string, db?: string): Promise<Series[]> => {
    const { status, text } = await ask(q, db);
    const answer = JSON.parse(text) as { error?: string; results?: { error?: string; series?: Series[] }[] };
    const error = answer.error ?? answer.results?.find((result) => result.error)?.error;
    if (status !== 200 || error !== undefined) throw new Error(`${q}: ${status} ${error}`);
    return answer.results?.flatMap(({ series = [] }) => series) ?? [];
  };
  const kill = async () => {
    const running = child;
    child = undefined;
    if (!running || running.exitCode !== null) return;
    const exited = once(running, 'exit');
    running.kill('SIGKILL');
    await exited;
  };
  const start = async () => {
    child = spawn('influxd', ['-config', config], { stdio: 'ignore' });
    for (let attempt = 0; attempt < 1000; attempt++) {
      const answered = await ask('SHOW DATABASES').catch(() => undefined);
      if (answered) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error('influxd does not answer');
  };

  await start();
  await query(`CREATE USER ${admin.username} WITH PASSWORD '${admin.password}' WITH ALL PRIVILEGES`);
  return {
    url: `https://127.0.0.1:${port}`,
    caFile: files.ca,
    admin,
    query,
    start,
    kill,
    diskBytes: () =>
      Number(
        execFileSync('du', ['-sb', '--exclude=_series', join(folder, 'data'), join(folder, 'wal')], {
          encoding: 'utf8',
        })
          .trim()
          .split('\n')
          .map((line) => Number(line.split('\t')[0]))
          .reduce((a, b) => a + b, 0),
      ),
    async dispose() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** An authority, and a certificate of its for 127.0.0.1. */
function certificates(folder: string): { ca: string; certificate: string; key: string } {
  const file = (name: string) => join(folder, name);
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'ignore' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    file('ca.key'),
    '-out',
    file('ca.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=plant authority',
  );
  openssl(
    'req',
    ...newKey,
    '-keyout',
    file('server.key'),
    '-out',
    file('server.csr'),
    '-subj',
    '/CN=database',
  );
  writeFileSync(file('names'), 'subjectAltName=IP:127.0.0.1');
  openssl(
    'x509',
    '-req',
    '-in',
    file('server.csr'),
    '-CA',
    file('ca.pem'),
    '-CAkey',
    file('ca.key'),
    '-CAcreateserial',
    '-out',
    file('server.pem'),
    '-days',
    '2',
    '-extfile',
    file('names'),
  );
  return { ca: file('ca.pem'), certificate: file('server.pem'), key: file('server.key') };
}

const configuration = (
  folder: string,
  port: number,
  backupPort: number,
  { certificate, key }: { certificate: string; key: string },
  data: readonly string[],
) => `
reporting-disabled = true
bind-address = "127.0.0.1:${backupPort}"
[meta]
  dir = "${join(folder, 'meta')}"
[data]
  dir = "${join(folder, 'data')}"
  wal-dir = "${join(folder, 'wal')}"
  query-log-enabled = false
  ${data.join('\n  ')}
[monitor]
  store-enabled = false
[http]
  bind-address = "127.0.0.1:${port}"
  auth-enabled = true
  log-enabled = false
  https-enabled = true
  https-certificate = "${certificate}"
  https-private-key = "${key}"
`;
