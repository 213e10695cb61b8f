/**
 * The documents of the HTTP API, as its server writes them and the operator's page (or any other client) reads
 * them: one schema for each, from which its type and the OpenAPI document follow. Numbers that can be unknown are
 * `null`, because JSON has no NaN. Times are event time, milliseconds since the Unix epoch. Loadings are mg/cm²,
 * gaps µm, as the ends of the names say.
 *
 * The page imports types alone, so that no schema library travels to the browser.
 */
import { z } from 'zod';
import { alarmSchema } from './api-alarms.ts';
import { interval, list, numbers, record, time_ms } from './api-parts.ts';
import type { Outage } from './messages.ts';
import type { Extrapolation } from './prediction.ts';
import type { AbstractionReport, AdapterReport } from './report.ts';

const extrapolation = z
  .enum(['none', 'within', 'outside'])
  .describe(
    'none: the line has run this gap; within: between gaps that it ran; outside: beyond all of them.',
  ) satisfies z.ZodType<Extrapolation>;

export const outageSchema = record({
  kind: z.literal('outage'),
  line: z.string(),
  source: z.string().describe('The adapter that noticed.'),
  time_ms,
  until_ms: z.exactOptional(z.number()).describe('When it ended, where that is known.'),
  reason: z.enum([
    'disconnected',
    'stale',
    'bad-quality',
    'overflow',
    'missing-scans',
    'clock-jump',
    'restarted',
  ]),
  detail: z.string(),
}).describe('A hole in the data.') satisfies z.ZodType<Outage>;

export const adapterSchema = record({
  kind: z.literal('adapter'),
  line: z.string(),
  adapter: z.string(),
  time_ms,
  state: z.enum(['connecting', 'connected', 'degraded', 'disconnected', 'stopped']),
  detail: z.string(),
}).describe('State of a source or sink.') satisfies z.ZodType<AdapterReport>;

export const abstractionSchema = record({
  kind: z.literal('abstraction'),
  line: z.string(),
  time_ms,
  version: z.int().min(1),
  reason: z.string().describe('Why it replaced the one before.'),
  solver: z.string(),
  error: z.number().describe('Largest Jensen-Shannon distance over the interventions.'),
  lowerBound: z.number().describe('Equal to the error where the optimum is certified.'),
  errors: numbers.describe('For each line gap, ascending.'),
  lineGaps_um: numbers,
  labGaps_um: numbers,
  alphaGap: list(z.int()).describe('Index of the lab gap for each line gap.'),
  alphaLoading: z.record(z.string(), z.int()).readonly().describe('Line outcome, e.g. "2,2", to lab bin.'),
  edges_mg_cm2: numbers.describe('Edges of the loading bins, ascending; one more than there are bins.'),
  ties: z.number().describe('Pairs of maps that reach the same error.'),
  observations: z.int(),
}).describe('A version of the learned abstraction.') satisfies z.ZodType<AbstractionReport>;

export const lineSummarySchema = record({
  line: z.string(),
  title: z.string(),
  time_ms: time_ms.nullable().describe('The line’s time; null before its first report.'),
});
export type LineSummary = z.infer<typeof lineSummarySchema>;

/** `GET /api/v1/lines` */
export const linesSchema = record({ lines: list(lineSummarySchema) });
export type LinesDocument = z.infer<typeof linesSchema>;

/** The range in which a run's mean loading is as ordered. */
export const toleranceSchema = record({ low_mg_cm2: z.number(), high_mg_cm2: z.number() }).describe(
  'The range in which a run’s mean loading is as ordered.',
);
export type Tolerance = z.infer<typeof toleranceSchema>;

/** What the line is to make, as its configuration has it; either part may be left open. */
export const goalSchema = record({
  target_mg_cm2: z.number().nullable(),
  tolerance_mg_cm2: z.number().nullable().describe('Half the width of the tolerance.'),
}).describe('What the line is to make, as far as its configuration says.');
export type Goal = z.infer<typeof goalSchema>;

/** What the API accepts: a page need know no limits of its own. */
export const limitsSchema = record({
  gap_um: interval.describe('Comma gaps that can be set on this line and asked about, both ends among them.'),
  loading_mg_cm2: interval.describe('Loadings and tolerances; the low end itself is excluded.'),
}).describe('What may be asked.');
export type Limits = z.infer<typeof limitsSchema>;

/** A group of lab coatings at one gap. */
export const labPointSchema = record({
  gap_um: z.number(),
  mean_mg_cm2: z.number(),
  sd_mg_cm2: z.number().nullable(),
  n: z.int(),
}).describe('A group of lab coatings at one gap.');
export type LabPoint = z.infer<typeof labPointSchema>;

export const gapNowSchema = record({
  time_ms,
  gap_um: z.number().describe('Mean of both sides.'),
  operator_um: z.number(),
  gear_um: z.number(),
}).describe('The comma gap at one instant.');
export type GapNow = z.infer<typeof gapNowSchema>;

/** Comma gap over time, thinned: a straight line between neighbours stays within half a micrometre of the truth. */
export const gapPointsSchema = record({ time_ms: numbers, gap_um: numbers }).describe(
  'Comma gap over time, thinned; both lists are equally long.',
);
export type GapPoints = z.infer<typeof gapPointsSchema>;

/** Profiles across the web, operator side first; the rows stand one after another in `data`. */
export const profileRowsSchema = record({
  columns: z.int().describe('Locations in each row.'),
  resolution_mg_cm2: z.number().describe('What one step of the integers in data is worth.'),
  scan: list(z.int()),
  time_ms: numbers,
  data: z
    .base64()
    .describe('Rows of little-endian 16-bit signed integers; -32768 marks an invalid location.'),
}).describe('Profiles across the web, operator side first.');
export type ProfileRows = z.infer<typeof profileRowsSchema>;

/** One accepted scan. */
export const scanPointSchema = record({
  scan: z.int(),
  time_ms,
  head_ms: z.number().describe('When its web was under the comma bar, by the coater’s clock.'),
  run: z.int(),
  gap_um: z.number(),
  mean_mg_cm2: z.number(),
  lanes_mg_cm2: numbers.describe('Operator side first.'),
  cross_web_2sigma_mg_cm2: z.number().nullable(),
}).describe('One accepted scan.');
export type ScanPoint = z.infer<typeof scanPointSchema>;

export const forecastSchema = record({
  mean_mg_cm2: z.number(),
  interval50_mg_cm2: interval,
  interval90_mg_cm2: interval,
});
export type Forecast = z.infer<typeof forecastSchema>;

export const runFiguresSchema = record({
  scans: z.int(),
  level_mg_cm2: z.number(),
  spread_mg_cm2: z.number().nullable(),
});
export type RunFigures = z.infer<typeof runFiguresSchema>;

/** A coating run: what the coater did, what was predicted for it and what the gauge then saw. */
export const runRowSchema = record({
  run: z.int(),
  gap_um: z.number(),
  start_ms: z.number(),
  end_ms: z.number().nullable().describe('null while the run goes on.'),
  predicted: forecastSchema.nullable().describe('Made before the run’s first scan.'),
  now: forecastSchema.nullable().describe('The latest, shrunk towards the run’s own scans.'),
  measured: runFiguresSchema.nullable(),
}).describe('A coating run: what the coater did, what was predicted and what the gauge saw.');
export type RunRow = z.infer<typeof runRowSchema>;

/** Loading of the line's next run over comma gap; all arrays have one element for each gap, ascending. */
export const curveSchema = record({
  version: z.string(),
  time_ms,
  gap_um: numbers,
  mean_mg_cm2: numbers,
  low50_mg_cm2: numbers,
  high50_mg_cm2: numbers,
  low90_mg_cm2: numbers,
  high90_mg_cm2: numbers,
  extrapolation: list(extrapolation),
}).describe('Loading of the line’s next run over comma gap; one element for each gap, ascending.');
export type CurveDocument = z.infer<typeof curveSchema>;

/** Things counted by reason, with the latest of them in words. */
export const tallySchema = record({
  reason: z.string(),
  count: z.int(),
  last_ms: z.number(),
  last: z.string(),
}).describe('Things counted by reason, with the latest of them in words.');
export type Tally = z.infer<typeof tallySchema>;

/** What both the state and a batch carry under the same names. */
const news = {
  gaps: gapPointsSchema,
  profiles: profileRowsSchema,
  scans: list(scanPointSchema),
  runs: list(runRowSchema),
  abstractions: list(abstractionSchema).describe('Oldest first.'),
  adapters: list(adapterSchema),
  outages: list(outageSchema),
  dropped: list(tallySchema),
  dead_letters: list(tallySchema),
  alarms: list(alarmSchema),
};

/**
 * `GET /api/v1/lines/:line/state`: all that a page needs that has just loaded. Events with a higher `sequence`
 * continue it; those up to and including it are already part of it.
 */
export const lineStateSchema = record({
  line: z.string(),
  title: z.string(),
  sequence: z.int(),
  time_ms: time_ms.nullable(),
  tolerance: toleranceSchema.nullable().describe('Where the line has a target and a tolerance.'),
  goal: goalSchema,
  limits: limitsSchema,
  lab: list(labPointSchema),
  gap_now: gapNowSchema.nullable(),
  curve: curveSchema.nullable(),
  ...news,
}).describe('All that is kept of a line. Events with a higher sequence continue it.');
export type LineState = z.infer<typeof lineStateSchema>;

/**
 * One server-sent event `batch` of `GET /api/v1/lines/:line/events`. Points (`gaps`, `profiles`, `scans`,
 * `abstractions`, `outages`) are to be appended; rows (`runs`, `adapters`, `dropped`, `dead_letters`, `alarms`) replace
 * the row of the same run, adapter, reason, or alarm and subject; the rest replaces what was there.
 */
export const lineBatchSchema = record({
  sequence: z.int(),
  time_ms,
  gap_now: z.exactOptional(gapNowSchema),
  curve: z.exactOptional(curveSchema),
  gaps: z.exactOptional(news.gaps),
  profiles: z.exactOptional(news.profiles),
  scans: z.exactOptional(news.scans),
  runs: z.exactOptional(news.runs),
  abstractions: z.exactOptional(news.abstractions),
  adapters: z.exactOptional(news.adapters),
  outages: z.exactOptional(news.outages),
  dropped: z.exactOptional(news.dropped),
  dead_letters: z.exactOptional(news.dead_letters),
  alarms: z.exactOptional(news.alarms),
}).describe(
  'Data of an event "batch". Append gaps, profiles, scans, abstractions and outages; replace the row of the same ' +
    'run, adapter, reason, or alarm and subject; replace the rest.',
);
export type LineBatch = z.infer<typeof lineBatchSchema>;

/** Data of one gap that a prediction rests on. */
export const carrierSchema = record({
  source: z.enum(['line', 'lab']),
  name: z.string().describe('The line, or the lab table.'),
  gap_um: z.number(),
  n: z.number().describe('Runs, or coatings.'),
  weight: z.number().describe('By how much the prediction rises where all these data lie 1 mg/cm² higher.'),
}).describe('Data of one gap that a prediction rests on.');

/** The same form as `gapwise predict --json`. */
export const predictionSchema = record({
  gap_um: z.number(),
  mean_mg_cm2: z.number(),
  sd: z.number(),
  interval50: interval,
  interval90: interval,
  interval95: interval,
  lanes: list(record({ mean_mg_cm2: z.number(), interval90: interval })).describe('Operator side first.'),
  distance_um: z.number().nullable().describe('To the nearest gap that the line has run.'),
  extrapolation,
  labBins: z
    .exactOptional(numbers)
    .describe('Probability of each lab bin through the abstraction, lowest first; absent without one.'),
  warning: z.exactOptional(z.string()).describe('Where the abstraction and this prediction disagree.'),
  carriedBy: z.exactOptional(list(carrierSchema)).describe('The data that it rests on, weightiest first.'),
  version: z.string(),
}).describe('Loading of the line’s next run at a gap.');
export type PredictionDocument = z.infer<typeof predictionSchema>;

/** `GET /api/v1/lines/:line/predict?gap=120,140` */
export const predictSchema = record({ line: z.string(), predictions: list(predictionSchema) });
export type PredictDocument = z.infer<typeof predictSchema>;

/** `GET /api/v1/lines/:line/advise?loading=22.5&tolerance=0.5`; the same form as `gapwise advise --json`. */
export const adviceSchema = record({
  line: z.string(),
  wanted_mg_cm2: z.number(),
  tolerance_mg_cm2: z.number().nullable().describe("The one asked for, else the line's own."),
  reachable: z.boolean().describe('False where no gap gives the wanted loading.'),
  gap_um: z.number(),
  interval90: interval.describe('Of the gap (µm).'),
  inTolerance: z.number().min(0).max(1).nullable().describe('Probability; null without a tolerance.'),
  extrapolation,
  remarks: list(z.string()),
  version: z.string(),
}).describe('The gap to set for a wanted loading. Advice only: nothing writes to the machine.');
export type AdviceDocument = z.infer<typeof adviceSchema>;

/** `GET /api/v1/lines/:line/next?at=104.5` */
export const nextGapSchema = record({
  line: z.string(),
  at_um: z.number(),
  gap_um: z.number(),
  sd_now_mg_cm2: z.number().describe('Of the curve at at_um, as it stands.'),
  sd_after_mg_cm2: z.number().describe('Of the curve at at_um, after one run at gap_um.'),
  worthwhile: z.boolean().describe('Whether that is worth the material.'),
  version: z.string(),
}).describe('The gap whose run would tell most about the loading at at_um. Advice only.');
export type NextGapDocument = z.infer<typeof nextGapSchema>;

/** `GET /api/v1/health` */
export const healthSchema = record({
  status: z.enum(['ok', 'degraded']),
  reasons: list(z.string()).describe('What is amiss, in words; empty where nothing is.'),
  lines: list(record({ line: z.string(), adapters: list(adapterSchema) })),
  clients: z.int(),
  slow_clients_dropped: z.int(),
  reports_of_unknown_lines: z.int(),
});
export type HealthDocument = z.infer<typeof healthSchema>;

/** The body of every answer that is not a success. */
export const errorSchema = record({
  error: record({ what: z.string(), where: z.string().nullable(), allowed: z.string().nullable() }),
}).describe('What is wrong, where, and what would be allowed.');
export type ErrorDocument = z.infer<typeof errorSchema>;
