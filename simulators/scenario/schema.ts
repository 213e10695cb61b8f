import { z } from 'zod';
import { type ParameterName, parameterNames, parameterTable } from '../physics/parameters.ts';
import { faultSchema } from './fault-schema.ts';

/**
 * A scenario as its YAML file has it. Unknown keys are refused. Where a figure may be a range `[low, high]`, each
 * use draws its own from the scenario's seed, uniformly.
 */
const secondsRange = (() => {
  const second = z.number().min(0).max(86_400);
  const ends = z.tuple([second, second]).refine(([low, high]) => low <= high, 'low end above high end');
  return z.union([second, ends]);
})();

const seconds = z.number().min(0).max(86_400);
const speed_m_min = z.number().min(0).max(100);

/** Each parameter of the physical table may be set, within its range. */
const parameters = z.strictObject(
  Object.fromEntries(
    parameterNames.map((name) => {
      const { meaning, unit, range: allowed } = parameterTable[name];
      return [name, z.number().min(allowed[0]).max(allowed[1]).describe(`${meaning} (${unit})`).optional()];
    }),
  ) as Record<ParameterName, z.ZodOptional<z.ZodNumber>>,
);

const clock = z.strictObject({
  offset_s: z.number().default(0).describe('ahead of true time at the start'),
  drift_ppm: z.number().min(-1e4).max(1e4).default(0),
  steps: z
    .array(z.strictObject({ at_s: seconds, by_s: z.number() }))
    .default([])
    .describe('jumps, such as a correction by hand'),
});

/** The web between two runs: moving uncoated at its speed, or waiting. */
const downtimeWeb = z.enum(['running', 'stopped']);

const run = z
  .strictObject({
    gap_um: z.number().min(1).max(1000).optional().describe('comma gap: bar × gear ratio'),
    bar_mm: z.number().min(0.001).max(2).optional().describe('bar position instead of the gap'),
    roll_ratio_percent: z.number().min(10).max(400).optional(),
    duration_s: secondsRange.optional(),
    downtime_s: secondsRange.optional().describe('after this run; 0 = straight into the next gap'),
    downtime_web: downtimeWeb.optional(),
    web_speed_m_min: speed_m_min.optional(),
    level_mg_cm2: z.number().min(0).max(200).optional().describe('its true level, instead of a drawn offset'),
    repeat: z.int().min(1).max(10_000).default(1),
    stops: z
      .array(z.strictObject({ at_s: seconds, for_s: seconds }))
      .default([])
      .describe('the web waits, the bar stays where it is'),
    patch: z
      .strictObject({ coat_m: z.number().positive(), skip_m: z.number().positive() })
      .optional()
      .describe('intermittent coating'),
  })
  .refine((r) => (r.gap_um === undefined) !== (r.bar_mm === undefined), 'give gap_um or bar_mm, one of them');

const shape = {
  name: z.string().min(1),
  description: z.string().default(''),
  start: z.iso.datetime().default('2024-01-08T06:00:00Z'),
  line: z.string().min(1).default('line-1'),
  draw_line: z
    .boolean()
    .default(false)
    .describe('draw the line from the prior over lines; `parameters` are set on top of it'),
  parameters: parameters.default({}),
  coater: z
    .strictObject({
      clock: clock.prefault({}),
      web_speeds: z
        .array(z.tuple([seconds, speed_m_min]))
        .default([])
        .describe('[from second, m/min]: as recorded, in place of the speeds of runs and downtimes'),
      standby_speed_m_min: speed_m_min.default(2).describe('web speed between runs, where it runs'),
    })
    .prefault({}),
  gauge: z
    .strictObject({
      name: z.string().min(1).default('gauge-1'),
      clock: clock.prefault({}),
      payload: z
        .enum(['json', 'float32-le', 'float32-be', 'float64-le', 'float64-be', 'sparkplug'])
        .default('json'),
      header: z.boolean().default(true).describe('float32 and float64 only: false = the bare 800 values'),
      topic: z
        .string()
        .min(1)
        .optional()
        .describe(
          '{line} and {gauge} are filled in; default gapwise/plant/area/{line}/gauge/{gauge}/scan. Sparkplug has its own',
        ),
      sparkplug_group: z
        .string()
        .regex(/^[^+#/]+$/, 'no +, # or /')
        .default('gapwise')
        .describe('Sparkplug: the group; the line is the edge node and the gauge its device'),
      reads: z
        .enum(['net', 'total'])
        .default('net')
        .describe('of a foil coated on its other side: this side alone, or both together'),
      entry: z
        .strictObject({ name: z.string().min(1).default('entry-gauge') })
        .optional()
        .describe('a second gauge before the head, which sees what the foil brings along'),
      start_s: seconds.default(0).describe('when its first traverse begins'),
      first_scan: z.int().min(0).default(0),
      dead_locations: z.array(z.int().min(0).max(799)).default([]),
      standardise: z
        .strictObject({ every_s: seconds.min(60), pause_s: seconds.min(8) })
        .optional()
        .describe('the gauge leaves the web and takes its zero'),
      dust_mg_cm2: z.number().min(-1).max(1).default(0).describe('grows over a day, then a cleaning'),
    })
    .prefault({}),
  defaults: z
    .strictObject({
      duration_s: secondsRange.default(240),
      downtime_s: secondsRange.default(60),
      downtime_web: downtimeWeb.default('running'),
      roll_ratio_percent: z.number().min(10).max(400).default(100),
      web_speed_m_min: speed_m_min.default(2),
    })
    .prefault({}),
  lead_s: seconds.default(30).describe('before the first run'),
  tail_s: seconds.optional().describe('after the last run; default: until its film has passed the gauge'),
  shuffle: z.boolean().default(false).describe('runs in an order drawn from the seed'),
  cycles: z.int().min(1).max(100_000).default(1).describe('the list of runs, so many times over'),
  runs: z.array(run).min(1),
  faults: z.array(faultSchema).default([]),
};

/** One line, complete. */
export const scenarioSchema = z.strictObject(shape);

/** One of several lines: what it has of its own. All else is as the file says for every line. */
const lineOfSeveral = z
  .strictObject({
    ...z.strictObject(shape).partial().omit({ line: true, name: true, description: true }).shape,
    line: z.string().min(1).describe('its name'),
    count: z
      .int()
      .min(1)
      .max(1000)
      .default(1)
      .describe('so many lines of this kind; above 1 they are called LINE-1, LINE-2, …'),
    seed: z
      .int()
      .optional()
      .describe('of its own; by default the seed of the command and its place in the list give it'),
  })
  .describe('parameters, gauge, coater and defaults are set key by key, lists as a whole');

/** A scenario file: one line, or several different ones. */
export const scenarioFileSchema = z.strictObject({
  $schema: z.string().optional().describe('where editors find this schema'),
  ...shape,
  runs: shape.runs.optional().describe('may be left out where each of several lines has its own'),
  lines: z
    .array(lineOfSeveral)
    .min(1)
    .optional()
    .describe('several lines side by side; without it there is one'),
});

export type Scenario = z.output<typeof scenarioSchema>;
export type ScenarioInput = z.input<typeof scenarioSchema>;
export type ScenarioRun = Scenario['runs'][number];
