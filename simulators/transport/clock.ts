/** How a device's clock differs from true time. */
export interface DeviceClockSettings {
  /** Ahead of true time at the start (s). */
  readonly offset_s: number;
  /** Parts per million: 1 = 86 ms a day, 20 = an ordinary crystal. */
  readonly drift_ppm: number;
  /** Jumps, such as a correction by NTP or by hand: at a time since the start, by so much. */
  readonly steps: readonly { readonly at_s: number; readonly by_s: number }[];
}

/** Device time (ms, whole) for a true time. Two readings may come in the wrong order across a backward step. */
export type DeviceClock = (true_ms: number) => number;

export function deviceClock(settings: DeviceClockSettings, start_ms: number): DeviceClock {
  return (true_ms) => {
    const since_s = (true_ms - start_ms) / 1000;
    let ahead_s = settings.offset_s + settings.drift_ppm * 1e-6 * since_s;
    for (const step of settings.steps) if (since_s >= step.at_s) ahead_s += step.by_s;
    return Math.round(true_ms + ahead_s * 1000);
  };
}
