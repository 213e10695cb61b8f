import { z } from 'zod';
import { tlsSettings } from './connection.ts';

const token = /^[A-Za-z0-9_-]+$/;

/** A plant of lines: how an edge agent and the plant's workers meet on a NATS JetStream cluster. */
export const fleetSchema = z
  .strictObject({
    servers: z
      .array(z.string().min(1))
      .min(1)
      .describe('Servers of the cluster, e.g. nats://plant-1:4222; any of them will do to begin with.'),
    username: z.string().optional().describe('User of the account.'),
    password: z.string().optional().describe('Password, normally a reference to a secret.'),
    tls: tlsSettings.optional(),
    site: z.string().regex(token).default('site').describe('Site in the sense of ISA-95 (IEC 62264).'),
    area: z.string().regex(token).default('area').describe('Area of the site in which the lines stand.'),
    stream: z
      .string()
      .regex(token)
      .default('GAPWISE')
      .describe('Name of the stream, and beginning of the names of the buckets beside it.'),
    partitions: z
      .int()
      .min(1)
      .max(1024)
      .default(16)
      .describe(
        'Parts into which lines are divided, the most workers that can share them. Fixed once and for all.',
      ),
    replicas: z
      .union([z.literal(1), z.literal(3), z.literal(5)])
      .default(3)
      .describe('Copies of everything; 3 survive the loss of one machine.'),
    retention_days: z.number().positive().default(7).describe('How long the stream keeps messages (days).'),
    forward: z
      .boolean()
      .default(true)
      .describe('Whether this agent sends what its lines take in to the cluster.'),
    spool: z
      .strictObject({
        megabytes: z
          .number()
          .positive()
          .default(1_024)
          .describe('Room on the disk while the cluster is away (MB).'),
        age_h: z.number().positive().default(168).describe('What waited longer is given up (h).'),
      })
      .prefault({})
      .describe('What waits on the disk for the cluster.'),
    lease_s: z
      .number()
      .min(2)
      .max(300)
      .default(6)
      .describe('A worker that is not heard of for this long loses its lines to others (s).'),
    save_every_messages: z
      .int()
      .min(10)
      .default(2_000)
      .describe(
        'Messages of one partition from one saved state to the next: what a take-over repeats at most.',
      ),
  })
  .describe('The plant’s cluster; without it an agent stands alone.');

export type FleetSettings = z.output<typeof fleetSchema>;
