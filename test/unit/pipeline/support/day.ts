import type { LineMessage, MachineSample, Scan } from '../../../../src/core/messages.ts';
import { seededRandom } from '../../../../src/core/random.ts';

/** A stretch of the line's day: the gap (µm, 0 = bar closed) and web speed (m/min) that it runs for `s` seconds. */
export interface Phase {
  readonly s: number;
  readonly gap_um: number;
  readonly speed_m_min: number;
}

export interface DayOptions {
  readonly webLength_m: number;
  readonly locations?: number;
  readonly scan_s?: number;
  readonly noise_um?: number;
  readonly seed?: number;
  readonly start_ms?: number;
  /** Gauge's clock minus coater's clock. */
  readonly clockOffset_ms?: number;
  readonly encoder?: boolean;
}

export interface Day {
  readonly machine: readonly MachineSample[];
  readonly scans: readonly Scan[];
  /** The gaps (µm) under which each scan's web was coated, from the plan itself, first to last. */
  readonly truth: ReadonlyMap<number, readonly number[]>;
}

export const LINE = 'a';
export const START_MS = Date.UTC(2026, 0, 5, 6);

/** Loading (mg/cm²) of a gap in this little world. */
export const loadingOf = (gap_um: number): number => (gap_um > 0 ? 2 + 0.13 * gap_um : 0.01);

/**
 * A day written down directly: an exact conveyor (10 steps a second) between head and gauge, so that the truth
 * about each scan doesn't come from the code under test.
 */
export function day(phases: readonly Phase[], options: DayOptions): Day {
  const { webLength_m, locations = 60, scan_s = 8, noise_um = 0, seed = 1, start_ms = START_MS } = options;
  const { clockOffset_ms = 0, encoder = false } = options;
  const random = seededRandom(seed);
  const machine: MachineSample[] = [];
  const scans: Scan[] = [];
  const truth = new Map<number, readonly number[]>();
  /** Gap by length in steps of 1 cm. */
  const laid: number[] = [];
  let length_m = 0;
  let step = 0;
  let seen: number[] = [];
  for (const phase of phases) {
    for (let i = 0; i < phase.s * 10; i++, step++) {
      const time_ms = start_ms + step * 100;
      if (step % 10 === 0) {
        machine.push({
          kind: 'machine',
          line: LINE,
          time_ms,
          values: {
            comma_gap_um: phase.gap_um + noise_um * random.normal(),
            web_speed_m_min: phase.speed_m_min,
            ...(encoder ? { encoder_m: length_m % 50 } : {}),
          },
        });
      }
      length_m += phase.speed_m_min / 600;
      while (laid.length <= length_m * 100) laid.push(phase.gap_um);
      seen.push(laid[Math.floor((length_m - webLength_m) * 100)] ?? 0);
      if ((step + 1) % (scan_s * 10) === 0) {
        const scan = (step + 1) / (scan_s * 10);
        truth.set(scan, [...new Set(seen)]);
        scans.push(traverse(scan, time_ms + 100 + clockOffset_ms, scan_s, seen, locations, random));
        seen = [];
      }
    }
  }
  return { machine, scans, truth };
}

function traverse(
  scan: number,
  time_ms: number,
  scan_s: number,
  seen: readonly number[],
  locations: number,
  random: { normal(): number },
): Scan {
  const loading_mg_cm2 = new Float64Array(locations);
  const edge = Math.floor(locations / 10);
  for (let j = 0; j < locations; j++) {
    const bare = j < edge || j >= locations - edge;
    const gap = seen[Math.floor((j * seen.length) / locations)]!;
    loading_mg_cm2[j] = bare || gap === 0 ? 0.01 : loadingOf(gap) + 0.1 * random.normal();
  }
  return {
    kind: 'scan',
    line: LINE,
    gauge: 'g',
    scan,
    time_ms,
    duration_ms: scan_s * 1000,
    startedAt: scan % 2 === 0 ? 'operator' : 'gear',
    loading_mg_cm2,
  };
}

/** Both sides in the order of their event times. */
export const inOrder = ({ machine, scans }: Day): LineMessage[] =>
  [...machine, ...scans].sort((a, b) => a.time_ms - b.time_ms);
