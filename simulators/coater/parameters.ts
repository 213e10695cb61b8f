import { parameter } from '../../src/core/messages.ts';

/** One machine parameter as the coater offers it: name, unit (OPC UA: UNECE code) and engineering range. */
export interface MachineParameter {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly low: number;
  readonly high: number;
}

const machine = (name: string, unit: string, low: number, high: number, description: string) =>
  ({ name, unit, low, high, description }) satisfies MachineParameter;

/** Set points of the dryer's zones. */
export const ZONE_TEMPERATURES_C = [85, 105, 115, 95] as const;

/** Ranges are those of the instrument, so a value outside one means a fault. */
export const machineParameters = [
  machine(parameter.barOperator_mm, 'mm', -0.1, 2, 'Comma bar position, operator side'),
  machine(parameter.barGear_mm, 'mm', -0.1, 2, 'Comma bar position, gear side'),
  machine(parameter.rollRatio_percent, '%', 0, 400, 'Coating-roll gear ratio'),
  machine(parameter.webSpeed_m_min, 'm/min', 0, 100, 'Web speed'),
  machine(parameter.encoder_m, 'm', 0, 1e7, 'Web length passed at the coating head'),
  machine(parameter.lineState, '', 0, 3, '0 stopped, 1 moving, 2 coating, 3 fault'),
  machine('pump_rpm', 'rpm', 0, 300, 'Slurry pump'),
  machine('slurry_temperature_c', '°C', 0, 60, 'Slurry in the head'),
  machine('slurry_viscosity_pa_s', 'Pa·s', 0, 50, 'Slurry, in-line viscometer'),
  machine('head_pressure_kpa', 'kPa', 0, 20, 'Slurry head above the bar'),
  machine('foil_tension_n', 'N', 0, 300, 'Foil tension before the head'),
  machine('dryer_zone_1_temperature_c', '°C', 0, 200, 'Dryer, zone 1'),
  machine('dryer_zone_2_temperature_c', '°C', 0, 200, 'Dryer, zone 2'),
  machine('dryer_zone_3_temperature_c', '°C', 0, 200, 'Dryer, zone 3'),
  machine('dryer_zone_4_temperature_c', '°C', 0, 200, 'Dryer, zone 4'),
  machine('dryer_air_speed_m_s', 'm/s', 0, 40, 'Dryer air'),
  machine('rewind_diameter_mm', 'mm', 0, 1000, 'Rewound roll'),
  machine('ambient_temperature_c', '°C', -10, 60, 'Hall temperature'),
  machine('ambient_humidity_percent', '%', 0, 100, 'Hall relative humidity'),
] as const;

export type MachineParameterName = (typeof machineParameters)[number]['name'];
