import type { FastifyReply, FastifyRequest, RouteHandlerMethod } from 'fastify';
import { errorDocument } from './errors.ts';
import type { LiveLine } from './live-line.ts';

export type Lines = ReadonlyMap<string, LiveLine>;

/** What answers a request about one line. */
export type LineHandler = (
  of: { readonly line: string; readonly live: LiveLine },
  request: FastifyRequest,
  reply: FastifyReply,
) => unknown;

/** Finds the line of `/lines/:line/…`, or says 404 with the names that exist. Answers are never cached. */
export const ofLine =
  (lines: Lines, handle: LineHandler): RouteHandlerMethod =>
  async (request, reply) => {
    const { line } = request.params as { line: string };
    const live = lines.get(line);
    const names = [...lines.keys()].join(', ') || 'no line is configured';
    if (!live) return reply.code(404).send(errorDocument(`there is no line ${line}`, 'path', names));
    reply.header('cache-control', 'no-store');
    return handle({ line, live }, request, reply);
  };

/** For what this agent was not given the means to do. */
export const notHere = (reply: FastifyReply, what: string): FastifyReply =>
  reply.code(501).send(errorDocument(what));
