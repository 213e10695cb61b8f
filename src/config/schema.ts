import { z } from 'zod';
import { abstractionSchema } from './abstraction.ts';
import { httpSchema } from './http.ts';
import { labSchema, slurrySchema } from './lab.ts';
import { pipelineSchema } from './pipeline.ts';
import { predictorSchema } from './predictor.ts';
import { sinkSchema } from './sinks.ts';
import { sourceSchema } from './sources.ts';
import { storeSchema } from './store.ts';

const lineSchema = z.strictObject({
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
      from: z.number().positive().default(40),
      to: z.number().positive().default(320),
      step: z.number().positive().default(5),
    })
    .prefault({})
    .describe('Gaps (µm) for which every prediction report carries a prediction.'),
  tolerance_mg_cm2: z
    .number()
    .positive()
    .optional()
    .describe('Half width of the tolerance band around a target (mg/cm²).'),
});

/** The whole configuration of an agent. Unknown keys are refused. */
export const configSchema = z.strictObject({
  state: z.string().default('state').describe("Folder of the agent's state; relative to the working folder."),
  log: z
    .strictObject({
      level: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    })
    .prefault({}),
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
});

export type Config = z.infer<typeof configSchema>;
export type LineConfig = Config['lines'][number];
