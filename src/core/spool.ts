import type { Metered } from './figure.ts';
import type { ReportId } from './report-id.ts';

/** What waits on the disk for a peer that is away, in order, over restarts. One for each network sink. */
export interface Spool extends Metered {
  readonly entries: number;
  readonly bytes: number;
  /**
   * Takes one payload at once; it is on the disk with the next commit of the store, so before any snapshot of a state
   * that knows of it. A payload whose id the spool has taken before is left out: what is told again after a
   * restart is not sent twice.
   */
  push(payload: Uint8Array, of?: { readonly line: string; readonly id: ReportId }): void;
  /** The oldest entries, up to a number and a size together (at least one where there is any); they stay. */
  peek(limit: { readonly entries: number; readonly bytes: number }): readonly SpoolEntry[];
  /** Those that were delivered leave. */
  remove(entries: readonly SpoolEntry[]): Promise<void>;
  /** Those that the peer refuses for good go to the spool's dead letters, with the reason, bounded like the spool. */
  reject(entries: readonly SpoolEntry[], why: string): Promise<void>;
  /** Resolves once everything pushed so far is on the disk. */
  flushed(): Promise<void>;
}

export interface SpoolEntry {
  /** Grows by one with each entry. */
  readonly sequence: number;
  readonly payload: Uint8Array;
}
