import type { AddressInfo } from 'node:net';
import Fastify, { type FastifyInstance } from 'fastify';
import { BehaviorSubject } from 'rxjs';
import type { HttpConfig } from '../config/http.ts';
import type { HealthDocument } from '../core/api.ts';
import type { Cancel, Clock } from '../core/clock.ts';
import { ConfigError, FatalError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Report } from '../core/report.ts';
import type { Sink } from '../core/sink.ts';
import type { AdapterStatus } from '../core/source.ts';
import { answerErrors } from './errors.ts';
import { EventStream } from './event-stream.ts';
import { LineMemory } from './line-memory.ts';
import { LiveLine } from './live-line.ts';
import type { LineAdvisor, LineDirectory } from './ports.ts';
import { addApi, addPage } from './routes.ts';
import { secure } from './security.ts';
import { readStaticFiles } from './static-files.ts';

const beat_ms = 10_000;

export interface HttpServerParts {
  /** Real time, even where the line's own time runs faster: it only paces batches and heartbeats. */
  readonly clock: Clock;
  readonly log: Logger;
  readonly lines: LineDirectory;
  readonly advisor: LineAdvisor;
  /** The built page, e.g. `dist/page`. */
  readonly pageFolder: string;
}

export interface HttpServer extends Sink {
  /** Where the page is; with port 0 it is known once started. */
  readonly url: string;
}

/**
 * The operator's page and its API as a sink: it keeps what it is given, within bounds, and tells the pages that are
 * open. It only ever reads: nothing in the API changes the agent or the machine.
 *
 * `start` throws ConfigError where the address can't be used.
 */
export function createHttpServer(config: HttpConfig, parts: HttpServerParts): HttpServer {
  const { clock, log, lines: directory } = parts;
  const status = new BehaviorSubject<AdapterStatus>({ state: 'stopped', detail: 'not started' });
  const lines = new Map<string, LiveLine>();
  const unknownLines = new Set<string>();
  let slow = 0;
  let unknown = 0;
  let server: FastifyInstance | undefined;
  let cancelBeat: Cancel | undefined;
  let port = config.port;

  const limits = {
    scans: config.kept_scans,
    gapPoints: config.kept_gap_points,
    runs: config.kept_runs,
  };
  for (const line of directory.lines()) {
    const memory = new LineMemory(line, limits, () => directory.describe(line) ?? { lab: [], runs: [] });
    const stream = new EventStream(config.client_buffer_bytes, () => {
      slow++;
      log.warn({ event: 'http-slow-client', line }, 'A page read too slowly and was cut off');
    });
    lines.set(line, new LiveLine(memory, stream, clock, config.flush_ms));
  }
  const streams = [...lines.values()];

  const clients = () => streams.reduce((sum, live) => sum + live.followers, 0);

  function health(): HealthDocument {
    const adapters = [...lines].map(([line, { memory }]) => ({ line, adapters: memory.adapters }));
    const away = adapters.some((entry) => entry.adapters.some(({ state }) => !healthy.has(state)));
    return {
      status: away ? 'degraded' : 'ok',
      lines: adapters,
      clients: clients(),
      slow_clients_dropped: slow,
      reports_of_unknown_lines: unknown,
    };
  }

  function beat(): void {
    for (const live of streams) live.beat();
    cancelBeat = clock.after(beat_ms, beat);
  }

  function accept(report: Report): void {
    const line = report.kind === 'run' ? report.run.line : report.line;
    if (line === undefined) {
      for (const live of streams) live.accept(report);
      return;
    }
    const live = lines.get(line);
    if (live) {
      live.accept(report);
      return;
    }
    unknown++;
    if (unknownLines.size >= 100 || unknownLines.has(line)) return;
    unknownLines.add(line);
    log.warn({ event: 'http-unknown-line', line }, 'Reports of a line that is not configured are left out');
  }

  return {
    name: 'http',
    status,
    accept,
    get url() {
      const host = config.host.includes(':') ? `[${config.host}]` : config.host;
      return `http://${host}:${port}/`;
    },
    async start() {
      server = Fastify({ forceCloseConnections: true, routerOptions: { maxParamLength: 200 } });
      secure(server, config);
      answerErrors(server, log);
      addApi(server, { lines, advisor: parts.advisor, maxClients: config.max_clients, clients, health });
      addPage(server, readStaticFiles(parts.pageFolder));
      status.next({ state: 'connecting', detail: `opening ${config.host}:${config.port}` });
      try {
        await server.listen({ host: config.host, port: config.port });
      } catch (thrown) {
        await server.close();
        status.next({ state: 'stopped', detail: messageOf(thrown) });
        throw listenError(thrown, config);
      }
      port = (server.server.address() as AddressInfo).port;
      beat();
      status.next({ state: 'connected', detail: `page at ${this.url}` });
    },
    async stop() {
      cancelBeat?.();
      for (const live of streams) live.close();
      await server?.close();
      server = undefined;
      status.next({ state: 'stopped', detail: 'stopped' });
    },
  };
}

const healthy: ReadonlySet<AdapterStatus['state']> = new Set(['connected', 'stopped']);

/** A port that is taken is the commonest mishap of all: say which, and what to do. */
function listenError(thrown: unknown, config: HttpConfig): Error {
  const code = (thrown as NodeJS.ErrnoException).code;
  const cause = thrown;
  if (code === 'EADDRINUSE')
    return new ConfigError(`port ${config.port} is in use by another program`, {
      where: 'http.port',
      allowed: 'a free port, or 0 for any free one',
      cause,
    });
  if (code === 'EACCES')
    return new ConfigError(`port ${config.port} may not be opened by this user`, {
      where: 'http.port',
      allowed: '1024 to 65535, or 0 for any free one',
      cause,
    });
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
    return new ConfigError(`${config.host} is not an address of this machine`, {
      where: 'http.host',
      allowed: '127.0.0.1, 0.0.0.0, or an address of this machine',
      cause,
    });
  return new FatalError(`the page can't be served: ${messageOf(thrown)}`, { where: 'http', cause });
}
