import { timingSafeEqual } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type HttpConfig, isLoopback, tokenDigest } from '../config/http.ts';
import type { Logger } from '../core/logger.ts';
import { errorDocument } from './errors.ts';

/** What a route asks of who calls it: nothing, the right to read, or the right to change something. */
export type Access = 'public' | 'read' | 'operate';

/** Somebody who showed a token. Operators may read as well. */
export interface Person {
  readonly name: string;
  readonly role: 'operator' | 'reader';
}

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Left out, a route that only gets asks for `read` and every other one for `operate`. */
    access?: Access;
  }
  interface FastifyRequest {
    person: Person | undefined;
  }
}

export const accessOf = (method: string, access: Access | undefined): Access =>
  access ?? (method === 'GET' || method === 'HEAD' ? 'read' : 'operate');

type AccessConfig = Pick<HttpConfig, 'host' | 'open' | 'operators' | 'readers' | 'rate_limit'>;

/** Whether nobody need show a token to read: see `http.readers` and `http.open`. */
export const readingIsOpen = ({ host, open, readers }: AccessConfig): boolean =>
  readers.length === 0 && (open || isLoopback(host));

/**
 * Refuses every request whose route asks for more than its bearer token (RFC 6750) gives, before its body is read.
 * Wrong tokens are counted by address: past the limit even a right one is refused, so that guessing takes for ever.
 * Needs the rate limiter to be registered.
 */
export function guard(server: FastifyInstance, config: AccessConfig, log: Logger): void {
  const book = tokenBook(config);
  const open = readingIsOpen(config);
  const guesses = server.createRateLimit({
    max: config.rate_limit.failed_sign_ins_per_min,
    timeWindow: 60_000,
  });
  const tooMany = (asked: Awaited<ReturnType<typeof guesses>>) => !asked.isAllowed && asked.isExceeded;
  server.decorateRequest('person', undefined);

  server.addHook('preParsing', async (request, reply) => {
    // Nothing is there to be kept from anybody; the limiter counts it further on.
    if (request.is404) return;
    const wanted = accessOf(request.method, request.routeOptions.config.access);
    const { authorization } = request.headers;
    if (authorization !== undefined) {
      if (tooMany(await guesses(request, { increment: false }))) return refuseGuesses(reply);
      request.person = book(authorization);
      if (!request.person) {
        log.warn({ event: 'http-wrong-token', address: request.ip, url: pathOf(request) }, 'A wrong token');
        return tooMany(await guesses(request))
          ? refuseGuesses(reply)
          : refuse(reply, 'this token is not known');
      }
    }
    if (wanted === 'public' || (wanted === 'read' && (open || request.person))) return;
    if (!request.person) return refuse(reply, 'a token is needed');
    if (wanted === 'operate' && request.person.role !== 'operator')
      return reply
        .code(403)
        .send(
          errorDocument(`${request.person.name} may read and nothing else`, 'Authorization', 'an operator'),
        );
  });
}

/** The path without its query, short enough for a log. */
const pathOf = ({ url }: FastifyRequest): string => url.split('?')[0]!.slice(0, 200);

const refuse = (reply: FastifyReply, what: string): FastifyReply =>
  reply
    .code(401)
    .header('www-authenticate', 'Bearer realm="gapwise"')
    .send(errorDocument(what, 'Authorization', 'Bearer and a token of http.operators or http.readers'));

const refuseGuesses = (reply: FastifyReply): FastifyReply =>
  reply
    .code(429)
    .header('retry-after', '60')
    .send(errorDocument('too many wrong tokens from this address', 'Authorization'));

/** Looks a token up by its digest, comparing with all of them in constant time. */
function tokenBook({ operators, readers }: AccessConfig): (authorization: string) => Person | undefined {
  const entry = (role: Person['role']) => (holder: { name: string; token: string }) => ({
    digest: Buffer.from(holder.token, 'hex'),
    person: { name: holder.name, role },
  });
  const entries = [...operators.map(entry('operator')), ...readers.map(entry('reader'))];
  return (authorization) => {
    const [, token] = /^Bearer +([^\s]{1,512})$/i.exec(authorization) ?? [];
    if (token === undefined) return undefined;
    const digest = Buffer.from(tokenDigest(token), 'hex');
    let found: Person | undefined;
    for (const { digest: known, person } of entries) if (timingSafeEqual(known, digest)) found = person;
    return found;
  };
}
