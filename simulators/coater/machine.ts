import type { Random } from '../../src/core/random.ts';
import type { LineParameters } from '../physics/parameters.ts';
import type { Segment } from '../scenario/schedule.ts';
import { type MachineParameterName, ZONE_TEMPERATURES_C } from './parameters.ts';

/** What the coater is at one instant: true quantities, and what its instruments make of them. */
export interface CoaterState {
  readonly mode: Segment['mode'];
  readonly run: number;
  /** The wedge before the bar is open and filled. */
  readonly coating: boolean;
  /** Mean of both sides as they truly stand, × gear ratio (µm), without the bar's zero error. */
  readonly gap_um: number;
  readonly tilt_um: number;
  readonly rollRatio_percent: number;
  readonly webSpeed_m_min: number;
  readonly web_m: number;
  readonly viscosity_pa_s: number;
  readonly headPressure_kpa: number;
  /** Neither bar nor web is on its way to another setting. */
  readonly settled: boolean;
  readonly values: Readonly<Record<MachineParameterName, number>>;
}

/** The bar's drive (mm/s) and scale (mm), and the flicker of the scale's last digit. */
const BAR_RATE_MM_S = 0.15;
const BAR_RESOLUTION_MM = 0.001;
const BAR_NOISE_MM = 0.0002;
/** A closed bar reads a few µm about zero (WMG: -4 to 14 µm). */
const CLOSED_BAR_MM = 0.003;
const CLOSED_BELOW_MM = 0.02;
const FOIL_THICKNESS_MM = 0.015;
const CORE_DIAMETER_MM = 160;

/** A quantity that wanders about a set value with its own correlation time. */
function wandering(random: Random, centre: number, sd: number, time_s: number) {
  let away = random.normal();
  const memory = Math.exp(-1 / time_s);
  const renewal = Math.sqrt(1 - memory * memory);
  return () => {
    away = memory * away + renewal * random.normal();
    return centre + sd * away;
  };
}

const rounded = (value: number, digits: number) => Math.round(value * 10 ** digits) / 10 ** digits;

/** The coater, second by second: each call is one second later than the one before. */
export function createCoater(line: LineParameters, random: Random): (segment: Segment) => CoaterState {
  const barNoise = random.fork('bar');
  const closedBar_mm = CLOSED_BAR_MM * random.fork('closed').normal();
  const temperature = wandering(random.fork('slurry'), 24, 0.4, 900);
  const pressure = wandering(random.fork('head'), line.head_pressure_kpa, 0.03 * line.head_pressure_kpa, 120);
  const tension = wandering(random.fork('tension'), 60, 0.8, 5);
  const zones = ZONE_TEMPERATURES_C.map((c, i) => wandering(random.fork(`zone ${i}`), c, 0.5, 60));
  const air = wandering(random.fork('air'), 12, 0.1, 30);
  const ambient = wandering(random.fork('ambient'), 22, 0.6, 7200);
  const humidity = wandering(random.fork('humidity'), 38, 2, 7200);
  let bar_mm = closedBar_mm;
  let speed_m_min = 0;
  let web_m = 0;
  let second = 0;

  return (segment) => {
    // The web of the second that has just passed, at the mean of its first and last speed.
    const before_m_min = speed_m_min;
    const change = segment.webSpeed_m_min - speed_m_min;
    if (second > 0) {
      speed_m_min += Math.sign(change) * Math.min(Math.abs(change), line.web_acceleration_m_min_s);
      web_m += (before_m_min + speed_m_min) / 120;
    }
    const wanted_mm = segment.bar_mm > 0 ? rounded(segment.bar_mm, 3) : closedBar_mm;
    const away_mm = wanted_mm - bar_mm;
    bar_mm += Math.sign(away_mm) * Math.min(Math.abs(away_mm), BAR_RATE_MM_S);

    const viscosity_pa_s =
      line.viscosity_pa_s * Math.exp((line.viscosity_drift_percent_h / 100) * (second / 3600));
    const headPressure_kpa = pressure();
    const ratio = segment.rollRatio_percent;
    const coating = bar_mm > CLOSED_BELOW_MM;
    const moving = speed_m_min > 0;
    const scale = (true_mm: number) =>
      rounded(
        Math.round((true_mm + BAR_NOISE_MM * barNoise.normal()) / BAR_RESOLUTION_MM) * BAR_RESOLUTION_MM,
        3,
      );
    const halfTilt_mm = line.bar_tilt_um / 2000;
    const [zone1, zone2, zone3, zone4] = zones.map((zone) => rounded(zone(), 2)) as [
      number,
      number,
      number,
      number,
    ];
    const state: CoaterState = {
      mode: segment.mode,
      run: segment.run,
      coating,
      gap_um: bar_mm * 10 * ratio,
      tilt_um: coating ? (line.bar_tilt_um * ratio) / 100 : 0,
      rollRatio_percent: ratio,
      webSpeed_m_min: speed_m_min,
      web_m,
      viscosity_pa_s,
      headPressure_kpa,
      settled: bar_mm === wanted_mm && speed_m_min === segment.webSpeed_m_min,
      values: {
        bar_operator_mm: scale(bar_mm - halfTilt_mm),
        bar_gear_mm: scale(bar_mm + halfTilt_mm),
        roll_ratio_percent: ratio,
        web_speed_m_min: rounded(speed_m_min, 3),
        encoder_m: rounded(web_m, 4),
        line_state: moving ? (coating ? 2 : 1) : 0,
        pump_rpm: rounded(coating && moving ? 18 * speed_m_min + 0.05 * bar_mm * 1000 : 0, 1),
        slurry_temperature_c: rounded(temperature(), 2),
        slurry_viscosity_pa_s: rounded(viscosity_pa_s, 3),
        head_pressure_kpa: rounded(headPressure_kpa, 3),
        foil_tension_n: rounded(tension(), 1),
        dryer_zone_1_temperature_c: zone1,
        dryer_zone_2_temperature_c: zone2,
        dryer_zone_3_temperature_c: zone3,
        dryer_zone_4_temperature_c: zone4,
        dryer_air_speed_m_s: rounded(air(), 2),
        rewind_diameter_mm: rounded(
          // The rewound length fills the ring between core and outside.
          Math.sqrt(CORE_DIAMETER_MM ** 2 + (4 / Math.PI) * FOIL_THICKNESS_MM * web_m * 1000),
          2,
        ),
        ambient_temperature_c: rounded(ambient(), 2),
        ambient_humidity_percent: rounded(humidity(), 1),
      },
    };
    second++;
    return state;
  };
}
