import { resolve } from 'node:path';
import type { RecordingSourceSettings } from '../../config/sources.ts';
import type { LineMessage } from '../../core/messages.ts';
import { coaterColumns, coaterSamples } from './coater.ts';
import { gaugeScans, intervalColumns, scanColumns } from './gauge.ts';
import { type RowFault, readRows } from './rows.ts';

/** A whole recording, ascending in event time; at equal times the coater's samples come before the scans. */
export interface Recording {
  readonly messages: readonly LineMessage[];
  readonly faults: readonly RowFault[];
}

/** @throws ConfigError for files or columns that are not there. */
export function readRecording(settings: RecordingSourceSettings, line: string): Recording {
  const messages: LineMessage[] = [];
  const faults: RowFault[] = [];
  const path = (file: string) => resolve(settings.data, file);
  const { coater, gauge } = settings;
  if (coater) {
    const read = coaterSamples(readRows(path(coater.file), coater, coaterColumns(coater)), coater, line);
    messages.push(...read.samples);
    faults.push(...read.faults);
  }
  if (gauge) {
    const { scans, intervals } = gauge;
    const logs = {
      scans: scans && readRows(path(scans.file), gauge, scanColumns(scans)),
      intervals: intervals && readRows(path(intervals.file), gauge, intervalColumns(intervals)),
    };
    const read = gaugeScans(logs, gauge, line);
    messages.push(...read.scans);
    faults.push(...read.faults);
  }
  return { messages: messages.sort((a, b) => a.time_ms - b.time_ms), faults };
}
