import type { WebEdge } from '../../core/messages.ts';
import type { DeadLetterReason } from '../../core/source.ts';

/** Turns the bytes of one payload into a scan, or says why it can't. Pure; it never throws, whatever the bytes. */
export type ScanDecoder = (payload: Uint8Array) => Decoded;

export type Decoded = { readonly ok: true; readonly value: DecodedScan } | Refusal;

export interface Refusal {
  readonly ok: false;
  readonly reason: DeadLetterReason;
  readonly detail: string;
}

/** What a payload can tell by itself; the rest comes from topic and configuration. */
export interface DecodedScan {
  readonly scan: number;
  readonly time_ms: number;
  readonly duration_ms?: number;
  readonly startedAt: WebEdge;
  /** mg/cm², NaN at locations marked as invalid. */
  readonly loading_mg_cm2: Float64Array;
  readonly line?: string;
  readonly gauge?: string;
}
