import type { MachineSample } from '../../src/core/messages.ts';

/** What a process may be at when it is killed; the first that applies is told. */
export const phases = ['starting', 'snapshotting', 'trimming', 'removing', 'solving', 'committing'] as const;
export type Phase = (typeof phases)[number];

export type ToChild =
  | { readonly kind: 'machine'; readonly n: number; readonly sample: MachineSample }
  | { readonly kind: 'delivered' }
  | { readonly kind: 'end' };

export type FromChild =
  | { readonly kind: 'started' }
  /** The machine sample `n` is durable. */
  | { readonly kind: 'kept'; readonly n: number }
  /** Everything that follows from the scan was told. */
  | { readonly kind: 'scan'; readonly scan: number }
  | { readonly kind: 'deliver'; readonly payloads: readonly string[] }
  | {
      readonly kind: 'final';
      readonly learner: string;
      readonly pipeline: string;
      readonly history: readonly string[];
      readonly positions: number;
    };

/**
 * Leaves out what tells of the transport and not of the process, which each crash changes and is meant to: what came
 * twice or too late (raw samples are passed on as often as they come), and when one device's messages waited for the other's (the alarm that no scans come).
 */
export const isCounted = (record: {
  readonly kind: string;
  readonly reason?: unknown;
  readonly alarm?: unknown;
}): boolean =>
  record.kind !== 'machine' &&
  record.kind !== 'outage' &&
  record.kind !== 'dead-letter' &&
  !(record.kind === 'dropped' && record.reason === 'duplicate') &&
  !(record.kind === 'alarm' && record.alarm === 'no-scans');
