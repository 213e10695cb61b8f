import { createSecureContext } from 'node:tls';
import Fastify, { type FastifyInstance } from 'fastify';
import type { HttpConfig } from '../config/http.ts';
import { ConfigError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { guard } from './access.ts';
import { answerErrors } from './errors.ts';
import { limitRates } from './rate-limit.ts';
import { secure } from './security.ts';

/** An alarm's comment and name: nothing that anybody sends here is longer. */
const longestBody_bytes = 8_192;

/**
 * A server without routes yet that answers nobody it should not: by name, rate, token and size, in this order.
 *
 * @throws ConfigError where certificate and key are none, or not of each other.
 */
export async function createInstance(config: HttpConfig, log: Logger): Promise<FastifyInstance> {
  const settings = {
    forceCloseConnections: true,
    bodyLimit: longestBody_bytes,
    routerOptions: { maxParamLength: 200 },
  };
  const server: FastifyInstance = config.tls
    ? (Fastify({ ...settings, https: tlsOf(config.tls) }) as unknown as FastifyInstance)
    : Fastify(settings);
  secure(server, config);
  await limitRates(server, config.rate_limit);
  guard(server, config, log);
  answerErrors(server, log);
  return server;
}

function tlsOf({ certificate, key }: NonNullable<HttpConfig['tls']>) {
  const tls = { cert: certificate, key, minVersion: 'TLSv1.2' } as const;
  try {
    createSecureContext(tls);
  } catch (thrown) {
    throw new ConfigError(`can't be used: ${messageOf(thrown)}`, {
      where: 'http.tls',
      allowed: 'a certificate and its private key, PEM',
      cause: thrown,
    });
  }
  return tls;
}
