import { z } from 'zod';

const mapping = z.union([
  z.string().describe('The header of the column, as it stands in the file.'),
  z.strictObject({
    column: z.string().describe('The header of the column, as it stands in the file.'),
    unit: z
      .string()
      .optional()
      .describe('Unit of its values, where the header does not say it: µm, mm, mg/cm², g/m², %.'),
  }),
]);

/** A table of lab coatings: one row for each coating, or figures (n, mean, sd) for each gap. */
const labTableSchema = z.strictObject({
  file: z.string().describe('CSV file; relative to this configuration file.'),
  columns: z
    .strictObject({
      gap: mapping.optional(),
      loading: mapping.optional(),
      mean: mapping.optional(),
      sd: mapping.optional(),
      n: mapping.optional(),
      am: mapping.optional(),
      solidToLiquid: mapping.optional(),
      viscosity: mapping.optional(),
    })
    .default({})
    .describe('Which column holds what, where the headers are not the usual ones.'),
  where: z
    .record(z.string(), z.union([z.number(), z.string()]))
    .default({})
    .describe('Keeps only rows with these values, e.g. am_percent: 96.'),
});

/** The tables that a line learns from. */
export const labSchema = labTableSchema.extend({
  also: z
    .array(labTableSchema)
    .default([])
    .describe('Further tables: other slurries, other laboratories, each with columns and rows of its own.'),
});

export type LabConfig = z.infer<typeof labSchema>;
export type LabTableConfig = z.infer<typeof labTableSchema>;

export const slurrySchema = z
  .strictObject({
    am_percent: z.number().min(0).max(100).optional().describe('Active material (wt %).'),
    solid_to_liquid_percent: z.number().min(0).max(100).optional().describe('Solid-to-liquid ratio (wt %).'),
    viscosity_pa_s: z.number().positive().optional().describe('Viscosity (Pa·s).'),
  })
  .describe('The slurry on the line, as far as it is known.');
