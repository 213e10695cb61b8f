import { z } from 'zod';
import { mqttConnection, retrySettings } from './connection.ts';

/** What a full queue gives up. */
const overflow = z
  .enum(['drop-oldest', 'drop-newest'])
  .default('drop-oldest')
  .describe('What a full queue gives up; each loss is counted.');

const stopWithin = z
  .number()
  .positive()
  .default(5_000)
  .describe('Time to deliver what is still queued when stopping, ms.');

export const mqttSink = z.strictObject({
  type: z.literal('mqtt'),
  ...mqttConnection,
  topic_prefix: z
    .string()
    .regex(/^[^+#\0]+$/, 'must not hold + or #')
    .default('gapwise')
    .describe('Topics are PREFIX/LINE/prediction, /abstraction, /state and so on.'),
  queue_size: z.int().positive().default(1_000).describe('Messages kept while the broker is away.'),
  overflow,
  stop_within_ms: stopWithin,
});

const influxTarget = z
  .discriminatedUnion('version', [
    z.strictObject({
      version: z.literal('1'),
      database: z.string().min(1).describe('Database of InfluxDB 1.x.'),
      retention_policy: z.string().optional().describe("The database's default if absent."),
      username: z.string().optional(),
      password: z.string().optional(),
    }),
    z.strictObject({
      version: z.literal('2'),
      org: z.string().default('').describe('Organisation.'),
      bucket: z.string().min(1).describe('Bucket.'),
      token: z.string().optional().describe('API token, normally a reference to a secret.'),
    }),
  ])
  .describe('API and place: version 2 serves InfluxDB 2.x, 3.x and VictoriaMetrics.');

export const influxSink = z.strictObject({
  type: z.literal('influx'),
  url: z
    .url({ protocol: /^https?$/ })
    .default('http://127.0.0.1:8086')
    .describe('Where the database listens.'),
  target: influxTarget,
  batch_size: z.int().positive().max(100_000).default(1_000).describe('Most points in one request.'),
  flush_interval_ms: z
    .number()
    .positive()
    .default(1_000)
    .describe('Points wait at most this long for company, ms.'),
  timeout_ms: z.number().positive().default(10_000).describe('Give up a request after this, ms.'),
  curve_every_s: z
    .number()
    .min(0)
    .default(60)
    .describe('The prediction over all gaps is written at most this often, s of event time.'),
  queue_size: z.int().positive().default(50_000).describe('Points kept while the database is away.'),
  overflow,
  retry: retrySettings.prefault({}),
  stop_within_ms: stopWithin,
});

/** Every kind of network sink, told apart by `type`. */
export const sinkSchema = z.discriminatedUnion('type', [mqttSink, influxSink]);

export type MqttSinkSettings = z.output<typeof mqttSink>;
export type InfluxSinkSettings = z.output<typeof influxSink>;
export type SinkSettings = z.output<typeof sinkSchema>;
