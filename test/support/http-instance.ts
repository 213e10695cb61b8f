import type { FastifyInstance } from 'fastify';
import { httpSchema } from '../../src/config/http.ts';
import { VirtualClock } from '../../src/core/clock.ts';
import { silentLogger } from '../../src/core/logger.ts';
import { type Access, accessOf } from '../../src/http/access.ts';
import { EventStream } from '../../src/http/event-stream.ts';
import { createInstance } from '../../src/http/instance.ts';
import { LineMemory } from '../../src/http/line-memory.ts';
import { LiveLine } from '../../src/http/live-line.ts';
import { addPage } from '../../src/http/page-routes.ts';
import { addApi } from '../../src/http/routes.ts';
import { fakeLine } from './fake-line.ts';
import { MemoryDesk, MemoryHistory } from './memory-past.ts';

export interface HttpInstance {
  readonly server: FastifyInstance;
  /** Every route that there is, as Fastify itself tells them. */
  readonly routes: readonly { readonly method: string; readonly url: string; readonly access: Access }[];
  readonly desk: MemoryDesk;
  readonly clock: VirtualClock;
}

/** All routes behind all guards, asked without a socket; a line that has coated a while, and one alarm. */
export async function httpInstance(config: object, steps = 150): Promise<HttpInstance> {
  const settings = httpSchema.parse({ port: 0, ...config });
  const line = fakeLine(7);
  const clock = new VirtualClock(Date.UTC(2026, 4, 11, 6, 30));
  const history = new MemoryHistory();
  const memory = new LineMemory(
    'coater-1',
    { scans: 1_000, gapPoints: 1_000, runs: 100 },
    () => line.directory.describe('coater-1')!,
  );
  const live = new LiveLine(memory, new EventStream(1e6, () => {}), clock, 100);
  const desk = new MemoryDesk((alarm) => {
    live.accept(alarm);
    history.keep(alarm);
  });
  for (let step = 0; step < steps; step++)
    line.step().forEach((report, index) => {
      live.accept(report);
      history.keep(report, { position: step, index });
    });
  desk.raise({
    line: 'coater-1',
    alarm: 'prediction-drift',
    subject: '',
    time_ms: clock.now_ms(),
    priority: 'medium',
    detail: 'the last 6 runs lie above their predictions',
  });

  const server = await createInstance(settings, silentLogger);
  const routes: { method: string; url: string; access: Access }[] = [];
  server.addHook('onRoute', ({ method, url, config: route }) => {
    for (const each of [method].flat())
      routes.push({ method: each, url, access: accessOf(each, route?.access) });
  });
  addApi(server, {
    lines: new Map([['coater-1', live]]),
    directory: line.directory,
    advisor: line.advisor,
    desk,
    history,
    lineClock: clock,
    log: silentLogger,
    maxClients: 4,
    clients: () => 0,
    health: () => ({
      status: 'ok',
      reasons: [],
      lines: [],
      clients: 0,
      slow_clients_dropped: 0,
      reports_of_unknown_lines: 0,
    }),
    metrics: async () => '',
    ready: () => true,
  });
  const plain = Buffer.from('<!doctype html><title>page</title>');
  addPage(
    server,
    new Map([['/', { type: 'text/html', etag: '"1"', immutable: false, plain, gzipped: plain }]]),
  );
  await server.ready();
  return { server, routes, desk, clock };
}
