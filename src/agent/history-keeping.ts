import type { HistoryEntry, HistoryRecord } from '../core/history.ts';
import type { Report } from '../core/report.ts';
import type { Dispatch } from '../core/report-id.ts';

/**
 * What the history remembers of a report: everything that a shift, an audit or an export asks for later. Profiles,
 * gap readings and machine samples are too many; predictions follow from the forecasts and the observations.
 */
export function historyEntry({ id, report }: Dispatch<Report>): HistoryEntry | undefined {
  if (!isRecord(report)) return undefined;
  return { ...(id && { id }), time_ms: timeOf(report), record: report };
}

function isRecord(report: Report): report is HistoryRecord {
  switch (report.kind) {
    case 'observation':
    case 'dropped':
    case 'run':
    case 'forecast':
    case 'abstraction':
    case 'alarm':
    case 'outage':
      return true;
    case 'dead-letter':
      return isWorthKeeping(report.count);
    default:
      return false;
  }
}

/** A device that sends nothing but rubbish must not fill the history with it: the counts tell how much there was. */
const isWorthKeeping = (count: number): boolean => count <= 100 || Number.isInteger(Math.log2(count));

/** A run is remembered at its end, or while it goes on at its start. */
const timeOf = (record: HistoryRecord): number =>
  record.kind === 'run' ? (record.run.end_ms ?? record.run.start_ms) : record.time_ms;
