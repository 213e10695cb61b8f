import type { FastifyInstance } from 'fastify';
import type { StaticFile } from './static-files.ts';

/** The page itself says nothing about the line, so that somebody who has yet to sign in can load it. */
const config = { access: 'public' } as const;

export function addPage(server: FastifyInstance, files: ReadonlyMap<string, StaticFile>): void {
  for (const [path, file] of files)
    server.get(path, { config }, (request, reply) => {
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
    server.get('/', { config }, (_request, reply) =>
      reply
        .code(404)
        .type('text/plain; charset=utf-8')
        .send('The page has not been built: run `npm run build:page`. The API is at /api/v1.\n'),
    );
}
