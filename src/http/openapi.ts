import { z } from 'zod';
import * as api from '../core/api.ts';
import { allowed, gap, loading, mostGaps } from './query.ts';

/** Documents that the description names; the others stand where they are used. */
const named = {
  Lines: api.linesSchema,
  LineState: api.lineStateSchema,
  LineBatch: api.lineBatchSchema,
  Predictions: api.predictSchema,
  Advice: api.adviceSchema,
  NextGap: api.nextGapSchema,
  Health: api.healthSchema,
  Error: api.errorSchema,
  Run: api.runRowSchema,
  ScanPoint: api.scanPointSchema,
  Curve: api.curveSchema,
  Prediction: api.predictionSchema,
  Forecast: api.forecastSchema,
  Profiles: api.profileRowsSchema,
  Abstraction: api.abstractionSchema,
  Adapter: api.adapterSchema,
  Outage: api.outageSchema,
  Tally: api.tallySchema,
} as const satisfies Record<string, z.ZodType>;

type Name = keyof typeof named;
type Json = Record<string, unknown>;

const reference = (name: Name): Json => ({ $ref: `#/components/schemas/${name}` });

/** What `readonly` and the dialect say in every schema once more, the document says for all. */
const plain = ({ jsonSchema }: { jsonSchema: object }): void => {
  for (const key of ['readOnly', '$schema', '$id']) delete (jsonSchema as Json)[key];
};

function components(): Json {
  const registry = z.registry<{ id: string }>();
  for (const [id, schema] of Object.entries(named)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, {
    uri: (id) => `#/components/schemas/${id}`,
    override: plain,
  });
  for (const schema of Object.values(schemas)) plain({ jsonSchema: schema });
  return schemas;
}

const numberSchema = (schema: z.ZodType): Json => {
  const { $schema: _, ...rest } = z.toJSONSchema(schema);
  return rest;
};

const answer = (description: string, name: Name, type = 'application/json'): Json => ({
  description,
  content: { [type]: { schema: reference(name) } },
});
const failures = {
  400: answer('The question can’t be answered; says which part and why.', 'Error'),
  404: answer('There is no such line.', 'Error'),
  503: answer('Not now; try again after the seconds in Retry-After.', 'Error'),
};
const line: Json = { name: 'line', in: 'path', required: true, schema: { type: 'string' } };

const get = (
  operationId: string,
  summary: string,
  ok: Json,
  parameters: readonly Json[] = [],
  further: Json = {},
): Json => {
  const ofLine = parameters.includes(line);
  const { 400: asked, 404: unknown, 503: busy } = failures;
  return {
    get: {
      operationId,
      summary,
      ...(parameters.length > 0 && { parameters }),
      responses: {
        200: ok,
        ...(parameters.length > 1 && { 400: asked }),
        ...(ofLine && { 404: unknown, 503: busy }),
        ...further,
      },
    },
  };
};

/** The API in OpenAPI 3.1, made from the schemas that give the server's answers their types. */
export function openApiDocument(): Json {
  return {
    openapi: '3.1.1',
    info: {
      title: 'gapwise',
      version: '1.0.0',
      description:
        'Reads only: nothing here changes the agent or writes to the machine. Times are milliseconds since the ' +
        'Unix epoch, loadings mg/cm², gaps µm; null is a number that is not known.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths: {
      '/api/v1/health': get('health', 'Whether all adapters are there', answer('Health', 'Health')),
      '/api/v1/lines': get('lines', 'The lines of this agent', answer('The lines', 'Lines')),
      '/api/v1/lines/{line}/state': get('state', 'All that is kept of a line', answer('State', 'LineState'), [
        line,
      ]),
      '/api/v1/lines/{line}/events': get(
        'events',
        'News as server-sent events: "ready" at first, "batch" with data as the schema says, "beat" in between',
        answer('An endless stream', 'LineBatch', 'text/event-stream'),
        [line],
      ),
      '/api/v1/lines/{line}/predict': get(
        'predict',
        'Loading that the line’s next run would have',
        answer('One prediction for each gap, in the order asked', 'Predictions'),
        [
          line,
          {
            name: 'gap',
            in: 'query',
            required: true,
            description: allowed['gap'],
            style: 'form',
            explode: false,
            schema: { type: 'array', minItems: 1, maxItems: mostGaps, items: numberSchema(gap) },
          },
        ],
      ),
      '/api/v1/lines/{line}/advise': get(
        'advise',
        'Gap to set for a wanted loading',
        answer('Advice', 'Advice'),
        [
          line,
          {
            name: 'loading',
            in: 'query',
            required: true,
            description: allowed['loading'],
            schema: numberSchema(loading),
          },
          {
            name: 'tolerance',
            in: 'query',
            required: false,
            description: allowed['tolerance'],
            schema: numberSchema(loading),
          },
        ],
      ),
      '/api/v1/lines/{line}/next': get(
        'next',
        'Gap worth running next, so as to know the loading at another gap better',
        answer('The gap, and what one run there would bring', 'NextGap'),
        [
          line,
          {
            name: 'at',
            in: 'query',
            required: true,
            description: allowed['at'],
            schema: numberSchema(gap),
          },
        ],
        { 501: answer('This line’s model can’t tell.', 'Error') },
      ),
      '/api/v1/openapi.json': {
        get: {
          operationId: 'openapi',
          summary: 'This document',
          responses: { 200: { description: 'OpenAPI 3.1', content: { 'application/json': {} } } },
        },
      },
    },
    components: { schemas: components() },
  };
}
