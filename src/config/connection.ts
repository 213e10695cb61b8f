import { z } from 'zod';

/** Settings that every network adapter has in common. */
export const retrySettings = z
  .strictObject({
    initial_ms: z.number().positive().default(500).describe('Delay before the first retry, ms.'),
    max_ms: z.number().positive().default(30_000).describe('Delays never grow past this, ms.'),
    factor: z.number().min(1).default(2).describe('Each delay is this many times the one before.'),
    jitter: z.number().min(0).max(1).default(0.5).describe('Share of each delay drawn at random, 0 to 1.'),
  })
  .describe('How attempts to connect follow each other.');

export const tlsSettings = z
  .strictObject({
    ca_file: z.string().optional().describe('Certificates of the authorities to trust, PEM.'),
    certificate_file: z.string().optional().describe('Own certificate for mutual TLS, PEM.'),
    key_file: z.string().optional().describe('Private key of the own certificate, PEM.'),
    server_name: z
      .string()
      .optional()
      .describe("Name to expect in the peer's certificate, if not the host's."),
    allow_unknown: z
      .boolean()
      .default(false)
      .describe("Accept a peer whose certificate can't be verified. Only for trying things out."),
  })
  .refine((tls) => (tls.certificate_file === undefined) === (tls.key_file === undefined), {
    message: 'certificate_file and key_file belong together',
  })
  .describe('TLS details for mqtts and wss.');

/** Credentials; the loader has already replaced references to secrets by their values. */
export const credentials = {
  username: z.string().optional().describe('User name; absent for an anonymous connection.'),
  password: z.string().optional().describe('Password, normally a reference to a secret.'),
};

/** Connection of an MQTT client, for source and sink alike. */
export const mqttConnection = {
  url: z
    .string()
    .regex(/^(mqtt|mqtts|ws|wss):\/\/./, 'must be mqtt://, mqtts://, ws:// or wss:// and a host')
    .default('mqtt://127.0.0.1:1883')
    .describe('Where the broker listens.'),
  client_id: z
    .string()
    .min(1)
    .max(100)
    .optional()
    .describe('Fixed client id, unique at the broker; by default made from the name of the line.'),
  protocol_version: z.enum(['3.1.1', '5']).default('3.1.1').describe('Version of MQTT to speak.'),
  ...credentials,
  tls: tlsSettings.optional(),
  keepalive_s: z.int().min(5).max(3600).default(30).describe('Interval of keep-alive pings, s.'),
  connect_timeout_ms: z.number().positive().default(10_000).describe('Give up an attempt after this, ms.'),
  retry: retrySettings.prefault({}),
};

export type TlsSettings = z.output<typeof tlsSettings>;
