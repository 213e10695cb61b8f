/** One point of the comma gap over time. */
export interface GapPoint {
  readonly time_ms: number;
  readonly gap_um: number;
}

const deadband_um = 0.5;
const longest_ms = 30_000;

/**
 * Thins a series that stands still for minutes and then steps, as historians do by exception: a reading is kept
 * when it has moved by more than the deadband or after half a minute, and with it the reading just before, so that
 * a step stays a step and does not become a ramp.
 */
export class GapThinning {
  #kept: GapPoint | undefined;
  #held: GapPoint | undefined;

  /** The points to be kept now that `reading` has come: none, one or two. Readings from the past are left out. */
  take(reading: GapPoint): GapPoint[] {
    const newest = this.#held ?? this.#kept;
    if (newest && reading.time_ms <= newest.time_ms) return [];
    const moved = !this.#kept || Math.abs(reading.gap_um - this.#kept.gap_um) > deadband_um;
    const due = !this.#kept || reading.time_ms - this.#kept.time_ms >= longest_ms;
    if (!moved && !due) {
      this.#held = reading;
      return [];
    }
    const points = moved && this.#held ? [this.#held, reading] : [reading];
    this.#kept = reading;
    this.#held = undefined;
    return points;
  }
}
