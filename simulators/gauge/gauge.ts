import type { Random } from '../../src/core/random.ts';
import type { ScanEmission } from '../emission.ts';
import { clockWithJumps, type PhysicalFaults } from '../faults/physical.ts';
import type { LineParameters } from '../physics/parameters.ts';
import type { CrossWebShape } from '../physics/profile.ts';
import type { Fault } from '../scenario/fault-schema.ts';
import type { Scenario } from '../scenario/schema.ts';
import { deviceClock } from '../transport/clock.ts';
import type { WebReader } from '../transport/web.ts';
import { type Beneath, createScanner, LOCATION_MS, SCAN_MS, type Traverse } from './scanner.ts';

export interface GaugeSetting {
  readonly scenario: Scenario;
  readonly line: string;
  readonly parameters: LineParameters;
  readonly start_ms: number;
  /** May grow while the line runs. */
  readonly faults: readonly Fault[];
  readonly random: Random;
}

/** One gauge of the line: where it stands and what lies under it. */
export interface GaugePlace {
  readonly name: string;
  /** Web between the comma bar and the gauge (m); negative before the bar. */
  readonly web_m: number;
  readonly web: WebReader;
  readonly shape: CrossWebShape;
  readonly beneath?: Beneath | undefined;
  /** Draws its noise. */
  readonly random: Random;
}

/** A finished scan as it goes out, and what it saw. */
export interface GaugeScan {
  readonly emission: ScanEmission;
  readonly traverse: Traverse;
}

/**
 * The gauge second by second. Each call is the second that has just passed, with the web length at its two ends; now
 * and then it ends a traverse and returns the scan.
 */
export type Gauge = (second: number, from_m: number, to_m: number) => GaugeScan | undefined;

const STEP_MS = 1000;
const LOCATIONS_PER_STEP = STEP_MS / LOCATION_MS;
const STEPS_PER_SCAN = SCAN_MS / STEP_MS;
const DAY_S = 86_400;

/** Traverses follow each other in turn from either edge; a standardisation pauses them and sets the drift to zero. */
export function createGauge(setting: GaugeSetting, place: GaugePlace, physical: PhysicalFaults): Gauge {
  const { scenario, line, parameters, start_ms } = setting;
  const { standardise, dead_locations, dust_mg_cm2, first_scan } = scenario.gauge;
  const clock = deviceClock(clockWithJumps(scenario.gauge.clock, setting.faults, 'gauge'), start_ms);
  const scanner = createScanner(parameters, place.shape, place.web, place.random, place.beneath);
  const alwaysDead = new Set(dead_locations);
  let number = first_scan;
  let steps = 0;
  /** End of the last standardisation, which is also when the drift began anew. */
  let zeroed_s = 0;
  let standardiseAt_s = standardise?.every_s ?? 0;

  return (second, from_m, to_m) => {
    if (steps === 0) {
      if (second < scenario.gauge.start_s) return undefined;
      if (standardise && second >= standardiseAt_s) {
        zeroed_s = second + standardise.pause_s;
        standardiseAt_s += standardise.every_s;
      }
      if (second < zeroed_s) return undefined;
      scanner.begin(number % 2 === 0 ? 'operator' : 'gear');
    }
    const windows = physical.deadLocations(second);
    const state = {
      bias_mg_cm2:
        physical.gaugeBias_mg_cm2(second) +
        (parameters.gauge_drift_mg_cm2_h * (second - zeroed_s)) / 3600 +
        (dust_mg_cm2 * (second % DAY_S)) / DAY_S,
      isDead: (location: number) =>
        alwaysDead.has(location) || windows.some((w) => location >= w.from && location < w.to),
    };
    for (let i = 0; i < LOCATIONS_PER_STEP; i++) {
      const passed_m = from_m + ((to_m - from_m) * i) / LOCATIONS_PER_STEP;
      scanner.measure(passed_m - place.web_m, state);
    }
    steps++;
    if (steps < STEPS_PER_SCAN) return undefined;

    steps = 0;
    const due_ms = start_ms + (second + 1) * STEP_MS;
    const traverse = scanner.end();
    const emission: ScanEmission = {
      kind: 'scan',
      due_ms,
      scan: {
        kind: 'scan',
        line,
        gauge: place.name,
        scan: number++,
        time_ms: clock(due_ms),
        duration_ms: SCAN_MS,
        startedAt: traverse.startedAt,
        loading_mg_cm2: traverse.loading_mg_cm2,
      },
    };
    return { emission, traverse };
  };
}
