import type { FastifyInstance, FastifyReply } from 'fastify';
import type {
  AdviceDocument,
  LineState,
  LinesDocument,
  NextGapDocument,
  PredictDocument,
} from '../core/api.ts';
import { checkGap } from '../predict/gap-range.ts';
import { adviceJson, predictionJson } from '../predict/json.ts';
import { errorDocument } from './errors.ts';
import type { LineAdvisor } from './ports.ts';
import { parseQuery } from './query.ts';
import { type Lines, notHere, ofLine } from './routing.ts';

export interface BehindLines {
  readonly lines: Lines;
  readonly advisor: LineAdvisor;
  readonly maxClients: number;
  clients(): number;
}

/** How the lines are, live, and what their models say. */
export function addLineRoutes(
  server: FastifyInstance,
  { lines, advisor, maxClients, clients }: BehindLines,
): void {
  server.get(
    '/api/v1/lines',
    async (): Promise<LinesDocument> => ({
      lines: [...lines].map(([line, { memory }]) => ({ line, title: memory.title, time_ms: memory.time_ms })),
    }),
  );

  server.get(
    '/api/v1/lines/:line/state',
    ofLine(lines, ({ live }): LineState => live.state()),
  );

  server.get(
    '/api/v1/lines/:line/events',
    // What never ends has no length to tell: HEAD would wait for ever.
    { exposeHeadRoute: false },
    ofLine(lines, ({ live }, _request, reply) => {
      if (clients() >= maxClients)
        return reply
          .code(503)
          .header('retry-after', '10')
          .send(errorDocument('too many pages are open', 'http.max_clients', String(maxClients)));
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

  server.get(
    '/api/v1/lines/:line/predict',
    ofLine(lines, async ({ line, live }, request): Promise<PredictDocument> => {
      const { gap } = parseQuery('predict', request.query);
      for (const gap_um of gap) checkGap(gap_um, live.memory.limits.gap_um, 'query.gap');
      const { version, answer } = await advisor.predict(line, gap);
      return { line, predictions: answer.map((prediction) => predictionJson(prediction, version)) };
    }),
  );

  server.get(
    '/api/v1/lines/:line/advise',
    ofLine(lines, async ({ line }, request): Promise<AdviceDocument> => {
      const { loading, tolerance } = parseQuery('advise', request.query);
      const { version, answer } = await advisor.advise(line, loading, tolerance);
      return adviceJson(answer, { line, version });
    }),
  );

  server.get(
    '/api/v1/lines/:line/next',
    ofLine(lines, async ({ line, live }, request, reply): Promise<NextGapDocument | FastifyReply> => {
      const { at } = parseQuery('next', request.query);
      checkGap(at, live.memory.limits.gap_um, 'query.at');
      const next = await advisor.nextGap?.(line, at);
      if (!next?.answer) return notHere(reply, 'this model can’t tell which run would help most');
      const { gap_um, sdNow_mg_cm2, sdAfter_mg_cm2, worthwhile } = next.answer;
      return {
        line,
        at_um: at,
        gap_um,
        sd_now_mg_cm2: sdNow_mg_cm2,
        sd_after_mg_cm2: sdAfter_mg_cm2,
        worthwhile,
        version: next.version,
      };
    }),
  );
}
