import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { sinkSchema } from '../../../src/config/sinks.ts';
import { sourceSchema } from '../../../src/config/sources.ts';
import { storeSchema } from '../../../src/config/store.ts';

const minimal = {
  mqtt: { type: 'mqtt' },
  opcua: { type: 'opcua', endpoint: 'opc.tcp://a:4840', tags: { gap: { node: 'ns=1;s=Gap' } } },
  recording: {
    type: 'recording',
    coater: { file: 'a.csv', time: { type: 'ms', column: 't' }, columns: { gap: 'g' } },
  },
};

describe('sources', () => {
  test.each(Object.entries(minimal))('%s needs little', (_, settings) => {
    expect(sourceSchema.parse(settings)).toMatchObject(settings);
  });

  test('are safe by default', () => {
    expect(sourceSchema.parse(minimal.opcua)).toMatchObject({
      security: { mode: 'sign-and-encrypt', policy: 'Basic256Sha256' },
      endpoint_must_exist: true,
    });
    expect(sourceSchema.parse({ ...minimal.opcua, security: { mode: 'none' } })).toMatchObject({
      security: { mode: 'none', policy: 'none' },
    });
    const tls = { ca_file: 'ca.pem' };
    expect(sourceSchema.parse({ ...minimal.mqtt, tls })).toMatchObject({ tls: { allow_unknown: false } });
  });

  test.each<[string, object, string]>([
    ['an unknown key', { ...minimal.mqtt, topic: 'x' }, 'Unrecognized key: "topic"'],
    ['another kind', { type: 'modbus' }, 'Invalid'],
    ['a URL of another protocol', { ...minimal.mqtt, url: 'http://a' }, 'must be mqtt://'],
    ['half a client certificate', { ...minimal.mqtt, tls: { key_file: 'k' } }, 'belong together'],
    ['encryption without a policy', { ...minimal.opcua, security: { policy: 'none' } }, 'mode: none'],
    [
      'a policy without encryption',
      { ...minimal.opcua, security: { mode: 'none', policy: 'Basic256Sha256' } },
      'leave policy out',
    ],
    ['no tags', { ...minimal.opcua, tags: {} }, 'at least one tag'],
    ['an empty recording', { type: 'recording' }, 'needs a coater, a gauge or both'],
    [
      'absent seconds of a log without seconds',
      {
        ...minimal.recording,
        coater: { ...minimal.recording.coater, absent_seconds: { values: {}, count: 1 } },
      },
      'needs a time column of type seconds',
    ],
  ])('with %s are refused', (_, settings, message) => {
    const { error } = sourceSchema.safeParse(settings);
    expect(error?.issues.map((issue) => issue.message).join()).toContain(message);
  });
});

test('every key says what it is for', () => {
  const undescribed: string[] = [];
  const visit = (schema: unknown, path: string): void => {
    const node = schema as {
      description?: string;
      properties?: object;
      oneOf?: unknown[];
      anyOf?: unknown[];
    };
    for (const [key, value] of Object.entries(node.properties ?? {})) {
      const { description, const: constant } = value as { description?: string; const?: unknown };
      // What a `type` or a `username` is needs no words.
      if (
        !description &&
        constant === undefined &&
        !['type', 'version', 'username', 'password'].includes(key)
      ) {
        undescribed.push(`${path}.${key}`);
      }
      visit(value, `${path}.${key}`);
    }
    for (const option of [...(node.oneOf ?? []), ...(node.anyOf ?? [])]) visit(option, path);
  };
  for (const [name, schema] of Object.entries({
    source: sourceSchema,
    sink: sinkSchema,
    store: storeSchema,
  })) {
    visit(z.toJSONSchema(schema, { io: 'input' }), name);
  }
  expect(undescribed).toEqual([]);
});

describe.each([
  ['src/sources/mqtt', 'sources', sourceSchema],
  ['src/sources/opcua', 'sources', sourceSchema],
  ['src/sources/recording', 'sources', sourceSchema],
  ['src/sinks/mqtt', 'sinks', sinkSchema],
  ['src/sinks/influx', 'sinks', sinkSchema],
] as const)('%s', (folder, key, schema) => {
  test('has a README whose sample the schema takes', () => {
    const readme = readFileSync(`${folder}/README.md`, 'utf8');
    const samples = [...readme.matchAll(/```yaml\n([\s\S]*?)```/g)].map(([, yaml]) => parse(yaml ?? ''));
    expect(samples.length).toBeGreaterThan(0);
    for (const sample of samples) {
      for (const settings of sample[key]) expect(() => schema.parse(settings)).not.toThrow();
    }
  });
});
