import { describe, expect, test } from 'vitest';
import { alarmWatch, coaterAlarms } from '../../../simulators/coater/alarms.ts';
import { createModel } from '../../../simulators/model.ts';
import { loadScenarios, scenarioOf } from '../../../simulators/scenario/load.ts';
import type { Scenario } from '../../../simulators/scenario/schema.ts';

/** What the controller tells over a scenario: `second name on` or `second name off`. */
function told(scenario: Scenario, seed = 1): string[] {
  const model = createModel(scenario, seed);
  const watch = alarmWatch();
  const lines: string[] = [];
  for (const emission of model.emissions()) {
    if (emission.kind !== 'machine') continue;
    const second = (emission.due_ms - model.start_ms) / 1000;
    for (const { alarm, active } of watch({ held: emission.held, bad: emission.sample.bad ?? [] }))
      lines.push(`${second} ${alarm.name} ${active ? 'on' : 'off'}`);
  }
  return lines;
}

const plan = { name: 'alarms', runs: [{ gap_um: 150, duration_s: 300 }], tail_s: 30 };
const withFault = (fault: object) => told(scenarioOf({ ...plan, faults: [fault] }));

describe('the coater’s own alarms', () => {
  test('a calm shift has none, whichever line is drawn', () => {
    const [calm] = loadScenarios('config/scenarios/calm-shift.yaml');
    expect(told(calm!.scenario)).toEqual([]);
    for (const seed of [2, 3]) expect(told(scenarioOf({ ...plan, draw_line: true }), seed)).toEqual([]);
  });

  test.each([
    ['line_fault', { fault: 'stuck', tags: ['line_state'], value: 3 }],
    ['sensor_fault', { fault: 'bad-quality', tags: ['encoder_m'] }],
    ['bar_skewed', { fault: 'stuck', tags: ['bar_gear_mm'], value: 0.5 }],
    ['foil_tension', { fault: 'stuck', tags: ['foil_tension_n'], value: 20 }],
    ['slurry_temperature', { fault: 'stuck', tags: ['slurry_temperature_c'], value: 40 }],
    ['dryer_zone_1_temperature', { fault: 'stuck', tags: ['dryer_zone_1_temperature_c'], value: 120 }],
    ['dryer_zone_2_temperature', { fault: 'stuck', tags: ['dryer_zone_2_temperature_c'], value: 60 }],
    ['dryer_zone_3_temperature', { fault: 'stuck', tags: ['dryer_zone_3_temperature_c'], value: 100 }],
    ['dryer_zone_4_temperature', { fault: 'stuck', tags: ['dryer_zone_4_temperature_c'], value: 20 }],
  ])('%s comes with its cause and goes with it', (name, fault) => {
    expect(withFault({ ...fault, at_s: 100, for_s: 20 })).toEqual([`100 ${name} on`, `120 ${name} off`]);
  });

  test('none is left out above, and each has a severity that OPC UA knows', () => {
    expect(coaterAlarms).toHaveLength(9);
    for (const { severity } of coaterAlarms) {
      expect(severity).toBeGreaterThanOrEqual(1);
      expect(severity).toBeLessThanOrEqual(1000);
    }
  });

  test('a value that trembles about its limit rings once', () => {
    const watch = alarmWatch();
    const rings = [75.5, 74.5, 75.2, 74, 75.1, 71].flatMap((foil_tension_n) =>
      watch({ held: { foil_tension_n }, bad: [] }).map(({ active }) => active),
    );
    expect(rings).toEqual([true, false]);
  });
});
