import type { Fault, FaultOf } from '../scenario/fault-schema.ts';
import type { DeviceClockSettings } from '../transport/clock.ts';

/** The faults that happen inside a device and so change what it measures, not what becomes of the message. */
export interface PhysicalFaults {
  /** Gauge reading minus film (mg/cm²). */
  gaugeBias_mg_cm2(at_s: number): number;
  /** Gauge locations (from, to exclusive) that are marked invalid. */
  deadLocations(at_s: number): readonly { readonly from: number; readonly to: number }[];
  /** True gap minus gap as read (µm). */
  gapError_um(at_s: number): number;
  /** Factor on the loading by the slurry in use. */
  slurryFactor(at_s: number): number;
}

/** @param faults may grow while the line runs; each question looks at what is there by then. */
export function physicalFaults(faults: readonly Fault[]): PhysicalFaults {
  return {
    gaugeBias_mg_cm2: (at_s) =>
      sum(ofKind(faults, 'level-shift').map((fault) => (during(at_s)(fault) ? fault.by_mg_cm2 : 0))),
    deadLocations: (at_s) => ofKind(faults, 'dead-locations').filter(during(at_s)),
    gapError_um: (at_s) =>
      sum(ofKind(faults, 'gap-error').map((fault) => (during(at_s)(fault) ? fault.by_um : 0))),
    slurryFactor(at_s) {
      const slurries = ofKind(faults, 'slurry-change').sort((a, b) => a.at_s - b.at_s);
      return 1 + (slurries.findLast((fault) => fault.at_s <= at_s)?.loading_percent ?? 0) / 100;
    },
  };
}

/** A device's clock with the jumps of the scenario's faults, those to come as well, among its steps. */
export function clockWithJumps(
  clock: DeviceClockSettings,
  faults: readonly Fault[],
  device: 'gauge' | 'coater',
): DeviceClockSettings {
  return {
    ...clock,
    get steps() {
      return [...clock.steps, ...ofKind(faults, 'clock-jump').filter((fault) => fault.device === device)];
    },
  };
}

export const ofKind = <Name extends Fault['fault']>(faults: readonly Fault[], name: Name): FaultOf<Name>[] =>
  faults.filter((fault): fault is FaultOf<Name> => fault.fault === name);

export const during =
  (at_s: number) =>
  (fault: { readonly at_s: number; readonly for_s: number }): boolean =>
    at_s >= fault.at_s && at_s < fault.at_s + fault.for_s;

const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
