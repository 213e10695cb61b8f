/** Documents of the HTTP API about the past; see api.ts. */
import { z } from 'zod';
import { abstractionSchema, forecastSchema, outageSchema, runRowSchema, scanPointSchema } from './api.ts';
import { alarmSchema } from './api-alarms.ts';
import { list, numbers, record, time_ms } from './api-parts.ts';
import type { HistoryKind } from './history.ts';

/** All that can be asked for. */
export const historyKinds = [
  'observation',
  'dropped',
  'run',
  'forecast',
  'abstraction',
  'alarm',
  'outage',
  'dead-letter',
] as const satisfies readonly HistoryKind[];

const entry = <const Kind extends string, Shape extends z.ZodRawShape>(kind: Kind, shape: Shape) =>
  record({
    kind: z.literal(kind),
    time_ms,
    id: z.string().nullable().describe('Names it for good; null where it follows from no message.'),
    ...shape,
  });

/** One thing that happened; `kind` says what. */
export const historyEntrySchema = z.discriminatedUnion('kind', [
  entry('observation', { scan: scanPointSchema }),
  entry('dropped', { scan: z.int(), gauge: z.string(), reason: z.string(), detail: z.string() }),
  entry('run', {
    run: z.int(),
    gap_um: z.number(),
    start_ms: z.number(),
    end_ms: z.number().nullable().describe('null while the run went on.'),
  }),
  entry('forecast', {
    run: z.int(),
    gap_um: z.number(),
    version: z.string(),
    forecast: forecastSchema,
  }),
  entry('abstraction', { abstraction: abstractionSchema }),
  entry('alarm', { alarm: alarmSchema }),
  entry('outage', { outage: outageSchema }),
  entry('dead-letter', {
    source: z.string(),
    where: z.string(),
    reason: z.string(),
    detail: z.string(),
    count: z.int().describe('Of this reason so far.'),
  }),
]);
export type HistoryEntryDocument = z.infer<typeof historyEntrySchema>;

/** `GET /api/v1/lines/:line/history?from=…&to=…&kinds=run,alarm&limit=500&reverse=true` */
export const historySchema = record({
  line: z.string(),
  entries: list(historyEntrySchema),
  next: z.string().nullable().describe('For `cursor`, to go on from here; null at the end.'),
});
export type HistoryDocument = z.infer<typeof historySchema>;

/** `GET /api/v1/lines/:line/history/scans?from=…&to=…&points=1000`; all lists are equally long, times ascending. */
export const scansSchema = record({
  line: z.string(),
  from_ms: z.number(),
  until_ms: z.number(),
  bucket_ms: z.number().describe('Scans this close in time share a point; 0 where each scan has its own.'),
  time_ms: numbers.describe('Of the last scan of each point.'),
  head_ms: numbers.describe('When the web of that scan was under the comma bar, by the coater’s clock.'),
  run: list(z.int()).describe('A point never spans two runs.'),
  scans: list(z.int()).describe('How many are in each point.'),
  mean_mg_cm2: numbers,
  low_mg_cm2: numbers.describe('Smallest mean of a scan.'),
  high_mg_cm2: numbers,
}).describe('Mean loading of the accepted scans, thinned; no peak is lost.');
export type ScansDocument = z.infer<typeof scansSchema>;

/** `GET /api/v1/lines/:line/history/runs?from=…&to=…` */
export const runsSchema = record({ line: z.string(), runs: list(runRowSchema) });
export type RunsDocument = z.infer<typeof runsSchema>;

/** `GET /api/v1/lines/:line/history/heat?from=…&to=…&rows=600&columns=200` */
export const heatSchema = record({
  line: z.string(),
  from_ms: z.number(),
  step_ms: z.number().describe('Row i covers the time from from_ms + i · step_ms on.'),
  rows: z.int(),
  columns: z.int().describe('Across the web, operator side first.'),
  resolution_mg_cm2: z.number(),
  data: z
    .base64()
    .describe(
      'Row after row, little-endian 16-bit integers, means in steps of the resolution; -32768: no scan.',
    ),
}).describe('Loading across the web over time, thinned to a regular grid.');
export type HeatDocument = z.infer<typeof heatSchema>;
