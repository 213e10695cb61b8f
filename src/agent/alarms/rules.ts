import type { AlarmsConfig } from '../../config/alarms.ts';
import type { AlarmRule } from './entry.ts';

const SECOND_MS = 1000;

type Rules = Omit<AlarmsConfig, 'judged_after_scans'>;
type Key = keyof Rules;

/** Alarms that follow from a line's messages: journaled, in event time. */
const process = [
  'prediction_drift',
  'coverage_low',
  'abstraction_error',
  'loading_out_of_tolerance',
  'gauge_zero',
  'gauge_frozen',
  'clock_jump',
  'no_scans',
  'source_stale',
] as const satisfies readonly Key[];

/** Alarms about the agent's own surroundings: in real time, kept in memory. */
const system = ['adapter_disconnected', 'spool_filling', 'store_refusing'] as const satisfies readonly Key[];

export const processRules = (config: AlarmsConfig): ReadonlyMap<string, AlarmRule> =>
  rulesOf(config, process);

export const systemRules = (config: AlarmsConfig): ReadonlyMap<string, AlarmRule> => rulesOf(config, system);

/** `prediction_drift` in a configuration is `prediction-drift` for people. */
export const alarmName = (key: Key): string => key.replaceAll('_', '-');

function rulesOf(config: AlarmsConfig, keys: readonly Key[]): ReadonlyMap<string, AlarmRule> {
  const enabled = keys.filter((key) => config[key].enabled);
  return new Map(
    enabled.map((key) => {
      const { priority, on_delay_s, off_delay_s } = config[key];
      const rule = { priority, on_delay_ms: on_delay_s * SECOND_MS, off_delay_ms: off_delay_s * SECOND_MS };
      return [alarmName(key), rule];
    }),
  );
}
