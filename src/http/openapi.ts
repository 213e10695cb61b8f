import { z } from 'zod';
import { components, type Json, nameOf, reference } from './openapi-documents.ts';
import { type Operation, operations } from './openapi-operations.ts';
import { allowed, gap, mostGaps, queries } from './query.ts';

/** The API in OpenAPI 3.1, made from the schemas that give the server's answers their types. */
export function openApiDocument(): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations)
    paths[operation.path] = { ...paths[operation.path], [operation.method]: described(operation) };
  return {
    openapi: '3.1.1',
    info: {
      title: 'gapwise',
      version: '1.0.0',
      description:
        'Nothing here writes to the machine; what changes an alarm needs an operator’s token. Times are ' +
        'milliseconds since the Unix epoch, loadings mg/cm², gaps µm; null is a number that is not known.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    paths,
    components: {
      securitySchemes: {
        token: {
          type: 'http',
          scheme: 'bearer',
          description: 'Of http.operators or http.readers. On a loopback address reading needs none.',
        },
      },
      schemas: components(),
    },
  };
}

const error = (description: string): Json => ({
  description,
  content: { 'application/json': { schema: reference('Error') } },
});

function described(operation: Operation): Json {
  const { id, summary, path, query, body, ok, document, further = {} } = operation;
  const ofLine = path.includes('{line}');
  const parameters = [...(ofLine ? [line] : []), ...(query ? queryParameters(query) : [])];
  const content = { [operation.type ?? 'application/json']: document ? { schema: reference(document) } : {} };
  return {
    operationId: id,
    summary,
    // An empty choice beside the token: it depends on the configuration whether reading needs one.
    security: operation.public ? [] : body ? [{ token: [] }] : [{}, { token: [] }],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: { required: true, content: { 'application/json': { schema: reference(nameOf(body)) } } },
    }),
    responses: {
      200: { description: ok, content },
      ...((query || body) && { 400: error('The question can’t be answered; says which part and why.') }),
      ...(!operation.public && { 401: error('A token is needed, or this one is not known.') }),
      ...(body && { 403: error('This token may read and nothing else.') }),
      ...(ofLine && {
        404: error('There is no such line.'),
        503: error('Not now; try again after the seconds in Retry-After.'),
      }),
      429: error('Too many requests in a minute.'),
      ...Object.fromEntries(Object.entries(further).map(([status, why]) => [status, error(why)])),
    },
  };
}

const line: Json = { name: 'line', in: 'path', required: true, schema: { type: 'string' } };

function queryParameters(query: z.ZodObject): Json[] {
  const { properties = {} } = z.toJSONSchema(query, { io: 'input', unrepresentable: 'any' });
  return Object.entries(query.shape).map(([name, schema]) => {
    const list = query === queries.predict;
    return {
      name,
      in: 'query',
      required: !(schema as z.ZodType).safeParse(undefined).success,
      description: allowed[name],
      ...(list && { style: 'form', explode: false }),
      schema: list
        ? { type: 'array', minItems: 1, maxItems: mostGaps, items: outputOf(gap) }
        : Object.keys(properties[name] as Json).length > 0
          ? properties[name]
          : outputOf(schema as z.ZodType),
    };
  });
}

/** A coerced number takes anything in; what it gives says what is meant. */
function outputOf(schema: z.ZodType): Json {
  const { $schema: _, ...rest } = z.toJSONSchema(schema, { unrepresentable: 'any' });
  return rest;
}
