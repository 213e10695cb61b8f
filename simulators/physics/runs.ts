import type { Random } from '../../src/core/random.ts';
import { dryLoading_mg_cm2, type HeadConditions, ordinaryConditions } from './metering.ts';
import { type LineParameters, parameterTable, wmgLine } from './parameters.ts';

/**
 * A line from the prior over lines: coaters differ from the laboratory's in the zero of their bar and in how much
 * of the film they transfer, in their scatter, and in the slurry of the day. All of it stays inside the table's
 * ranges. The WMG line is one such line, about 1.3 standard deviations out in its bar zero.
 */
export function drawLine(random: Random, base: LineParameters = wmgLine): LineParameters {
  const within = (name: keyof LineParameters, value: number) => {
    const [low, high] = parameterTable[name].range;
    return Math.min(high, Math.max(low, value));
  };
  return {
    ...base,
    transfer_factor: within('transfer_factor', 0.98 + 0.08 * random.normal()),
    bar_zero_um: within('bar_zero_um', 12 + 13 * random.normal()),
    bar_tilt_um: within('bar_tilt_um', 3 * random.normal()),
    solids_fraction: within('solids_fraction', 0.7 + 0.01 * random.normal()),
    viscosity_pa_s: within('viscosity_pa_s', 4 * Math.exp(0.2 * random.normal())),
    run_sd_mg_cm2: 0.7 + 0.5 * random.uniform(),
    disturbance_sd_mg_cm2: 0.08 + 0.17 * random.uniform(),
    crown_percent: within('crown_percent', 0.8 * random.normal()),
  };
}

/** The truth at a gap (mg/cm²): the steady loading of a run whose own offset is given. */
export function runLevel(
  line: LineParameters,
  gap_um: number,
  runOffset_mg_cm2 = 0,
  conditions?: Partial<HeadConditions>,
): number {
  const at = { ...ordinaryConditions(line), ...conditions };
  return Math.max(0, dryLoading_mg_cm2(line, gap_um, at) + runOffset_mg_cm2);
}

/** How far one run lies off the line's mean at its gap (mg/cm²); it stays for the whole run. */
export const drawRunOffset = (line: LineParameters, random: Random): number =>
  line.run_sd_mg_cm2 * random.normal();

export interface PlannedRun {
  readonly gap_um: number;
  /** Number of steady scans. */
  readonly scans: number;
}

export interface SimulatedRun {
  readonly gap_um: number;
  /** The run's true level (mg/cm²): expected loading plus the run's offset. */
  readonly level_mg_cm2: number;
  readonly runOffset_mg_cm2: number;
  /** Mean over the web of each steady scan (mg/cm²), as the gauge reports it. */
  readonly scans_mg_cm2: Float64Array;
}

/** Seconds between two scans of the gauge. */
const SCAN_S = 8;

/**
 * Whole runs at run level, for studies over many lines: the same offsets, machine-direction disturbance and gauge
 * noise as the full simulation, without its 800 locations, its web and its transients. Costs about two random
 * numbers per scan.
 */
export function simulateRuns(
  line: LineParameters,
  schedule: readonly PlannedRun[],
  random: Random,
): SimulatedRun[] {
  const memory = Math.exp(-SCAN_S / line.disturbance_time_s);
  const renewal = Math.sqrt(1 - memory * memory);
  return schedule.map(({ gap_um, scans }) => {
    const runOffset_mg_cm2 = drawRunOffset(line, random);
    const level_mg_cm2 = runLevel(line, gap_um, runOffset_mg_cm2);
    const scans_mg_cm2 = new Float64Array(scans);
    let disturbance = random.normal();
    for (let i = 0; i < scans; i++) {
      const noise = line.scan_noise_mg_cm2 * random.normal();
      scans_mg_cm2[i] = level_mg_cm2 + line.disturbance_sd_mg_cm2 * disturbance + noise;
      disturbance = memory * disturbance + renewal * random.normal();
    }
    return { gap_um, level_mg_cm2, runOffset_mg_cm2, scans_mg_cm2 };
  });
}
