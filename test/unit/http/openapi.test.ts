import Fastify from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { httpSchema } from '../../../src/config/http.ts';
import { VirtualClock } from '../../../src/core/clock.ts';
import { silentLogger } from '../../../src/core/logger.ts';
import { openApiDocument } from '../../../src/http/openapi.ts';
import { addApi } from '../../../src/http/routes.ts';
import { createHttpServer, type HttpServer } from '../../../src/http/server.ts';
import { fakeLine } from '../../support/fake-line.ts';

interface Described {
  readonly paths: Record<string, Record<string, { responses: Record<string, Answer> }>>;
  readonly components: { readonly schemas: Record<string, object> };
}
interface Answer {
  readonly content: Record<string, { schema?: { $ref: string } }>;
}

const line = fakeLine(7);
const clock = new VirtualClock(0);
let server: HttpServer;
let described: Described;

beforeAll(async () => {
  server = createHttpServer(httpSchema.parse({ port: 0 }), {
    clock,
    log: silentLogger,
    lines: line.directory,
    advisor: line.advisor,
    pageFolder: 'dist/page',
  });
  await server.start();
  for (let i = 0; i < 200; i++) for (const report of line.step()) server.accept(report);
  described = (await (await fetch(new URL('api/v1/openapi.json', server.url))).json()) as Described;
});
afterAll(() => server.stop());

/** Reads the published description alone, as a client made from it would. */
function validator(reference: string): z.ZodType {
  const local = (value: unknown) =>
    JSON.parse(JSON.stringify(value).replaceAll('#/components/schemas/', '#/$defs/')) as object;
  return z.fromJSONSchema({
    $ref: reference.replace('#/components/schemas/', '#/$defs/'),
    $defs: local(described.components.schemas) as never,
  });
}
function schemaOf(path: string, status: number): z.ZodType {
  const [media] = Object.values(described.paths[path]!['get']!.responses[status]!.content);
  return validator(media!.schema!.$ref);
}

describe('OpenAPI document', () => {
  it('describes every route of the API, and none that does not exist', async () => {
    const app = Fastify();
    const routes: string[] = [];
    app.addHook('onRoute', ({ method, url }) => {
      if (method !== 'HEAD') routes.push(`${method} ${url.replaceAll(/:(\w+)/g, '{$1}')}`);
    });
    addApi(app, {
      lines: new Map(),
      directory: line.directory,
      advisor: line.advisor,
      desk: undefined,
      history: undefined,
      lineClock: clock,
      log: silentLogger,
      maxClients: 1,
      clients: () => 0,
      health: () => ({}) as never,
      metrics: async () => '',
      ready: () => true,
    });
    await app.ready();
    await app.close();
    const written = Object.entries(described.paths).flatMap(([path, methods]) =>
      Object.keys(methods).map((method) => `${method.toUpperCase()} ${path}`),
    );
    expect(written.sort()).toEqual(routes.sort());
    expect(routes.length).toBeGreaterThanOrEqual(19);
  });

  it('is the document that the code makes, and refers to nothing that it lacks', () => {
    expect(described).toEqual(JSON.parse(JSON.stringify(openApiDocument())));
    const references = [...JSON.stringify(described).matchAll(/"#\/components\/schemas\/(\w+)"/g)];
    expect(references.length).toBeGreaterThan(10);
    for (const [, name] of references) expect(described.components.schemas).toHaveProperty(name!);
  });

  it.each([
    ['/api/v1/health', '', 200],
    ['/api/v1/lines', '', 200],
    ['/api/v1/lines/{line}/state', '', 200],
    ['/api/v1/lines/{line}/predict', '?gap=90,133.5,400', 200],
    ['/api/v1/lines/{line}/predict', '?gap=-5', 400],
    ['/api/v1/lines/{line}/advise', '?loading=22.5', 200],
    ['/api/v1/lines/{line}/advise', '?loading=22.5&tolerance=0.5', 200],
    ['/api/v1/lines/{line}/advise', '?loading=61', 400],
    ['/api/v1/lines/{line}/next', '?at=104.5', 200],
    ['/api/v1/lines/{line}/next', '?at=0', 400],
  ])('tells what %s%s answers', async (path, query, status) => {
    const answer = await fetch(new URL(path.replace('{line}', 'coater-1') + query, server.url));
    expect(answer.status).toBe(status);
    const document: unknown = await answer.json();
    expect(schemaOf(path, status).safeParse(document).error).toBeUndefined();
  });

  it('tells what a line that does not exist answers', async () => {
    const answer = await fetch(new URL('/api/v1/lines/coater-9/state', server.url));
    expect(answer.status).toBe(404);
    expect(schemaOf('/api/v1/lines/{line}/state', 404).safeParse(await answer.json()).success).toBe(true);
  });

  it('tells what an event carries', async () => {
    const stop = new AbortController();
    const { body } = await fetch(new URL('/api/v1/lines/coater-1/events', server.url), {
      signal: stop.signal,
    });
    clock.advanceTo(clock.now_ms() + 1_000);
    for (let i = 0; i < 60; i++) for (const report of line.step()) server.accept(report);
    clock.advanceTo(clock.now_ms() + 1_000);
    let text = '';
    for await (const chunk of body!.pipeThrough(new TextDecoderStream() as never)) {
      text += chunk;
      if (/event: batch\ndata: .*"runs".*\n\n/.test(text)) break;
    }
    stop.abort();
    const batches = [...text.matchAll(/event: batch\ndata: (.*)\n\n/g)].map(([, data]) => JSON.parse(data!));
    const schema = schemaOf('/api/v1/lines/{line}/events', 200);
    expect(batches.length).toBeGreaterThan(0);
    for (const batch of batches) expect(schema.safeParse(batch).error).toBeUndefined();
  });

  it('would notice a field that is missing, of another type, or new', async () => {
    const state = (await (await fetch(new URL('/api/v1/lines/coater-1/state', server.url))).json()) as {
      runs: object[];
      title: string;
    };
    const schema = schemaOf('/api/v1/lines/{line}/state', 200);
    const { title: _, ...untitled } = state;
    expect(schema.safeParse(untitled).success).toBe(false);
    expect(schema.safeParse({ ...state, sequence: '7' }).success).toBe(false);
    expect(schema.safeParse({ ...state, colour: 'red' }).success).toBe(false);
    expect(schema.safeParse({ ...state, runs: [{ ...state.runs[0], gap_um: null }] }).success).toBe(false);
  });
});
