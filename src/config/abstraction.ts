import { z } from 'zod';

/** How the line's model is abstracted to the lab's. */
export const abstractionSchema = z.strictObject({
  lab_gaps_um: z
    .array(z.number().positive())
    .min(1)
    .default([75, 100, 200])
    .describe('Lab gaps (µm) that line gaps are mapped to.'),
  joint: z
    .enum(['product', 'joint'])
    .default('product')
    .describe('product: lanes as if independent given the gap, as published; joint: observed combinations.'),
  order_preserving: z
    .boolean()
    .default(true)
    .describe('A wider line gap never maps to a narrower lab gap, nor a heavier outcome to a lighter bin.'),
  objective: z
    .enum(['max', 'sum'])
    .default('max')
    .describe('Over the interventions: the worst error, or their sum.'),
  replace_margin: z
    .number()
    .min(0)
    .default(0.01)
    .describe(
      'A new map replaces the old one only if its error is lower by more than this (Jensen-Shannon distance).',
    ),
  node_budget: z.number().int().positive().default(200_000).describe('Search nodes for one update at most.'),
});

export type AbstractionConfig = z.infer<typeof abstractionSchema>;
