import type { MachineSample, Scan } from '../src/core/messages.ts';
import type { FaultOf } from './scenario/fault-schema.ts';

/** What a simulated line sends, and when (true time) it is due on the wire. */
export type Emission = MachineEmission | ScanEmission | NetworkEmission;

export interface MachineEmission {
  readonly kind: 'machine';
  readonly due_ms: number;
  readonly sample: MachineSample;
  /** Every value as the device holds it, those of `sample.bad` as well. */
  readonly held: Readonly<Record<string, number>>;
  /** Status of the names in `sample.bad`. */
  readonly status: 'bad' | 'uncertain';
}

export interface ScanEmission {
  readonly kind: 'scan';
  readonly due_ms: number;
  readonly scan: Scan;
  /** How its payload is spoilt on the wire, if it is. */
  readonly corrupt?: Corruption;
}

/** A device leaves the network or comes back; only the network side has a use for it. */
export interface NetworkEmission {
  readonly kind: 'network';
  readonly due_ms: number;
  readonly device: 'gauge' | 'coater';
  readonly up: boolean;
  /** The coater comes back with another namespace before its own, as after a firmware update. */
  readonly shiftNamespace: boolean;
  /** The coater comes back with a key and certificate that nobody has seen before, as after a replacement. */
  readonly newCertificate?: true;
}

export type Corruption = FaultOf<'corrupt'>['how'];
