import { z } from 'zod';

/** The operator's page and the HTTP API behind it. */
export const httpSchema = z.strictObject({
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
  kept_scans: z
    .number()
    .int()
    .min(10)
    .max(10_800)
    .default(900)
    .describe('Scans kept for the heat map of each line: 450 make an hour at one scan in 8 s.'),
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
});

export type HttpConfig = z.infer<typeof httpSchema>;
