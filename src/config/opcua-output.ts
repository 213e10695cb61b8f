import { z } from 'zod';
import { retrySettings } from './connection.ts';
import { onFailure } from './supervision.ts';

const span = (low: number, high: number) =>
  z
    .strictObject({
      low: z.number().default(low).describe('Lowest value to be expected.'),
      high: z.number().default(high).describe('Highest value to be expected.'),
    })
    .refine((range) => range.low < range.high, { message: 'low must lie below high' })
    .prefault({});

/** The agent's own OPC UA server. */
export const opcUaSink = z.strictObject({
  type: z.literal('opcua'),
  on_failure: onFailure,
  host: z
    .string()
    .min(1)
    .default('127.0.0.1')
    .describe('Address to listen on and to name in the endpoint; loopback keeps the server on this machine.'),
  port: z.int().min(1).max(65_535).default(4841).describe('TCP port.'),
  path: z
    .string()
    .regex(/^\/[A-Za-z0-9/_-]*$/, 'must be / and letters, digits, / _ -')
    .default('/gapwise')
    .describe('Path of the endpoint: opc.tcp://HOST:PORT/PATH.'),
  application_uri: z
    .string()
    .regex(/^(urn:|https?:\/\/)\S+$/, 'must be urn:… or http(s)://…')
    .default('urn:gapwise:agent')
    .describe('Names this server for good, also in its certificate; unique in the plant.'),
  security: z
    .strictObject({
      modes: z
        .array(z.enum(['sign-and-encrypt', 'sign', 'none']))
        .min(1)
        .default(['sign-and-encrypt'])
        .describe('What clients may ask for. none leaves values and passwords open to read.'),
      policies: z
        .array(z.enum(['Basic256Sha256', 'Aes128_Sha256_RsaOaep', 'Aes256_Sha256_RsaPss']))
        .min(1)
        .default(['Basic256Sha256'])
        .describe('Algorithms for sign and sign-and-encrypt; those left out are no longer safe.'),
    })
    .prefault({})
    .describe('Message security. A client whose certificate is not trusted is refused and listed.'),
  users: z
    .array(
      z.strictObject({
        username: z.string().min(1).describe('User name.'),
        password: z.string().min(1).describe('Password, normally a reference to a secret.'),
      }),
    )
    .default([])
    .describe('Who may log in; with an empty list anybody whose certificate is trusted.'),
  max_sessions: z.int().min(1).max(1_000).default(10).describe('Clients that may be logged in at a time.'),
  max_monitored_items: z
    .int()
    .min(1)
    .max(1_000_000)
    .default(10_000)
    .describe('Values that all clients together may have watched.'),
  history_values: z
    .int()
    .min(0)
    .max(100_000)
    .default(1_000)
    .describe('Past values that clients can read of each process value and prediction, in memory; 0: none.'),
  stale_after_s: z
    .number()
    .positive()
    .default(60)
    .describe('Without anything new for this long a value is marked as the last usable one, s.'),
  gap_range_um: span(0, 500).describe('EURange of comma gaps, µm.'),
  loading_range_mg_cm2: span(0, 60).describe('EURange of mass loadings, mg/cm².'),
  max_alarms: z.int().min(1).max(10_000).default(200).describe('Alarms of a line that get nodes.'),
  retry: retrySettings.prefault({}),
});

export type OpcUaSinkSettings = z.output<typeof opcUaSink>;
