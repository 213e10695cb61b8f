import { z } from 'zod';
import { abstractionSchema } from './abstraction.ts';
import { alarmsSchema } from './alarms.ts';
import { fleetSchema } from './fleet.ts';
import { httpSchema } from './http.ts';
import { labSchema, slurrySchema } from './lab.ts';
import { pipelineSchema } from './pipeline.ts';
import { predictorSchema } from './predictor.ts';
import { sinkSchema } from './sinks.ts';
import { sourceSchema } from './sources.ts';
import { storeSchema } from './store.ts';

const lineShape = z.strictObject({
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/)
    .describe('Name of the coating line: letters, digits, hyphen, underscore.'),
  lab: labSchema,
  slurry: slurrySchema.default({}),
  sources: z.array(sourceSchema).min(1).describe('Where the machine parameters and the scans come from.'),
  pipeline: pipelineSchema.prefault({}),
  abstraction: abstractionSchema.prefault({}),
  predictor: predictorSchema.prefault({}),
  curve_um: z
    .strictObject({
      from: z.number().positive().default(40).describe('The narrowest.'),
      to: z.number().positive().default(320).describe('The widest.'),
      step: z.number().positive().default(5).describe('From one to the next.'),
    })
    .prefault({})
    .describe('Gaps (µm) for which every prediction report carries a prediction.'),
  target_mg_cm2: z.number().positive().optional().describe('Loading that is ordered of the line (mg/cm²).'),
  tolerance_mg_cm2: z
    .number()
    .positive()
    .optional()
    .describe('Half width of the tolerance band around a target (mg/cm²).'),
  alarms: alarmsSchema.prefault({}).describe('Which alarms are raised, and at what limits.'),
});

const lineSchema = lineShape.superRefine(({ curve_um, predictor }, context) => {
  const [low, high] = predictor.gap_range_um;
  for (const end of ['from', 'to'] as const) {
    if (curve_um[end] >= low && curve_um[end] <= high) continue;
    context.addIssue({
      code: 'custom',
      path: ['curve_um', end],
      message: `${curve_um[end]} µm lies outside predictor.gap_range_um (${low} to ${high} µm)`,
    });
  }
});

/** The whole configuration of an agent. Unknown keys are refused. */
export const configSchema = z.strictObject({
  state: z.string().default('state').describe("Folder of the agent's state; relative to the working folder."),
  log: z
    .strictObject({
      level: z
        .enum(['debug', 'info', 'warn', 'error', 'silent'])
        .default('info')
        .describe('Least that is logged; the environment variable GAPWISE_LOG goes before it.'),
    })
    .prefault({})
    .describe('Lines for people at a terminal, JSON elsewhere, on standard error.'),
  stop_within_s: z
    .number()
    .positive()
    .max(600)
    .default(30)
    .describe('Time to work off and deliver what was taken in when stopping (s); then it ends anyway.'),
  store: storeSchema.prefault({}),
  http: httpSchema.prefault({}),
  lines: z
    .array(lineSchema)
    .min(1)
    .refine(
      (lines) => new Set(lines.map(({ name }) => name)).size === lines.length,
      'two lines have the same name',
    ),
  sinks: z.array(sinkSchema).default([]).describe('Where reports go, beside the page.'),
  fleet: fleetSchema.optional(),
});

export type Config = z.infer<typeof configSchema>;
export type LineConfig = Config['lines'][number];
