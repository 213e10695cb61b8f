/**
 * The payloads as JSON, one schema for each topic (README.md beside this file). `config/schemas/mqtt` holds them as
 * JSON Schema for those who write consumers; a test keeps both the same. Figures that are not known are null.
 */
import { z } from 'zod';

const record = <Shape extends z.ZodRawShape>(shape: Shape) => z.strictObject(shape);

const id = z
  .string()
  .regex(/^\d+\.\d+$/)
  .describe('Names this message of its line for good: one that comes twice has the same.');
const line = z.string().describe('Name of the line.');
const time_ms = z.number().describe('Event time, ms since 1970.');
const maybe = z.number().nullable();
const interval = z.tuple([maybe, maybe]).describe('Low and high end.');
const extrapolation = z
  .enum(['none', 'within', 'outside'])
  .describe(
    'none: the line has run this gap; within: between gaps that it ran; outside: beyond all of them.',
  );

const prediction = record({
  gap_um: z.number(),
  mean_mg_cm2: z.number(),
  sd_mg_cm2: z.number(),
  interval50_mg_cm2: interval,
  interval90_mg_cm2: interval,
  interval95_mg_cm2: interval,
  lanes: z
    .array(record({ mean_mg_cm2: z.number(), interval90_mg_cm2: interval }))
    .describe('Operator side first.'),
  distanceToLine_um: maybe.describe('To the nearest gap that the line has run; null before its first.'),
  extrapolation,
});

const curvePoint = prediction.pick({
  gap_um: true,
  mean_mg_cm2: true,
  sd_mg_cm2: true,
  interval90_mg_cm2: true,
  extrapolation: true,
});

const measured = record({
  line: z.string(),
  run: z.int(),
  gap_um: z.number(),
  scans: z.int(),
  level_mg_cm2: z.number().describe('Median over the scans.'),
  spread_mg_cm2: maybe.describe('Robust standard deviation of the scans.'),
  lanes_mg_cm2: z.array(maybe).describe('Median of each lane, operator side first.'),
  start_ms: z.number(),
  slurry: z.record(z.string(), z.number()).optional(),
});

const adapterState = z.enum(['connecting', 'connected', 'degraded', 'disconnected', 'stopped']);
const alarmState = z
  .enum(['NORM', 'UNACK', 'ACKED', 'RTNUN', 'SHLVD'])
  .describe('ISA-18.2: normal; unacknowledged; acknowledged; gone unacknowledged; shelved.');
const outageReason = z.enum([
  'disconnected',
  'stale',
  'bad-quality',
  'overflow',
  'missing-scans',
  'clock-jump',
  'restarted',
]);
const dropReason = z.enum([
  'duplicate',
  'late',
  'not-coated',
  'too-few-valid-locations',
  'patch-edge',
  'transition',
  'settling',
  'no-run',
  'ambiguous-run',
  'standardising',
]);

/** By the topic's last level. */
export const payloadSchemas = {
  status: record({ state: z.enum(['online', 'offline']) }).describe('Whether the agent is connected.'),

  prediction: record({
    id: id.optional(),
    line,
    time_ms,
    version: z.string().describe('Equal versions give equal predictions.'),
    current: record({
      run: z.int(),
      before: prediction.describe("Made before the run's first scan."),
      now: prediction.describe("Shrunk towards the run's own scans."),
      measured: measured.optional(),
    })
      .optional()
      .describe('The run under way.'),
    curve: z.array(curvePoint).describe('Ascending in the gap.'),
  }).describe("Mass loading of the line's next run over comma gap; the latest, retained."),

  abstraction: record({
    id: id.optional(),
    line,
    time_ms,
    version: z.int().min(1),
    reason: z.string().describe('Why it replaced the one before.'),
    solver: z.string(),
    error: z.number().describe('Largest Jensen-Shannon distance over the interventions.'),
    lowerBound: z.number().describe('Equal to the error where the optimum is certified.'),
    errors: z.array(z.number()).describe('For each line gap, ascending.'),
    lineGaps_um: z.array(z.number()),
    labGaps_um: z.array(z.number()),
    alphaGap: z.array(z.int()).describe('Index of the lab gap for each line gap.'),
    alphaLoading: z.record(z.string(), z.int()).describe('Line outcome, e.g. "2,2", to lab bin.'),
    edges_mg_cm2: z.array(z.number()).describe('Edges of the loading bins, ascending.'),
    ties: z.number().describe('Pairs of maps that reach the same error.'),
    observations: z.int(),
  }).describe('A version of the learned map between line and lab; each comes, the latest is retained.'),

  state: record({
    line,
    time_ms,
    run: z.int().optional(),
    gap_um: z.number().optional(),
    loading_mg_cm2: maybe.optional().describe('Of the latest accepted scan.'),
    adapters: z.record(z.string(), adapterState).describe('State of each source.'),
    alarms: z.record(z.string(), alarmState).describe('Alarms that are not simply normal.'),
  }).describe('A digest of the line; the latest, retained.'),

  observation: record({
    id: id.optional(),
    line,
    gauge: z.string(),
    scan: z.int(),
    time_ms,
    run: z.int(),
    gap_um: z.number(),
    lanes_mg_cm2: z.array(maybe).describe('Operator side first.'),
    mean_mg_cm2: maybe,
    crossWeb2Sigma_mg_cm2: maybe,
    head_ms: maybe.describe("When this web was under the comma bar, by the coater's clock."),
    confidence: z.number().min(0).max(1).describe('How sure the pairing is of the run.'),
    aggregated: z.boolean(),
  }).describe('An accepted scan; every one comes.'),

  dropped: record({
    id: id.optional(),
    line,
    gauge: z.string(),
    scan: z.int(),
    time_ms,
    reason: dropReason,
    detail: z.string(),
  }).describe('A scan that was not used, and why; not kept while the broker is away for long.'),

  run: record({
    id: id.optional(),
    line,
    run: z.int().describe("Counts the line's runs, from 1."),
    gap_um: z.number(),
    start_ms: z.number(),
    end_ms: z.number().optional().describe('Absent while the run goes on.'),
  }).describe('A coating run began, changed its end, or ended; every one comes.'),

  forecast: record({
    id: id.optional(),
    line,
    time_ms,
    run: z.int(),
    prediction,
    version: z.string().describe('Of the model that predicted.'),
  }).describe('What was predicted for a run before its first scan; every one comes.'),

  alarm: record({
    id: id.optional(),
    line,
    alarm: z.string(),
    subject: z.string().describe('What it is about, where there may be several.'),
    time_ms,
    priority: z.enum(['low', 'medium', 'high']),
    state: alarmState,
    active: z.boolean().describe('Whether the condition is there, also while shelved.'),
    since_ms: z.number().describe('When the condition last came.'),
    detail: z.string(),
    by: z.string().optional().describe('Who acknowledged or shelved it last.'),
    comment: z.string().optional(),
    until_ms: z.number().optional().describe('Where it is shelved: until when.'),
  }).describe('Each change of an alarm comes; the latest of each is retained.'),

  outage: record({
    id: id.optional(),
    line,
    source: z.string().describe('The adapter that noticed.'),
    time_ms,
    until_ms: z.number().optional().describe('When it ended, where that is known.'),
    reason: outageReason,
    detail: z.string(),
  }).describe('A hole in the data; every one comes.'),
} as const;

export type Topic = keyof typeof payloadSchemas;
export type Payload<T extends Topic> = z.output<(typeof payloadSchemas)[T]>;

/** JSON Schema (2020-12) of a payload. */
export const jsonSchemaOf = (topic: Topic): object => ({
  $id: `urn:gapwise:mqtt:${topic}`,
  title: topic,
  ...z.toJSONSchema(payloadSchemas[topic]),
});
