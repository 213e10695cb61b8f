import rateLimit from '@fastify/rate-limit';
import type { FastifyInstance } from 'fastify';
import type { HttpConfig } from '../config/http.ts';
import { accessOf } from './access.ts';

const minute_ms = 60_000;
/** Addresses that are remembered; past that the one heard of longest ago is forgotten. */
const keptAddresses = 5_000;

/**
 * Bounds how many requests one address can make in a minute, those included that are refused or find nothing: they are
 * counted before their token is looked at. Each route that would change something has a smaller bound of its own.
 */
export async function limitRates(
  server: FastifyInstance,
  { requests_per_min, changes_per_min }: HttpConfig['rate_limit'],
): Promise<void> {
  server.addHook('onRoute', (route) => {
    const methods = [route.method].flat();
    const changes = methods.some((method) => accessOf(method, route.config?.access) === 'operate');
    if (changes) route.config = { ...route.config, rateLimit: { max: changes_per_min } };
  });
  await server.register(rateLimit, {
    max: requests_per_min,
    timeWindow: minute_ms,
    cache: keptAddresses,
    errorResponseBuilder: (_request, { max, after }) =>
      Object.assign(new Error(`more than ${max} requests in a minute; try again in ${after}`), {
        statusCode: 429,
      }),
  });
}
