import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type {
  AdviceDocument,
  HealthDocument,
  LineState,
  LinesDocument,
  NextGapDocument,
  PredictDocument,
} from '../core/api.ts';
import { adviceJson, predictionJson } from '../predict/json.ts';
import { errorDocument } from './errors.ts';
import type { LiveLine } from './live-line.ts';
import { openApiDocument } from './openapi.ts';
import type { LineAdvisor } from './ports.ts';
import { parseAdviseQuery, parseNextQuery, parsePredictQuery } from './query.ts';
import type { StaticFile } from './static-files.ts';

/** What the routes see of the server behind them. */
export interface Behind {
  readonly lines: ReadonlyMap<string, LiveLine>;
  readonly advisor: LineAdvisor;
  readonly maxClients: number;
  clients(): number;
  health(): HealthDocument;
}

type OfLine = { Params: { line: string } };

export function addApi(server: FastifyInstance, behind: Behind): void {
  const withLine =
    (answer: (line: string, live: LiveLine, request: FastifyRequest, reply: FastifyReply) => unknown) =>
    async (request: FastifyRequest<OfLine>, reply: FastifyReply) => {
      const { line } = request.params;
      const live = behind.lines.get(line);
      const names = [...behind.lines.keys()].join(', ') || 'no line is configured';
      if (!live) return reply.code(404).send(errorDocument(`there is no line ${line}`, 'path', names));
      reply.header('cache-control', 'no-store');
      return answer(line, live, request, reply);
    };

  const description = openApiDocument();
  server.get('/api/v1/openapi.json', async () => description);

  server.get('/api/v1/health', async (): Promise<HealthDocument> => behind.health());

  server.get(
    '/api/v1/lines',
    async (): Promise<LinesDocument> => ({
      lines: [...behind.lines].map(([line, { memory }]) => ({
        line,
        title: memory.title,
        time_ms: memory.time_ms,
      })),
    }),
  );

  server.get<OfLine>(
    '/api/v1/lines/:line/state',
    withLine((_line, live): LineState => live.state()),
  );

  server.get<OfLine>(
    '/api/v1/lines/:line/events',
    withLine((_line, live, _request, reply) => {
      if (behind.clients() >= behind.maxClients)
        return reply
          .code(503)
          .header('retry-after', '10')
          .send(errorDocument('too many pages are open', 'http.max_clients', String(behind.maxClients)));
      const head = reply.getHeaders();
      reply.hijack();
      reply.raw.writeHead(200, {
        ...head,
        'content-type': 'text/event-stream',
        'x-accel-buffering': 'no',
      } as Record<string, string>);
      live.follow(reply.raw);
      return reply;
    }),
  );

  server.get<OfLine>(
    '/api/v1/lines/:line/predict',
    withLine(async (line, _live, request): Promise<PredictDocument> => {
      const { gap } = parsePredictQuery(request.query);
      const { version, answer } = await behind.advisor.predict(line, gap);
      return { line, predictions: answer.map((prediction) => predictionJson(prediction, version)) };
    }),
  );

  server.get<OfLine>(
    '/api/v1/lines/:line/advise',
    withLine(async (line, _live, request): Promise<AdviceDocument> => {
      const { loading, tolerance } = parseAdviseQuery(request.query);
      const { version, answer } = await behind.advisor.advise(line, loading, tolerance);
      return adviceJson(answer, { line, version });
    }),
  );

  server.get<OfLine>(
    '/api/v1/lines/:line/next',
    withLine(async (line, _live, request, reply): Promise<NextGapDocument | FastifyReply> => {
      const { at } = parseNextQuery(request.query);
      const next = await behind.advisor.nextGap?.(line, at);
      if (!next?.answer)
        return reply.code(501).send(errorDocument('this model can’t tell which run would help most'));
      const { gap_um, sdNow_mg_cm2, sdAfter_mg_cm2 } = next.answer;
      return {
        line,
        at_um: at,
        gap_um,
        sd_now_mg_cm2: sdNow_mg_cm2,
        sd_after_mg_cm2: sdAfter_mg_cm2,
        version: next.version,
      };
    }),
  );
}

export function addPage(server: FastifyInstance, files: ReadonlyMap<string, StaticFile>): void {
  for (const [path, file] of files)
    server.get(path, (request, reply) => {
      reply
        .header('etag', file.etag)
        .header('vary', 'accept-encoding')
        .header('cache-control', file.immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
      if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
      const gzip = /\bgzip\b/.test(request.headers['accept-encoding'] ?? '');
      if (gzip) reply.header('content-encoding', 'gzip');
      return reply.type(file.type).send(gzip ? file.gzipped : file.plain);
    });
  if (!files.has('/'))
    server.get('/', (_request, reply) =>
      reply
        .code(404)
        .type('text/plain; charset=utf-8')
        .send('The page has not been built: run `npm run build:page`. The API is at /api/v1.\n'),
    );
}
