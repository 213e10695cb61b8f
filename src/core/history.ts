import type { AlarmReport } from './alarm.ts';
import type { Outage } from './messages.ts';
import type { DroppedScan, Observation, RunEvent } from './observation.ts';
import type { AbstractionReport, DeadLetterReport, RunForecast } from './report.ts';
import type { ReportId } from './report-id.ts';

/** What the store remembers of a line beyond its latest state, for the page, reports and exports. */
export type HistoryRecord =
  | Observation
  | DroppedScan
  | RunEvent
  | RunForecast
  | AbstractionReport
  | AlarmReport
  | Outage
  | DeadLetterReport;

export type HistoryKind = HistoryRecord['kind'];

export interface HistoryEntry {
  /** Absent for what followed from no message. */
  readonly id?: ReportId;
  readonly time_ms: number;
  readonly record: HistoryRecord;
}

export interface HistoryQuery {
  readonly line: string;
  /** All kinds where absent. */
  readonly kinds?: readonly HistoryKind[];
  /** Event time, both ends included. */
  readonly from_ms?: number;
  readonly to_ms?: number;
  /** Newest first instead of oldest first. */
  readonly reverse?: boolean;
  readonly limit?: number;
}

/** Reads without holding up the writer; also from another process while the agent runs. */
export interface HistoryReader {
  /** In order of event time, then of telling. */
  read(query: HistoryQuery): Iterable<HistoryEntry>;
}

export interface History extends HistoryReader {
  /** Writing the same id again changes nothing. On the disk with the store's next commit. */
  append(entry: HistoryEntry): void;
  /** Drops what is older (event time); resolves with how many entries. */
  trim(line: string, before_ms: number): Promise<number>;
}
