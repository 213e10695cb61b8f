import { createHash } from 'node:crypto';
import { z } from 'zod';

const loopback: ReadonlySet<string> = new Set(['127.0.0.1', 'localhost', '::1']);

/** Whether only programs on this machine can reach that address. */
export const isLoopback = (host: string): boolean => loopback.has(host.toLowerCase());

/** What is kept of a token: its SHA-256. The token itself is forgotten as soon as the configuration is read. */
export const tokenDigest = (token: string): string => createHash('sha256').update(token).digest('hex');

const holderSchema = z.strictObject({
  name: z.string().trim().min(1).max(64).describe('Who this is, as the audit trail names them.'),
  token: z
    .string()
    .min(16, 'a token has 16 characters or more')
    .max(512)
    .transform(tokenDigest)
    .describe('Bearer token, a reference to a secret. Only its SHA-256 stays in memory.'),
});

const holders = (whom: string) => z.array(holderSchema).max(100).default([]).describe(whom);

const rateLimitSchema = z.strictObject({
  requests_per_min: z.int().min(10).max(10_000_000).default(3_000).describe('Of any kind.'),
  changes_per_min: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(60)
    .describe('To one route that would change something.'),
  failed_sign_ins_per_min: z
    .int()
    .min(1)
    .max(10_000_000)
    .default(20)
    .describe('Wrong tokens; after that many, right ones are refused as well until a minute has passed.'),
});

/** The operator's page and the HTTP API behind it. */
export const httpSchema = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .default('127.0.0.1')
      .describe('Address to listen on; 0.0.0.0 or :: for every network the machine is on.'),
    port: z
      .number()
      .int()
      .min(0)
      .max(65_535)
      .default(8080)
      .describe('0 lets the system choose a free one, which is then printed.'),
    allowed_hosts: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'Further names under which the page may be asked for, e.g. behind a proxy. On a loopback address others ' +
          'are refused, so that no foreign web page can read the line through the browser.',
      ),
    operators: holders(
      'Who may acknowledge and shelve alarms; without any, nothing can be changed over HTTP.',
    ),
    readers: holders(
      'Who may read. Where there are none, anybody on a loopback address reads, and beyond it operators alone.',
    ),
    open: z
      .boolean()
      .default(false)
      .describe('Lets everybody read who reaches a `host` beyond loopback, without a token.'),
    tls: z
      .strictObject({
        certificate: z.string().min(1).describe('Chain, PEM: normally { from_file: … }.'),
        key: z.string().min(1).describe('Private key, PEM: normally { from_file: … }.'),
      })
      .optional()
      .describe('Serves HTTPS instead of HTTP. Tokens travel in clear without it.'),
    rate_limit: rateLimitSchema
      .prefault({})
      .describe('Most requests from one address in a minute; more are answered by 429.'),
    kept_scans: z
      .number()
      .int()
      .min(10)
      .max(10_800)
      .default(10_800)
      .describe('Scans kept for the heat map of each line: 10,800 make a day at one scan in 8 s, and 17 MB.'),
    kept_gap_points: z
      .number()
      .int()
      .min(100)
      .max(100_000)
      .default(5_000)
      .describe('Points kept for the comma gap over time of each line.'),
    kept_runs: z.number().int().min(1).max(10_000).default(400).describe('Coating runs kept for each line.'),
    flush_ms: z
      .number()
      .int()
      .min(10)
      .max(5_000)
      .default(100)
      .describe('News are gathered for this long (ms) before they go to the pages that are open.'),
    max_clients: z.number().int().min(1).max(1_000).default(32).describe('Pages open at the same time.'),
    client_buffer_bytes: z
      .number()
      .int()
      .min(65_536)
      .default(4_194_304)
      .describe('A page that lags behind by more than this (bytes) is cut off; it then loads afresh.'),
  })
  .superRefine((http, context) => {
    const fault = (key: string, message: string) =>
      context.addIssue({ code: 'custom', path: [key], message });
    const people = [...http.operators, ...http.readers];
    if (new Set(people.map(({ name }) => name)).size < people.length)
      fault('operators', 'two operators or readers have the same name');
    if (new Set(people.map(({ token }) => token)).size < people.length)
      fault('operators', 'two operators or readers have the same token: nobody could tell them apart');
    if (http.open && http.readers.length > 0)
      fault('open', 'either everybody may read (open) or those with a token (readers), not both');
    if (!isLoopback(http.host) && !http.open && people.length === 0)
      fault('host', 'nobody could read: name readers or operators with tokens, or say open: true');
  });

export type HttpConfig = z.infer<typeof httpSchema>;
