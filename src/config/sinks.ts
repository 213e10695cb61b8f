import { z } from 'zod';
import { mqttConnection, retrySettings, tlsSettings } from './connection.ts';
import { opcUaSink } from './opcua-output.ts';
import { onFailure } from './supervision.ts';

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

/** A level of a topic: what Sparkplug allows in a group, node or device id. */
const topicLevel = z.string().regex(/^[^+#/\0]+$/, 'must not hold + # or /');

const mqttPayload = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('json').describe('One topic for each kind of report, documented JSON.'),
  }),
  z.strictObject({
    type: z.literal('sparkplug').describe('Sparkplug B: the agent is an edge node, each line a device.'),
    group: topicLevel.default('gapwise').describe('Group id.'),
    node: topicLevel.default('agent').describe('Id of this edge node, unique in its group.'),
  }),
]);

export const mqttSink = z.strictObject({
  type: z.literal('mqtt'),
  on_failure: onFailure,
  ...mqttConnection,
  payload: mqttPayload.prefault({ type: 'json' }).describe('What is published.'),
  topic_prefix: z
    .string()
    .regex(/^[^+#\0]+$/, 'must not hold + or #')
    .default('gapwise')
    .describe('JSON: topics are PREFIX/LINE/prediction, /abstraction, /state and so on.'),
  queue_size: z
    .int()
    .positive()
    .default(1_000)
    .describe('JSON: latest states and dropped scans kept in memory while the broker is away.'),
  overflow,
  spool: z
    .strictObject({
      max_mb: z.number().positive().default(200).describe('Most that may wait on the disk, MB.'),
      max_age_h: z
        .number()
        .positive()
        .default(30 * 24)
        .describe('What waits longer is given up, h.'),
      overflow: overflow.describe('What a full spool gives up; each loss is counted.'),
    })
    .prefault({})
    .describe('JSON: what must all arrive waits on the disk until the broker has confirmed it.'),
  in_flight: z
    .int()
    .min(1)
    .max(1_000)
    .default(20)
    .describe('JSON: unconfirmed messages on their way at a time.'),
  catch_up_per_s: z
    .number()
    .positive()
    .default(200)
    .describe('JSON: highest rate at which a backlog is worked off, messages/s.'),
  stale_after_s: z
    .number()
    .positive()
    .default(60)
    .describe('Sparkplug: without anything new for this long the quality of a metric becomes stale, s.'),
  max_alarms: z
    .int()
    .min(1)
    .max(10_000)
    .default(200)
    .describe('Sparkplug: alarms of a line that get metrics.'),
  stop_within_ms: stopWithin,
});

const influxTarget = z
  .discriminatedUnion('version', [
    z.strictObject({
      version: z.literal('1'),
      database: z.string().min(1).describe('Database of InfluxDB 1.x.'),
      retention_policy: z.string().min(1).optional().describe("The database's default if absent."),
      username: z
        .string()
        .optional()
        .describe('User with the right to write; absent without authentication.'),
      password: z.string().optional().describe('Password, normally a reference to a secret.'),
      create_database: z
        .boolean()
        .default(false)
        .describe('Create the database where it is missing; the user must then be an administrator.'),
    }),
    z.strictObject({
      version: z.literal('2'),
      org: z.string().default('').describe('Organisation; VictoriaMetrics has none.'),
      bucket: z.string().min(1).describe('Bucket; it must exist.'),
      token: z.string().optional().describe('API token, normally a reference to a secret.'),
    }),
    z.strictObject({
      version: z.literal('3'),
      database: z.string().min(1).describe('Database of InfluxDB 3.x, which makes it with the first write.'),
      token: z.string().optional().describe('API token, normally a reference to a secret.'),
    }),
  ])
  .describe('API and place: version 2 also serves VictoriaMetrics.');

/** What may be left out of the database; see src/sinks/influx/README.md. */
export const measurements = [
  'machine',
  'gap',
  'profile',
  'observation',
  'lane',
  'dropped',
  'run',
  'forecast',
  'outcome',
  'prediction',
  'curve',
  'abstraction',
  'intervention',
  'alarm',
  'outage',
  'adapter',
  'dead_letter',
  'agent',
] as const;

/** What waits on the disk for a sink whose peer is away. */
const influxSpool = z
  .strictObject({
    max_mb: z
      .number()
      .positive()
      .default(2_000)
      .describe('Most that may wait on the disk, MB; a day of one line takes about 75.'),
    max_age_h: z
      .number()
      .positive()
      .default(30 * 24)
      .describe('What waits longer is given up, h.'),
    overflow: overflow.describe('What a full spool gives up; each loss is counted.'),
  })
  .describe('Points wait on the disk, over restarts, until the database has taken them.');

export const influxSink = z.strictObject({
  type: z.literal('influx'),
  on_failure: onFailure,
  url: z
    .url({ protocol: /^https?$/ })
    .default('http://127.0.0.1:8086')
    .describe('Where the database listens.'),
  tls: tlsSettings.optional().describe('TLS details for https.'),
  target: influxTarget,
  leave_out: z.array(z.enum(measurements)).default([]).describe('Measurements that are not written.'),
  profile: z
    .enum(['off', 'zones', 'all'])
    .default('zones')
    .describe('Profiles across the web: none, means over zones, or besides these every location.'),
  profile_zones: z.int().min(1).max(200).default(40).describe('Zones of equal width across the web.'),
  curve_every_scans: z
    .int()
    .positive()
    .default(8)
    .describe('The prediction over all gaps is written at the first scan of a run, then each so many.'),
  health_every_s: z
    .number()
    .min(0)
    .default(30)
    .describe("How often the agent's own figures are written, s; 0: never."),
  host: z
    .string()
    .min(1)
    .optional()
    .describe("Names this machine in the agent's own figures; else its host name."),
  batch_points: z
    .int()
    .positive()
    .max(100_000)
    .default(5_000)
    .describe('Most points in one request, roughly.'),
  flush_interval_ms: z
    .number()
    .positive()
    .default(1_000)
    .describe('Points wait at most this long for company, ms.'),
  catch_up_points_per_s: z
    .number()
    .positive()
    .default(5_000)
    .describe('Highest rate at which a backlog is worked off, in order, live points behind it.'),
  timeout_ms: z.number().positive().default(10_000).describe('Give up a request after this, ms.'),
  spool: influxSpool.prefault({}),
  retry: retrySettings.prefault({}),
  stop_within_ms: z
    .number()
    .positive()
    .default(3_000)
    .describe('Time to deliver what is still there when stopping, ms; the rest stays in the spool.'),
});

/** Every kind of network sink, told apart by `type`. */
export const sinkSchema = z.discriminatedUnion('type', [mqttSink, influxSink, opcUaSink]);

export type MqttSinkSettings = z.output<typeof mqttSink>;
export type InfluxSinkSettings = z.output<typeof influxSink>;
export type SinkSettings = z.output<typeof sinkSchema>;
