import type { FastifyInstance } from 'fastify';
import type { ErrorDocument } from '../core/api.ts';
import { BadInputError, type GapwiseError, messageOf, RetryableError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';

export const errorDocument = (what: string, where?: string, allowed?: string): ErrorDocument => ({
  error: { what, where: where ?? null, allowed: allowed ?? null },
});

/** Needs the rate limiter to be registered. Bad input is the client's fault (400), a model that is not there yet passes (503), the rest is ours (500). */
export function answerErrors(server: FastifyInstance, log: Logger): void {
  server.setErrorHandler((thrown, request, reply) => {
    if (thrown instanceof BadInputError) return reply.code(400).send(asDocument(thrown));
    if (thrown instanceof RetryableError)
      return reply.code(503).header('retry-after', '5').send(asDocument(thrown));
    const status = (thrown as { statusCode?: number }).statusCode;
    if (status !== undefined && status < 500)
      return reply.code(status).send(errorDocument(messageOf(thrown), request.url.slice(0, 200)));
    log.error(
      { event: 'http-request-failed', url: request.url, error: messageOf(thrown) },
      'A request failed for a reason on our side',
    );
    return reply.code(500).send(errorDocument('the request failed for a reason on the agent’s side'));
  });
  server.setNotFoundHandler({ preHandler: server.rateLimit() }, (request, reply) =>
    reply
      .code(404)
      .send(errorDocument('there is nothing here', request.url.slice(0, 200), '/ and what is under /api/v1')),
  );
}

/** The sentence without where and allowed, which have fields of their own. */
function asDocument(error: GapwiseError): ErrorDocument {
  const what = error.message
    .replace(error.where ? `${error.where}: ` : '', '')
    .replace(error.allowed ? ` (allowed: ${error.allowed})` : '', '');
  return errorDocument(what, error.where, error.allowed);
}
