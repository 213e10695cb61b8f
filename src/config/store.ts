import { z } from 'zod';

export const storeSchema = z
  .strictObject({
    snapshots_kept: z
      .int()
      .min(2)
      .max(100)
      .default(3)
      .describe('Latest snapshots kept for each line, so that a damaged one has one to fall back to.'),
    snapshot_every_messages: z
      .int()
      .min(1)
      .default(5_000)
      .describe('Messages from one snapshot to the next: what a restart replays at most, roughly.'),
    pending_limit: z
      .int()
      .min(1)
      .default(10_000)
      .describe('Messages that may wait for the journal; beyond it they are refused, to come again.'),
    history_days: z
      .number()
      .positive()
      .default(730)
      .describe('How far back observations, runs, versions and alarms are kept, in days of event time.'),
    history_mib: z
      .int()
      .min(1)
      .default(4096)
      .describe(
        'Most that the history of one line may take (MiB); the oldest goes first, versions and alarms never.',
      ),
  })
  .describe('The durable store, kept in the folder of the state.');

export type StoreSettings = z.output<typeof storeSchema>;
