import type { FastifyInstance } from 'fastify';
import { type HttpConfig, isLoopback } from '../config/http.ts';
import { errorDocument } from './errors.ts';

/** The page brings all it needs along: nothing is ever loaded from elsewhere, and no script stands in the HTML. */
const headers: Record<string, string> = {
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'self'",
  ].join('; '),
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

const loopback = ['127.0.0.1', 'localhost', '::1'];

export function secure(server: FastifyInstance, config: Pick<HttpConfig, 'host' | 'allowed_hosts'>): void {
  const names = new Set(
    [...loopback, config.host, ...config.allowed_hosts].map((name) => name.toLowerCase()),
  );
  const anyHost = !isLoopback(config.host) && config.allowed_hosts.length === 0;

  server.addHook('onRequest', async (request, reply) => {
    reply.headers(headers);
    // A foreign web page can make its own name point to this machine (DNS rebinding) and then read what is served
    // to "itself"; the Host header gives it away.
    if (anyHost || names.has(hostName(request.headers.host))) return;
    const what = `this server does not answer to the name ${JSON.stringify(request.headers.host ?? '')}`;
    return reply
      .code(421)
      .send(errorDocument(what, 'Host', `${[...names].join(', ')}; further ones in http.allowed_hosts`));
  });
}

function hostName(header: string | undefined): string {
  return (header ?? '')
    .toLowerCase()
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1');
}
