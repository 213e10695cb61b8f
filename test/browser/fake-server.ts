import { resolve } from 'node:path';
import { httpSchema } from '../../src/config/http.ts';
import { systemClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { createHttpServer, type HttpServer } from '../../src/http/server.ts';
import { fakeLine } from '../support/fake-line.ts';

export interface FakeServer {
  readonly server: HttpServer;
  /** Lets the line coat on for so many scans. */
  scans(count: number): void;
}

/** The real server with the built page, behind it a line that coats when told to. */
export async function startFakeServer(seed: number, port = 0): Promise<FakeServer> {
  const line = fakeLine(seed);
  const server = createHttpServer(httpSchema.parse({ port, flush_ms: 20 }), {
    clock: systemClock,
    log: silentLogger,
    lines: line.directory,
    advisor: line.advisor,
    pageFolder: resolve('dist/page'),
  });
  await server.start();
  return {
    server,
    scans(count) {
      for (let i = 0; i < count; i++) for (const report of line.step()) server.accept(report);
    },
  };
}
