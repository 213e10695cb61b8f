import { resolve } from 'node:path';
import type { RecordingSourceSettings } from '../../config/recording.ts';
import type { LineMessage } from '../../core/messages.ts';
import { coaterColumns, coaterSamples } from './coater.ts';
import { openCsv } from './csv-rows.ts';
import { gaugeScans, intervalColumns, scanColumns } from './gauge.ts';
import { merged } from './in-order.ts';
import { openParquet } from './parquet-rows.ts';
import type { CsvLayout, OnFault, Rows } from './rows.ts';

/** A recording whose files are open; what comes out of it is made as it is asked for. */
export interface Recording {
  /** Ascending in event time; at equal times the coater's samples come before the scans. Can be gone through once. */
  messages(): AsyncGenerator<LineMessage, void>;
  close(): Promise<void>;
}

/**
 * Opens the logs; rows that can't be used go to `onFault` as they are come upon.
 *
 * @throws ConfigError for files or columns that are not there.
 */
export async function openRecording(
  settings: RecordingSourceSettings,
  line: string,
  onFault: OnFault,
): Promise<Recording> {
  const { coater, gauge } = settings;
  const opened: Rows[] = [];
  const open = async (file: string, layout: CsvLayout, columns: readonly string[]): Promise<Rows> => {
    const path = resolve(settings.data, file);
    const rows = await (/\.parquet$/i.test(file)
      ? openParquet(path, columns)
      : openCsv(path, layout, columns, onFault));
    opened.push(rows);
    return rows;
  };
  const close = async () => {
    await Promise.all(opened.map((rows) => rows.close()));
  };
  try {
    const coaterLog = coater && (await open(coater.file, coater, coaterColumns(coater)));
    const { scans, intervals } = gauge ?? {};
    const scanLog = gauge && scans && (await open(scans.file, gauge, scanColumns(gauge, scans)));
    const runLog = gauge && intervals && (await open(intervals.file, gauge, intervalColumns(intervals)));
    return {
      messages: () =>
        merged(
          coater && coaterLog ? coaterSamples(coaterLog, coater, line, onFault) : nothing(),
          gauge ? gaugeScans({ scans: scanLog, intervals: runLog }, gauge, line, onFault) : nothing(),
        ),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function* nothing(): AsyncGenerator<never[]> {}
