import type { FastifyInstance } from 'fastify';
import type { HealthDocument } from '../core/api.ts';
import { metricsType } from './metrics.ts';
import { openApiDocument } from './openapi.ts';

export interface BehindSelf {
  health(): HealthDocument;
  metrics(): Promise<string>;
  /** Whether every part has started. */
  ready(): boolean;
}

/** Probes tell nothing but a word, so that a supervisor needs no token. */
const probe = { config: { access: 'public' } } as const;

/** What the agent says of itself: to people, to supervisors, to Prometheus. */
export function addSelfRoutes(server: FastifyInstance, { health, metrics, ready }: BehindSelf): void {
  const description = openApiDocument();
  server.get('/api/v1/openapi.json', async () => description);
  server.get('/api/v1/health', async (_request, reply): Promise<HealthDocument> => {
    reply.header('cache-control', 'no-store');
    return health();
  });
  server.get('/live', probe, async (_request, reply) => reply.type('text/plain').send('live\n'));
  server.get('/ready', probe, async (_request, reply) => {
    reply.header('cache-control', 'no-store').type('text/plain');
    if (!ready()) return reply.code(503).send('starting\n');
    return reply.send(health().status === 'ok' ? 'ready\n' : 'ready, degraded\n');
  });
  server.get('/metrics', async (_request, reply) => reply.type(metricsType).send(await metrics()));
}
