import type { Observable } from 'rxjs';
import type { Report } from '../core/report.ts';

/** How many scans came to a verdict, and which. */
export interface VerdictTally {
  readonly scans: number;
  readonly accepted: number;
  /** By reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** A tally that goes on counting. */
export function tallyOf(reports: Observable<Report>): VerdictTally {
  const tally = { scans: 0, accepted: 0, dropped: {} as Record<string, number> };
  reports.subscribe((report) => {
    if (report.kind === 'observation') tally.accepted++;
    else if (report.kind === 'dropped')
      tally.dropped[report.reason] = (tally.dropped[report.reason] ?? 0) + 1;
    else return;
    tally.scans++;
  });
  return tally;
}
