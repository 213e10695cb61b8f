/**
 * Every figure of the simulated line in one table: unit, allowed range, default and where it comes from. The type,
 * the defaults and the scenario's schema all follow from it.
 *
 * The defaults are those of the WMG pilot line. Sources in short:
 * - LRCS: Cunha et al., Batteries & Supercaps 3(1):60-67 (2020), 96 % active material, 26 slurry-and-gap groups.
 * - WMG: the pilot-line day of Zennaro et al., CLeaR 2023: 17 runs between 106 and 182 µm.
 * - fit: least squares of our own on those figures; the test of the calibration table holds it.
 * - estimate: an engineer's figure for machines of this size, not measured on one.
 */
export interface ParameterInfo {
  readonly meaning: string;
  readonly unit: string;
  readonly range: readonly [low: number, high: number];
  readonly value: number;
  readonly source: string;
}

const info = (
  value: number,
  unit: string,
  range: readonly [number, number],
  meaning: string,
  source: string,
): ParameterInfo => ({ value, unit, range, meaning, source });

export const parameterTable = {
  // Slurry
  solids_fraction: info(0.7, '1', [0.5, 0.85], 'mass of solids per mass of slurry', 'LRCS: 0.67 to 0.73'),
  solids_density_g_cm3: info(
    4.4,
    'g/cm³',
    [1.5, 5.2],
    'density of the dry mix',
    'NMC 4.7, binder 1.8, carbon 1.9',
  ),
  solvent_density_g_cm3: info(1.03, 'g/cm³', [0.7, 1.2], 'density of the solvent', 'NMP at 20 °C'),
  viscosity_pa_s: info(4, 'Pa·s', [0.2, 30], 'viscosity of the fresh slurry', 'LRCS: 1.4 to 8.6'),
  viscosity_drift_percent_h: info(1, '%/h', [-50, 100], 'ageing of the slurry in the tank', 'estimate'),

  // Metering under the comma bar
  metering_ratio: info(0.93, '1', [0.4, 1.3], 'wet film over gap at 100 µm', 'LRCS, fit'),
  metering_exponent: info(-0.0959, '1', [-0.4, 0.2], 'power of (gap / 100 µm) in that ratio', 'LRCS, fit'),
  viscosity_exponent: info(-0.16, '1', [-0.5, 0.3], 'power of (viscosity / 4 Pa·s)', 'LRCS, fit'),
  speed_exponent: info(0.02, '1', [-0.3, 0.3], 'power of (web speed / 2 m/min)', 'estimate'),
  head_pressure_kpa: info(2, 'kPa', [0.1, 20], 'slurry head above the bar', 'estimate: 0.1 m of slurry'),
  head_sensitivity: info(0.02, '1', [0, 0.5], 'relative film change per relative change of head', 'estimate'),
  head_time_constant_s: info(
    4,
    's',
    [0.5, 120],
    'film after start-up or a gap change',
    'WMG: first scan or two',
  ),
  closing_time_constant_s: info(1, 's', [0.2, 30], 'film after the bar has closed', 'estimate'),

  // This line against the laboratory coater
  bar_zero_um: info(
    29,
    'µm',
    [-60, 80],
    'true opening of the bar at reading zero',
    'WMG, fit; closed bar reads -4 to 14',
  ),
  transfer_factor: info(0.93, '1', [0.4, 1.6], 'loading over that of the laboratory coater', 'WMG, fit'),
  bar_tilt_um: info(2, 'µm', [-40, 40], 'gear side minus operator side, read by both scales', 'estimate'),

  // Scatter
  run_sd_mg_cm2: info(0.9, 'mg/cm²', [0, 3], 'between runs at one gap', 'WMG: 0.7 to 1.2'),
  disturbance_sd_mg_cm2: info(0.18, 'mg/cm²', [0, 2], 'machine direction, within a run', 'WMG: 0.1 to 0.3'),
  disturbance_time_s: info(25, 's', [1, 3600], 'its correlation time', 'estimate'),
  runout_mg_cm2: info(0.05, 'mg/cm²', [0, 1], 'amplitude of the roll run-out', 'estimate: 0.5 µm'),
  roll_circumference_m: info(0.63, 'm', [0.1, 3], 'coating roll', 'estimate: 200 mm roll'),

  // Across the web, in gauge locations of 800
  coated_from: info(60, 'location', [0, 390], 'first coated location, operator side', 'estimate'),
  coated_to: info(740, 'location', [410, 800], 'end of the coating (exclusive), gear side', 'estimate'),
  lane_count: info(1, '1', [1, 8], 'coated stripes side by side', 'WMG: 1'),
  lane_gap_locations: info(16, 'location', [0, 100], 'bare foil between stripes', 'estimate'),
  edge_bead_percent: info(6, '%', [-30, 60], 'height of the bead at a stripe edge', 'estimate: 3 to 10'),
  edge_bead_locations: info(8, 'location', [1, 60], 'decay length of the bead', 'estimate: 2 to 5 mm'),
  crown_percent: info(
    0.8,
    '%',
    [-10, 10],
    'middle of the web over its quarters',
    'WMG: windows differ by 0.2 to 0.6',
  ),
  streak_count: info(2, '1', [0, 50], 'streaks that stay where they are', 'estimate'),
  streak_percent: info(-3, '%', [-90, 50], 'depth of a streak', 'estimate'),

  // Patches, where a run is intermittent
  patch_edge_percent: info(
    8,
    '%',
    [-50, 100],
    'leading edge of a patch over its middle',
    'estimate: 5 to 15',
  ),
  patch_edge_mm: info(6, 'mm', [0.5, 100], 'decay length of that edge', 'estimate'),

  // The other side of the foil, coated in an earlier pass
  other_side_mg_cm2: info(0, 'mg/cm²', [0, 80], 'dry loading that the foil brings along', 'WMG: one-sided'),
  other_side_sd_mg_cm2: info(0.4, 'mg/cm²', [0, 3], 'its wander along the web', 'WMG, as of this side'),
  other_side_length_m: info(15, 'm', [0.5, 1000], 'typical wavelength of that wander', 'estimate'),
  other_side_register_mm: info(
    0.5,
    'mm',
    [-50, 50],
    "this side's patches behind those of the other",
    'estimate: 0.3 to 1',
  ),
  entry_gauge_m: info(3, 'm', [0.1, 100], 'web between entry gauge and comma bar', 'estimate'),
  same_spot_sd_mg_cm2: info(
    0.05,
    'mg/cm²',
    [0, 1],
    "error of taking the other side's loading away",
    'estimate',
  ),

  // Web
  web_length_m: info(20, 'm', [0, 400], 'web between comma bar and gauge', 'estimate: dryer of four zones'),
  web_acceleration_m_min_s: info(0.5, 'm/min/s', [0.01, 100], 'speed ramps', 'estimate'),

  // Gauge
  location_noise_percent: info(
    1.5,
    '%',
    [0, 30],
    'noise of one location, of its loading',
    'WMG: windows of 50 locations',
  ),
  location_noise_floor_mg_cm2: info(0.02, 'mg/cm²', [0, 2], 'noise of one location on bare foil', 'estimate'),
  scan_noise_mg_cm2: info(0.08, 'mg/cm²', [0, 2], 'common to a whole scan', 'WMG: part of 0.1 to 0.3'),
  bare_foil_mg_cm2: info(0.01, 'mg/cm²', [-1, 1], 'reading of an uncoated web', 'WMG: 0.1 g/m²'),
  gauge_drift_mg_cm2_h: info(0, 'mg/cm²/h', [-2, 2], 'drift that a standardisation takes away', 'estimate'),
} as const satisfies Record<string, ParameterInfo>;

export type ParameterName = keyof typeof parameterTable;

/** One simulated line: every parameter of the table as a number, in the table's unit. */
export type LineParameters = Readonly<Record<ParameterName, number>>;

export const parameterNames = Object.keys(parameterTable) as ParameterName[];

/** The WMG pilot line. */
export const wmgLine: LineParameters = Object.fromEntries(
  parameterNames.map((name) => [name, parameterTable[name].value]),
) as LineParameters;

/** The laboratory coater of LRCS: true zero, its own loading, one drying batch instead of a web. */
export const labCoater: LineParameters = {
  ...wmgLine,
  bar_zero_um: 0,
  transfer_factor: 1,
  bar_tilt_um: 0,
  web_length_m: 0,
};
