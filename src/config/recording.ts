import { z } from 'zod';
import { loadingUnit } from './loading-unit.ts';

// Recordings: logs of coater and gauge in the formats of those who made them.

const columnMap = z.record(z.string().min(1), z.string().min(1));

/** How a text file is laid out; a Parquet file (`.parquet`) says so itself. */
export const csvLayout = {
  header: z
    .boolean()
    .default(true)
    .describe('Whether the first line names the columns; without it they are called "1", "2" and so on.'),
  delimiter: z
    .union([z.string().min(1).max(2), z.literal('whitespace')])
    .default(',')
    .describe('Between the columns; "\\t" for tabs, whitespace for any number of blanks and tabs.'),
  decimal: z.enum(['.', ',']).default('.').describe('Decimal sign.'),
};

const instant = z.iso.datetime({ offset: true }).describe('ISO 8601 with zone.');

const timeCell = z.string().min(1).describe('Column of the time.');

export const timeColumn = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('iso'), column: timeCell }),
  z.strictObject({ type: z.literal('ms'), column: timeCell }),
  z.strictObject({
    type: z.literal('local'),
    column: timeCell.describe('Column of DD.MM.YYYY HH:MM:SS, or of the date alone.'),
    clock_column: timeCell.optional().describe('Column of HH:MM:SS, where it stands apart from the date.'),
    offset: z
      .string()
      .regex(/^[+-]\d\d:\d\d$/, 'must be like +01:00')
      .default('+00:00')
      .describe("What the log's clock is ahead of UTC."),
  }),
  z.strictObject({
    type: z.literal('seconds'),
    column: timeCell,
    from: instant.describe('The instant of second 0.'),
  }),
]);

export const recordedCoater = z
  .strictObject({
    file: z.string().min(1).describe('CSV or Parquet file, below the data folder.'),
    ...csvLayout,
    time: timeColumn.describe('Event time of each row.'),
    columns: columnMap.describe('Name of the parameter: column.'),
    absent_seconds: z
      .strictObject({
        values: z
          .record(z.string().min(1), z.number())
          .describe('What the parameters were in those seconds.'),
        count: z.int().positive().describe('Seconds in the whole log, from second 0.'),
      })
      .optional()
      .describe('For a log that leaves seconds out: what they stand for, so that every transition shows.'),
  })
  .refine((coater) => coater.absent_seconds === undefined || coater.time.type === 'seconds', {
    message: 'absent_seconds needs a time column of type seconds',
    path: ['absent_seconds'],
  });

/** Scan n ends at from + period · (n + 1). */
const scanTime = z.strictObject({
  from: instant.describe('Start of scan 0.'),
  period_ms: z.number().positive().default(8_000).describe('From one scan to the next, ms.'),
});

const loadingColumns = z.union([
  z.array(z.string().min(1)).min(1).describe('Columns across the web, operator side first.'),
  z.strictObject({
    prefix: z.string().describe('Columns prefix0, prefix1, … or from the first number given.'),
    first: z.int().min(0).default(0).describe('Number of the first column.'),
    count: z.int().positive().default(800).describe('How many there are.'),
  }),
  z.strictObject({ list: z.string().min(1).describe('One column of a Parquet file that holds them all.') }),
]);

export const recordedScans = z.strictObject({
  file: z.string().min(1).describe('CSV or Parquet file with one row for each scan, below the data folder.'),
  scan: z
    .union([z.string().min(1), z.literal(false)])
    .optional()
    .describe(
      'Column of the running number, by default scan; false: rows are counted from 0, as they are without a header.',
    ),
  loading: loadingColumns
    .optional()
    .describe(
      'Columns of the profile or of its lanes. Without a header by default the 800 behind the first four (time, position and the like); with one they must be named.',
    ),
  started_at: z.enum(['operator', 'gear']).default('operator').describe('Edge of the first column.'),
  where: z.record(z.string().min(1), z.string()).default({}).describe('Only rows with these values.'),
});

export const recordedGauge = z
  .strictObject({
    gauge: z.string().min(1).default('gauge').describe('Name of the gauge.'),
    ...csvLayout,
    time: z
      .union([scanTime, timeColumn])
      .optional()
      .describe(
        'How the number of a scan gives its time, or the column that has its end. Without a header by default DD.MM.YYYY HH:MM:SS in the first column, or the first two where blanks part the columns.',
      ),
    duration_ms: z
      .number()
      .positive()
      .optional()
      .describe('How long a traverse takes, ms; by default the period, or 8000.'),
    unit: loadingUnit
      .optional()
      .describe('Unit of the loading columns: by default mg/cm2, without a header g/m2.'),
    scans: recordedScans.optional().describe('Single scans.'),
    intervals: z
      .strictObject({
        file: z
          .string()
          .min(1)
          .describe('CSV or Parquet file with one row for each run, below the data folder.'),
        first: z.string().default('first_scan').describe('Column of the first scan.'),
        end: z.string().default('end_scan').describe('Column of the scan after the last.'),
        mean: z.string().default('mean').describe('Column of the mean loading.'),
      })
      .optional()
      .describe('Means of whole runs: they stand in, marked as aggregated, for scans that have no row.'),
  })
  .refine(({ header, time }) => !header || time !== undefined, {
    message: 'with a header, time must say how a scan gets its time',
    path: ['time'],
  })
  .refine(({ header, scans }) => !header || scans === undefined || scans.loading !== undefined, {
    message: 'with a header, loading must name the columns of the profile',
    path: ['scans', 'loading'],
  })
  .refine(
    ({ intervals, time }) =>
      intervals === undefined || (time !== undefined && 'from' in time && !('type' in time)),
    {
      message: 'intervals need a time that follows from the number of a scan: from and period_ms',
      path: ['time'],
    },
  );

export const recordingSource = z
  .strictObject({
    type: z.literal('recording'),
    data: z.string().default('.').describe('Folder of the files; --data overrides it.'),
    speed: z
      .number()
      .positive()
      .optional()
      .describe('Times faster than it happened; absent: as fast as possible.'),
    coater: recordedCoater.optional().describe("The coater's log."),
    gauge: recordedGauge.optional().describe("The gauge's logs."),
  })
  .refine((recording) => recording.coater !== undefined || recording.gauge !== undefined, {
    message: 'a recording needs a coater, a gauge or both',
  });

export type RecordingSourceSettings = z.output<typeof recordingSource>;
export type RecordedCoaterSettings = z.output<typeof recordedCoater>;
export type RecordedGaugeSettings = z.output<typeof recordedGauge>;
export type RecordedScansSettings = z.output<typeof recordedScans>;
export type TimeColumnSettings = z.output<typeof timeColumn>;
export type ScanTimeSettings = z.output<typeof scanTime>;
