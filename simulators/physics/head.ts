import type { Random } from '../../src/core/random.ts';
import { dryLoading_mg_cm2, type HeadConditions, loadingSlope_mg_cm2_um } from './metering.ts';
import type { LineParameters } from './parameters.ts';

/** What the coater asks of the head during one step. */
export interface HeadInput extends HeadConditions {
  readonly coating: boolean;
  /** Comma gap as both scales read it (µm), mean of the two sides. */
  readonly gap_um: number;
  /** Gear side minus operator side (µm). */
  readonly tilt_um: number;
  readonly runOffset_mg_cm2: number;
  /** Web length passed (m), for the roll's run-out. */
  readonly web_m: number;
}

/** The film that leaves the head, as it will be once dry. */
export interface Deposit {
  /** Mean over the web (mg/cm²); 0 where nothing is coated. */
  readonly level_mg_cm2: number;
  /** Gear side minus operator side of the coating (mg/cm²). */
  readonly tilt_mg_cm2: number;
}

/**
 * The coating head in time: the film follows what gap and slurry ask for with a first-order lag (filling of the
 * wedge before the bar), plus slow disturbances along the machine direction and the run-out of the coating roll.
 * The lag works on the film alone, so that a steady run has exactly the disturbance's own spread.
 */
export function createHead(
  line: LineParameters,
  random: Random,
): (input: HeadInput, step_s: number) => Deposit {
  let film_mg_cm2 = 0;
  let disturbance = random.normal();
  return (input, step_s) => {
    const target = input.coating
      ? Math.max(0, dryLoading_mg_cm2(line, input.gap_um, input) + input.runOffset_mg_cm2)
      : 0;
    const lag_s = input.coating ? line.head_time_constant_s : line.closing_time_constant_s;
    film_mg_cm2 += (target - film_mg_cm2) * (1 - Math.exp(-step_s / lag_s));

    const memory = Math.exp(-step_s / line.disturbance_time_s);
    disturbance = memory * disturbance + Math.sqrt(1 - memory * memory) * random.normal();
    if (film_mg_cm2 < 1e-3) return { level_mg_cm2: 0, tilt_mg_cm2: 0 };

    const turn = (2 * Math.PI * input.web_m) / line.roll_circumference_m;
    const ripple = line.disturbance_sd_mg_cm2 * disturbance + line.runout_mg_cm2 * Math.sin(turn);
    // A thin film, at its beginning or end, can't ripple by more than itself.
    const share = target > 0 ? Math.min(1, film_mg_cm2 / target) : 0;
    return {
      level_mg_cm2: Math.max(0, film_mg_cm2 + share * ripple),
      tilt_mg_cm2: share * loadingSlope_mg_cm2_um(line, Math.max(2, input.gap_um), input) * input.tilt_um,
    };
  };
}
