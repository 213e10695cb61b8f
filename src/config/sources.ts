import { z } from 'zod';
import { credentials, mqttConnection, retrySettings } from './connection.ts';
import { loadingUnit } from './loading-unit.ts';
import { recordingSource } from './recording.ts';
import { onFailure } from './supervision.ts';

// ---- MQTT ----

const locations = z
  .int()
  .min(1)
  .max(100_000)
  .default(800)
  .describe('Values that each scan has; any other number is a dead letter.');

const unit = loadingUnit.default('g/m2').describe('Unit of the loading values.');

export const mqttJsonFormat = z.strictObject({
  type: z.literal('json'),
  fields: z
    .strictObject({
      scan: z.string().default('scan').describe('Running number of the scan, an integer from 0.'),
      time: z.string().default('time').describe('End of the traverse: ISO 8601 with zone, or ms since 1970.'),
      duration_ms: z.string().default('duration_ms').describe('Duration of the traverse, ms.'),
      started_at: z.string().default('started_at').describe('Edge of the first value: operator or gear.'),
      loading: z.string().default('loading_g_m2').describe('Array of the values across the web.'),
      line: z.string().optional().describe('Name of the line, where the payload repeats it.'),
      gauge: z.string().optional().describe('Name of the gauge, where the payload has it.'),
    })
    .prefault({})
    .describe('Where each figure stands in the payload; dots reach into nested objects.'),
  locations,
  unit,
});

export const mqttBinaryFormat = z.strictObject({
  type: z.enum(['float32', 'float64']),
  byte_order: z.enum(['little', 'big']).default('little').describe('Byte order of header and values.'),
  locations,
  unit,
});

export const mqttSparkplugFormat = z.strictObject({
  type: z.literal('sparkplug'),
  metrics: z
    .strictObject({
      scan: z.string().default('Scan/Number').describe('Running number of the scan, an integer from 0.'),
      time: z
        .string()
        .optional()
        .describe("End of the traverse, ms since 1970; by default the loading metric's own time."),
      duration_ms: z.string().default('Scan/Duration').describe('Duration of the traverse, ms.'),
      started_at: z.string().default('Scan/StartedAt').describe('Edge of the first value: operator or gear.'),
      loading: z.string().default('Scan/Loading').describe('Array of the values across the web.'),
    })
    .prefault({})
    .describe('Names of the metrics; members of a template as TEMPLATE/MEMBER.'),
  locations,
  unit,
});

export const mqttSource = z.strictObject({
  type: z.literal('mqtt'),
  on_failure: onFailure,
  ...mqttConnection,
  topics: z
    .array(z.string().regex(/^[^\0]+$/))
    .min(1)
    .default(['gapwise/plant/area/{line}/gauge/{gauge}/scan'])
    .describe('Topics of the scans. {line} and {gauge} stand for one level each; + and a final # work too.'),
  topic_line: z.string().optional().describe("What {line} reads in the topics, if not the line's own name."),
  gauge: z
    .string()
    .min(1)
    .default('gauge')
    .describe('Name of the gauge where neither topic nor payload tells.'),
  session_expiry_s: z
    .int()
    .min(0)
    .default(604_800)
    .describe('How long the broker keeps messages while the agent is away, s (MQTT 5; 3.1.1: as it likes).'),
  payload: z
    .discriminatedUnion('type', [mqttJsonFormat, mqttBinaryFormat, mqttSparkplugFormat])
    .prefault({ type: 'json' })
    .describe('Format of the scans.'),
  default_duration_ms: z
    .number()
    .positive()
    .default(8_000)
    .describe('Traverse, where the payload is silent, ms.'),
  invalid_values: z
    .enum(['refuse', 'mark'])
    .default('refuse')
    .describe('null or NaN at a location: refuse the whole scan, or mark the location as invalid.'),
  max_payload_bytes: z.int().positive().default(262_144).describe('Longer payloads are dead letters, bytes.'),
});

// ---- OPC UA ----

export const opcUaTag = z.strictObject({
  node: z
    .string()
    .min(1)
    .describe('Node id with namespace URI, nsu=URI;s=Name, or a browse path, /Objects/nsu=URI;Coater/Gap.'),
  scale: z.number().default(1).describe('Value of the parameter = raw value × scale + offset.'),
  offset: z.number().default(0).describe('See scale.'),
  unit: z.string().optional().describe('Unit after scaling, a note for people.'),
  stale_after_s: z
    .number()
    .positive()
    .optional()
    .describe('Without a change for this long the tag counts as stale, s; by default never.'),
});

/** What it takes to reach a server, for the source and for tools that only look. */
const opcUaConnectionShape = {
  endpoint: z
    .string()
    .regex(/^opc\.tcp:\/\/./, 'must be opc.tcp://host:port/path')
    .describe('Where the server listens.'),
  security: z
    .strictObject({
      mode: z
        .enum(['sign-and-encrypt', 'sign', 'none'])
        .default('sign-and-encrypt')
        .describe('What is done to each message.'),
      policy: z
        .enum(['Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss', 'none'])
        .optional()
        .describe('Algorithms, by default Basic256Sha256; with mode none there are none.'),
    })
    .prefault({})
    .refine(({ mode, policy }) => mode !== 'none' || policy === undefined || policy === 'none', {
      message: 'mode none does nothing to a message, so it takes no policy: leave policy out',
      path: ['policy'],
    })
    .refine(({ mode, policy }) => mode === 'none' || policy !== 'none', {
      message: 'policy none has nothing to sign or encrypt with: for an open wire set mode: none',
      path: ['policy'],
    })
    .transform(({ mode, policy }) => ({
      mode,
      policy: policy ?? (mode === 'none' ? ('none' as const) : ('Basic256Sha256' as const)),
    }))
    .describe(
      'Message security. Mode none leaves values and passwords open to read: only on a trusted wire.',
    ),
  ...credentials,
  user_certificate: z
    .strictObject({
      certificate_file: z.string().min(1).describe('Certificate of the user, PEM or DER.'),
      key_file: z.string().min(1).describe('Its private key, PEM.'),
    })
    .optional()
    .describe('Log in with a certificate instead of a user name; relative to the working folder.'),
  endpoint_must_exist: z
    .boolean()
    .default(true)
    .describe(
      'Insist that the server lists this very URL. Turn off for servers reached by IP or through NAT.',
    ),
  timeout_ms: z.number().min(100).default(10_000).describe('Give up a request to the server after this, ms.'),
  session_timeout_s: z
    .number()
    .positive()
    .default(60)
    .describe('The server drops a lost session after this, s.'),
  retry: retrySettings.prefault({}),
};

export const opcUaConnection = z.strictObject(opcUaConnectionShape);

export const opcUaSource = z.strictObject({
  type: z.literal('opcua'),
  on_failure: onFailure,
  ...opcUaConnectionShape,
  tags: z
    .record(z.string().min(1), opcUaTag)
    .refine((tags) => Object.keys(tags).length > 0, { message: 'at least one tag is needed' })
    .describe('Machine parameters by name.'),
  publishing_interval_ms: z.number().min(10).default(500).describe('How often the server sends changes, ms.'),
  sampling_interval_ms: z
    .number()
    .min(0)
    .default(500)
    .describe('How often the server looks at each value, ms; 0: at every change, as fast as it can.'),
  queue_size: z
    .int()
    .min(1)
    .default(600)
    .describe(
      'Changes the server keeps for each tag while the agent is away: at least outage / sampling interval.',
    ),
  keepalive_s: z
    .number()
    .positive()
    .default(5)
    .describe('Sign of life from the server at least this often, s.'),
  silent_after_s: z
    .number()
    .positive()
    .default(15)
    .describe('No value from any tag for this long: the session is taken for dead and rebuilt, s.'),
});

/** Every kind of source, told apart by `type`. */
export const sourceSchema = z.discriminatedUnion('type', [mqttSource, opcUaSource, recordingSource]);

export type MqttSourceSettings = z.output<typeof mqttSource>;
export type MqttPayloadSettings = MqttSourceSettings['payload'];
export type MqttJsonSettings = z.output<typeof mqttJsonFormat>;
export type MqttSparkplugSettings = z.output<typeof mqttSparkplugFormat>;
export type MqttBinarySettings = z.output<typeof mqttBinaryFormat>;
export type OpcUaConnectionSettings = z.output<typeof opcUaConnection>;
export type OpcUaSourceSettings = z.output<typeof opcUaSource>;
export type OpcUaTagSettings = z.output<typeof opcUaTag>;
export type SourceSettings = z.output<typeof sourceSchema>;
