import { parameter } from '../../src/core/messages.ts';
import { type MachineParameterName, ZONE_TEMPERATURES_C } from './parameters.ts';

/** What the controller knows at one instant: its values, and the names of those of bad or uncertain quality. */
export interface MachineView {
  readonly held: Readonly<Record<string, number>>;
  readonly bad: readonly string[];
}

/** One alarm of the coater's own controller. */
export interface CoaterAlarm {
  readonly name: string;
  /** In words, as the machine's panel has it. */
  readonly message: string;
  /** OPC 10000-5, 6.4.2: 1 to 1000. */
  readonly severity: number;
  /** @param was whether it stands already: limits have a dead band, so that an alarm doesn't flicker. */
  isActive(view: MachineView, was: boolean): boolean;
}

type Alarm = Omit<CoaterAlarm, 'isActive'>;

/** A value outside its limits; back to normal only once it is inside by the dead band. */
function outside(
  alarm: Alarm,
  name: MachineParameterName,
  [low, high]: readonly [low: number, high: number],
  deadBand: number,
): CoaterAlarm {
  return {
    ...alarm,
    isActive({ held }, was) {
      const value = held[name];
      if (value === undefined) return was;
      const margin = was ? deadBand : 0;
      return value < low + margin || value > high - margin;
    },
  };
}

const zones = ZONE_TEMPERATURES_C.map((set_c, i) =>
  outside(
    {
      name: `dryer_zone_${i + 1}_temperature`,
      message: `Dryer, zone ${i + 1}: away from its set point`,
      severity: 500,
    },
    `dryer_zone_${(i + 1) as 1 | 2 | 3 | 4}_temperature_c`,
    [set_c - 5, set_c + 5],
    1,
  ),
);

/** Limits as for the default line; what its values do by themselves stays well inside. */
export const coaterAlarms: readonly CoaterAlarm[] = [
  {
    name: 'line_fault',
    message: 'The line has a fault',
    severity: 900,
    isActive: ({ held }) => held[parameter.lineState] === 3,
  },
  {
    name: 'sensor_fault',
    message: 'A value is of bad quality',
    severity: 700,
    isActive: ({ bad }) => bad.length > 0,
  },
  {
    name: 'bar_skewed',
    message: 'Comma bar: the two sides differ by more than 0.1 mm',
    severity: 600,
    isActive: ({ held }) =>
      Math.abs((held[parameter.barGear_mm] ?? 0) - (held[parameter.barOperator_mm] ?? 0)) > 0.1,
  },
  outside(
    { name: 'foil_tension', message: 'Foil tension outside 45 to 75 N', severity: 600 },
    'foil_tension_n',
    [45, 75],
    3,
  ),
  outside(
    { name: 'slurry_temperature', message: 'Slurry outside 18 to 30 °C', severity: 400 },
    'slurry_temperature_c',
    [18, 30],
    0.5,
  ),
  ...zones,
];

/** Keeps which alarms of a line stand, and tells each that has just come or gone. */
export function alarmWatch(): (
  view: MachineView,
) => readonly { readonly alarm: CoaterAlarm; readonly active: boolean }[] {
  const standing = new Set<CoaterAlarm>();
  return (view) =>
    coaterAlarms.flatMap((alarm) => {
      const was = standing.has(alarm);
      const active = alarm.isActive(view, was);
      if (active === was) return [];
      if (active) standing.add(alarm);
      else standing.delete(alarm);
      return [{ alarm, active }];
    });
}
