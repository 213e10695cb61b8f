import type { Observable } from 'rxjs';
import type { Report } from './report.ts';
import type { AdapterStatus } from './source.ts';

/** Somewhere that reports go. A sink that is away or slow never holds up a line. */
export interface Sink {
  readonly name: string;
  readonly status: Observable<AdapterStatus>;
  start(): Promise<void>;
  /** Takes the report at once and returns; delivery, retries and overflow are the sink's own business. */
  accept(report: Report): void;
  /** Delivers what it holds, within its own time limit, then releases everything. */
  stop(): Promise<void>;
}
