import { resolve } from 'node:path';
import { httpSchema } from '../../src/config/http.ts';
import type { AlarmReport } from '../../src/core/alarm.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import type { Report } from '../../src/core/report.ts';
import type { ReportId } from '../../src/core/report-id.ts';
import { createHttpServer, type HttpServer } from '../../src/http/server.ts';
import { fakeLine } from '../support/fake-line.ts';
import { MemoryDesk, MemoryHistory } from '../support/memory-past.ts';

export interface FakeServer {
  readonly server: HttpServer;
  readonly desk: MemoryDesk;
  readonly history: MemoryHistory;
  /** The line's time. */
  now_ms(): number;
  /** Lets the line coat on for so many scans. */
  scans(count: number): void;
}

export interface FakeServerSettings {
  readonly port?: number;
  readonly http?: object;
  /** What an agent before this one left behind. */
  readonly history?: MemoryHistory;
}

/** The real server with the built page, behind it a line that coats when told to. */
export async function startFakeServer(seed: number, settings: FakeServerSettings = {}): Promise<FakeServer> {
  const { port = 0, http = {}, history = new MemoryHistory() } = settings;
  const line = fakeLine(seed);
  let position = 0;
  let now_ms = 0;
  const take = (report: Report, id?: ReportId) => {
    history.keep(report, id);
    server.accept(report, id);
  };
  const desk = new MemoryDesk((alarm: AlarmReport) => take(alarm));
  const server = createHttpServer(httpSchema.parse({ port, flush_ms: 20, ...http }), {
    clock: systemClock,
    lineClock: { now_ms: () => now_ms },
    log: silentLogger,
    lines: line.directory,
    advisor: line.advisor,
    alarms: desk,
    history,
    pageFolder: resolve('dist/page'),
  });
  await server.start();
  return {
    server,
    desk,
    history,
    now_ms: () => now_ms,
    scans(count) {
      for (let i = 0; i < count; i++, position++)
        line.step().forEach((report, index) => {
          take(report, { position, index });
          if (report.kind === 'gap') now_ms = report.time_ms;
        });
    },
  };
}
