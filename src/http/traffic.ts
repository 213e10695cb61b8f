import type { FastifyInstance } from 'fastify';
import type { Figure, Metered } from '../core/figure.ts';

/** Counts what the server answered, by method and kind of answer: how it fares, and whether somebody is guessing. */
export class Traffic implements Metered {
  readonly #answers = new Map<string, number>();
  readonly #further: () => Iterable<Figure>;

  constructor(server: FastifyInstance, further: () => Iterable<Figure>) {
    this.#further = further;
    server.addHook('onResponse', async ({ method }, { statusCode }) => {
      const key = `${method} ${statusCode}`;
      this.#answers.set(key, (this.#answers.get(key) ?? 0) + 1);
    });
  }

  *figures(): Iterable<Figure> {
    for (const [key, value] of this.#answers) {
      const [method = '', status = ''] = key.split(' ');
      yield {
        name: 'gapwise_http_requests_total',
        help: 'Requests answered, by method and status.',
        type: 'counter',
        labels: { method, status },
        value,
      };
    }
    yield* this.#further();
  }
}
