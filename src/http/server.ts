import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { BehaviorSubject } from 'rxjs';
import type { HttpConfig } from '../config/http.ts';
import type { Cancel, Clock } from '../core/clock.ts';
import { messageOf } from '../core/errors.ts';
import type { Figure, Metered } from '../core/figure.ts';
import type { HistoryReader } from '../core/history.ts';
import type { Logger } from '../core/logger.ts';
import type { Report } from '../core/report.ts';
import type { ReportId } from '../core/report-id.ts';
import type { Sink } from '../core/sink.ts';
import type { AdapterStatus } from '../core/source.ts';
import { EventStream } from './event-stream.ts';
import { healthOf } from './health.ts';
import { createInstance } from './instance.ts';
import { LineMemory } from './line-memory.ts';
import { listenError } from './listen-error.ts';
import { LiveLine } from './live-line.ts';
import { createMetrics } from './metrics.ts';
import { addPage } from './page-routes.ts';
import type { AlarmDesk, HealthTeller, LineAdvisor, LineDirectory } from './ports.ts';
import { restoreFrom } from './restore.ts';
import { addApi } from './routes.ts';
import { readStaticFiles } from './static-files.ts';
import { Traffic } from './traffic.ts';

const beat_ms = 10_000;

export interface HttpServerParts {
  /** Real time, even where the line's own time runs faster: it only paces batches and heartbeats. */
  readonly clock: Clock;
  /** Time on the line, which a simulated line has apart from ours. */
  readonly lineClock?: Pick<Clock, 'now_ms'>;
  readonly log: Logger;
  readonly lines: LineDirectory;
  readonly advisor: LineAdvisor;
  /** Without it alarms are neither listed nor changed. */
  readonly alarms?: AlarmDesk;
  /** Without it the server knows nothing from before its start. */
  readonly history?: HistoryReader;
  /** Whatever has figures for `/metrics`, and troubles for the health. */
  readonly metered?: readonly Metered[];
  readonly health?: readonly HealthTeller[];
  /** Whether what is behind the server has started, too. */
  readonly ready?: () => boolean;
  /** The built page, e.g. `dist/page`. */
  readonly pageFolder: string;
}

export interface HttpServer extends Sink {
  figures(): Iterable<Figure>;
  /** Where the page is; with port 0 it is known once started. */
  readonly url: string;
}

/**
 * The operator's page and its API as a sink: it keeps what it is given, within bounds, and tells the pages that are
 * open. What it remembers of the time before comes from the store. Nothing in the API changes the machine; alarms can
 * be acknowledged and shelved by those who show an operator's token.
 *
 * `start` throws ConfigError where the address or the certificate can't be used.
 */
export function createHttpServer(config: HttpConfig, parts: HttpServerParts): HttpServer {
  const { clock, log, lines: directory } = parts;
  const status = new BehaviorSubject<AdapterStatus>({ state: 'stopped', detail: 'not started' });
  const lines = new Map<string, LiveLine>();
  const unknownLines = new Set<string>();
  let slow = 0;
  let unknown = 0;
  let server: FastifyInstance | undefined;
  let traffic: Traffic | undefined;
  let cancelBeat: Cancel | undefined;
  let port = config.port;
  let restored = false;

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
  const counts = () => ({
    clients: clients(),
    slow_clients_dropped: slow,
    reports_of_unknown_lines: unknown,
  });
  const health = () => healthOf({ lines, tellers: parts.health ?? [], counts });

  function* ownFigures(): Iterable<Figure> {
    const help = 'Pages that follow a line now.';
    yield { name: 'gapwise_http_clients', help, type: 'gauge', value: clients() };
    yield {
      name: 'gapwise_http_slow_clients_total',
      help: 'Pages that were cut off because they read too slowly.',
      type: 'counter',
      value: slow,
    };
    yield {
      name: 'gapwise_http_unknown_line_reports_total',
      help: 'Reports of lines that are not configured.',
      type: 'counter',
      value: unknown,
    };
  }

  function beat(): void {
    for (const live of streams) live.beat();
    cancelBeat = clock.after(beat_ms, beat);
  }

  function accept(report: Report, id?: ReportId): void {
    const line = report.kind === 'run' ? report.run.line : report.line;
    if (line === undefined) {
      for (const live of streams) live.accept(report);
      return;
    }
    const live = lines.get(line);
    if (live) {
      live.accept(report, id);
      return;
    }
    unknown++;
    if (unknownLines.size >= 100 || unknownLines.has(line)) return;
    unknownLines.add(line);
    log.warn({ event: 'http-unknown-line', line }, 'Reports of a line that is not configured are left out');
  }

  const self: HttpServer = {
    name: 'http',
    status,
    accept,
    get url() {
      const host = config.host.includes(':') ? `[${config.host}]` : config.host;
      return `${config.tls ? 'https' : 'http'}://${host}:${port}/`;
    },
    figures: () => traffic?.figures() ?? [],
    async start() {
      if (parts.history && !restored) restoreFrom(parts.history, streams, log);
      restored = true;
      server = await createInstance(config, log);
      traffic = new Traffic(server, ownFigures);
      addApi(server, {
        lines,
        directory,
        advisor: parts.advisor,
        desk: parts.alarms,
        history: parts.history,
        lineClock: parts.lineClock ?? clock,
        log,
        maxClients: config.max_clients,
        clients,
        health,
        metrics: createMetrics([...new Set([self, ...(parts.metered ?? [])])]),
        ready: () => status.value.state === 'connected' && (parts.ready?.() ?? true),
      });
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
      status.next({ state: 'connected', detail: `page at ${self.url}` });
    },
    async stop() {
      cancelBeat?.();
      for (const live of streams) live.close();
      await server?.close();
      server = undefined;
      status.next({ state: 'stopped', detail: 'stopped' });
    },
  };
  return self;
}
