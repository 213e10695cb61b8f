import type { Observable } from 'rxjs';
import type { Metered } from './figure.ts';
import type { Report } from './report.ts';
import type { ReportId } from './report-id.ts';
import type { AdapterStatus } from './source.ts';

/** Somewhere that reports go. A sink that is away or slow never holds up a line. */
export interface Sink extends Partial<Metered> {
  readonly name: string;
  readonly status: Observable<AdapterStatus>;
  start(): Promise<void>;
  /**
   * Takes the report at once and returns; delivery, retries and overflow are the sink's own business. A report with an
   * id may be told again after a restart, with the same id: delivering it once is the sink's business too.
   */
  accept(report: Report, id?: ReportId): void;
  /** Delivers what it holds, within its own time limit, then releases everything. */
  stop(): Promise<void>;
}
