import { z } from 'zod';

/** What becomes of an adapter that can't start; one that runs sees to its connection itself. */
export const onFailure = z
  .enum(['retry', 'ignore', 'stop'])
  .default('retry')
  .describe(
    'Where it can not start: retry tries again with growing delays, ignore goes on without it, stop ends the agent.',
  );

export type OnFailure = z.output<typeof onFailure>;
