import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { identityOf, type ParsedPoint, parseLine } from './influx-line-protocol.ts';

/**
 * A stand-in for InfluxDB 1.x, 2.x and 3.x where the real one can't be had, made from their documented HTTP APIs: it
 * takes only what the documents allow, answers with their codes and bodies, and writes down every breach of them.
 * It stores nothing but what a write must leave behind: the fields under each series and time.
 */
export interface StandInSettings {
  readonly version: '1' | '2' | '3';
  readonly org?: string;
  /** Databases or buckets that exist; those of version 3 come into being with the first write. */
  readonly places?: readonly string[];
  /** `Token …` or `Basic …` as the header must read. */
  readonly authorization?: string;
  readonly largestBody?: number;
}

interface Reply {
  readonly status: number;
  readonly body?: unknown;
}

export class InfluxStandIn {
  readonly #settings: StandInSettings;
  readonly #server: Server;
  readonly #types = new Map<string, string>();
  readonly #tagSets = new Map<string, string>();
  readonly places: Set<string>;
  /** Breaches of the documented API; a good client leaves none. */
  readonly breaches: string[] = [];
  readonly requests: { readonly url: string; readonly lines: readonly string[]; readonly status: number }[] =
    [];
  /** Lines taken, in order. */
  readonly taken: string[] = [];
  readonly points = new Map<string, ParsedPoint>();
  /** What any write is answered. */
  trouble: number | undefined;
  /** Writes are taken at once, answers wait for this. */
  patience: Promise<void> = Promise.resolve();
  /** What to answer instead, for a while; undefined: go on as usual. */
  disturbance: (lines: readonly string[]) => number | undefined = () => undefined;

  constructor(settings: StandInSettings) {
    this.#settings = settings;
    this.places = new Set(settings.places ?? ['coating']);
    this.#server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', async () => {
        const { status, body } = this.#answer(request, Buffer.concat(chunks));
        await this.patience;
        const version = { '1': '1.8.10', '2': 'v2.7.12', '3': '3.4.0' }[settings.version];
        response.writeHead(status, {
          'x-influxdb-version': version,
          ...(body !== undefined && { 'content-type': 'application/json' }),
        });
        response.end(body === undefined ? undefined : JSON.stringify(body));
      });
    });
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this.url;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.close();
    this.#server.closeAllConnections();
    await once(this.#server, 'close');
  }

  #answer(request: IncomingMessage, body: Buffer): Reply {
    const { version } = this.#settings;
    const url = new URL(request.url ?? '', 'http://x');
    if (request.method === 'GET' && url.pathname === '/ping') {
      return version === '3' ? { status: 200, body: { version: '3.4.0' } } : { status: 204 };
    }
    if (request.method !== 'POST') return { status: 405 };
    if (version === '1' && url.pathname === '/query') return this.#query(request, body);
    if (url.pathname !== (version === '1' ? '/write' : '/api/v2/write')) return { status: 404 };
    return this.#write(request, url, body);
  }

  #query(request: IncomingMessage, body: Buffer): Reply {
    if (!this.#allowed(request)) return { status: 401, body: { error: 'authorization failed' } };
    const created = /^CREATE DATABASE "([^"]+)"$/.exec(new URLSearchParams(body.toString()).get('q') ?? '');
    if (!created) return { status: 400, body: { error: 'error parsing query' } };
    this.places.add(created[1]!);
    return { status: 200, body: { results: [{ statement_id: 0 }] } };
  }

  #write(request: IncomingMessage, url: URL, body: Buffer): Reply {
    const { version, org, largestBody = 25_000_000 } = this.#settings;
    const params = [...url.searchParams.keys()];
    const known = {
      '1': ['db', 'rp', 'precision'],
      '2': ['org', 'bucket', 'precision'],
      '3': ['bucket', 'precision'],
    };
    for (const name of params) {
      if (!known[version].includes(name) || params.indexOf(name) !== params.lastIndexOf(name)) {
        this.breaches.push(`query parameter ${name}`);
      }
    }
    if (url.searchParams.get('precision') !== 'ns') this.breaches.push(`precision of ${url.search}`);
    const type = request.headers['content-type'];
    if (body.length > 0 && type !== 'text/plain; charset=utf-8') this.breaches.push(`content-type ${type}`);
    if (!this.#allowed(request)) {
      return { status: 401, body: { code: 'unauthorized', message: 'unauthorized access' } };
    }
    if (version === '2' && url.searchParams.get('org') !== org) {
      return { status: 404, body: { code: 'not found', message: 'organization not found' } };
    }
    const place = url.searchParams.get(version === '1' ? 'db' : 'bucket') ?? '';
    if (version === '3') this.places.add(place);
    if (!this.places.has(place)) {
      return version === '1'
        ? { status: 404, body: { error: `database not found: "${place}"` } }
        : { status: 404, body: { code: 'not found', message: `bucket "${place}" not found` } };
    }
    const encoding = request.headers['content-encoding'] ?? 'identity';
    if (encoding !== 'gzip' && encoding !== 'identity') this.breaches.push(`content-encoding ${encoding}`);
    const plain = encoding === 'gzip' ? gunzipSync(body) : body;
    if (plain.length > largestBody)
      return { status: 413, body: { code: 'request too large', message: 'too large' } };
    if (this.trouble !== undefined) return { status: this.trouble, body: { message: 'in trouble' } };
    if (plain.length === 0)
      return { status: 400, body: { code: 'invalid', message: 'writing requires points' } };
    const lines = plain.toString('utf8').split('\n');
    const status = this.disturbance(lines) ?? this.#take(lines);
    this.requests.push({ url: request.url ?? '', lines, status });
    return status < 300 ? { status } : { status, body: { code: 'invalid', message: 'refused' } };
  }

  /** Version 2 refuses a batch with a malformed line whole; versions 1 and 3 take the lines that are good. */
  #take(lines: readonly string[]): number {
    const { version } = this.#settings;
    const parsed = lines.map((line) => {
      try {
        const point = parseLine(line);
        return { line, point, conflict: this.#conflict(point) };
      } catch (error) {
        this.breaches.push(`${line.slice(0, 200)}: ${error instanceof Error ? error.message : error}`);
        return undefined;
      }
    });
    if (version === '2' && parsed.includes(undefined)) return 400;
    for (const entry of parsed) {
      if (!entry || entry.conflict) continue;
      const { line, point } = entry;
      const identity = identityOf(point);
      const before = this.points.get(identity);
      this.points.set(identity, before ? { ...point, fields: { ...before.fields, ...point.fields } } : point);
      this.taken.push(line);
    }
    if (parsed.every((entry) => entry && !entry.conflict)) return 204;
    return version === '2' ? 422 : 400;
  }

  /** A field keeps its type; in version 3 a measurement keeps the tags of its first point. */
  #conflict({ measurement, tags, fields }: ParsedPoint): boolean {
    const tagSet = Object.keys(tags).sort().join();
    const known = this.#tagSets.get(measurement) ?? tagSet;
    this.#tagSets.set(measurement, known);
    if (known !== tagSet) this.breaches.push(`tags of ${measurement}: ${tagSet} after ${known}`);
    let conflict = false;
    for (const [name, { type }] of Object.entries(fields)) {
      const key = `${measurement}.${name}`;
      const before = this.#types.get(key) ?? type;
      this.#types.set(key, before);
      conflict ||= before !== type;
    }
    return conflict;
  }

  #allowed({ headers }: IncomingMessage): boolean {
    const { authorization } = this.#settings;
    return authorization === undefined || headers.authorization === authorization;
  }
}
