import type { Random } from '../../src/core/random.ts';
import type { LineParameters } from '../physics/parameters.ts';
import type { Scenario, ScenarioRun } from './schema.ts';

/** A stretch of one setting of the coater, in whole seconds since the start. */
export interface Segment {
  readonly from_s: number;
  readonly to_s: number;
  readonly mode: 'coating' | 'running' | 'stopped';
  /** Index into the schedule's runs, or -1 between them. */
  readonly run: number;
  readonly bar_mm: number;
  readonly rollRatio_percent: number;
  readonly webSpeed_m_min: number;
  readonly patch?: { readonly coat_m: number; readonly skip_m: number };
}

export interface ScheduledRun {
  readonly run: number;
  /** Bar × ratio as it is set (µm). */
  readonly gap_um: number;
  readonly rollRatio_percent: number;
  readonly webSpeed_m_min: number;
  readonly from_s: number;
  readonly to_s: number;
  /** Where the scenario fixes it. */
  readonly level_mg_cm2: number | undefined;
}

export interface Schedule {
  readonly runs: readonly ScheduledRun[];
  readonly segments: readonly Segment[];
  readonly end_s: number;
}

/** Lays the scenario's runs out in time. `random` draws ranges and the order, where the scenario asks for it. */
export function layOut(scenario: Scenario, line: LineParameters, random: Random): Schedule {
  const { defaults } = scenario;
  const draw = (value: number | [number, number]) =>
    Math.round(typeof value === 'number' ? value : value[0] + (value[1] - value[0]) * random.uniform());

  const runs: ScheduledRun[] = [];
  const segments: Segment[] = [];
  let now_s = 0;
  let ratio = defaults.roll_ratio_percent;
  const idle = (mode: 'running' | 'stopped', for_s: number) => {
    if (for_s <= 0) return;
    const webSpeed_m_min = mode === 'running' ? scenario.coater.standby_speed_m_min : 0;
    segments.push({
      from_s: now_s,
      to_s: now_s + for_s,
      mode,
      run: -1,
      bar_mm: 0,
      rollRatio_percent: ratio,
      webSpeed_m_min,
    });
    now_s += for_s;
  };

  idle('running', scenario.lead_s);
  for (const wanted of orderOfRuns(scenario, random)) {
    ratio = wanted.roll_ratio_percent ?? defaults.roll_ratio_percent;
    // The bar is set in whole µm, so a gap at a ratio of 130 % may differ from the wanted one by half of 1.3 µm.
    const bar_um = Math.round(
      wanted.bar_mm === undefined ? ((wanted.gap_um as number) * 100) / ratio : wanted.bar_mm * 1000,
    );
    const bar_mm = bar_um / 1000;
    const webSpeed_m_min = wanted.web_speed_m_min ?? defaults.web_speed_m_min;
    const run = runs.length;
    const from_s = now_s;
    const to_s = from_s + draw(wanted.duration_s ?? defaults.duration_s);
    const patch = wanted.patch ? { patch: wanted.patch } : {};
    const coat = (until_s: number, moving: boolean) => {
      if (until_s <= now_s) return;
      segments.push({
        from_s: now_s,
        to_s: until_s,
        mode: moving ? 'coating' : 'stopped',
        run,
        bar_mm,
        rollRatio_percent: ratio,
        webSpeed_m_min: moving ? webSpeed_m_min : 0,
        ...patch,
      });
      now_s = until_s;
    };
    for (const stop of [...wanted.stops].sort((a, b) => a.at_s - b.at_s)) {
      coat(Math.min(to_s, from_s + Math.round(stop.at_s)), true);
      coat(Math.min(to_s, from_s + Math.round(stop.at_s + stop.for_s)), false);
    }
    coat(to_s, true);
    runs.push({
      run,
      gap_um: (bar_um * ratio) / 100,
      rollRatio_percent: ratio,
      webSpeed_m_min,
      from_s,
      to_s,
      level_mg_cm2: wanted.level_mg_cm2,
    });
    idle(wanted.downtime_web ?? defaults.downtime_web, draw(wanted.downtime_s ?? defaults.downtime_s));
  }
  idle('running', Math.round(scenario.tail_s ?? drainTime_s(scenario, line)));
  return { runs, segments, end_s: now_s };
}

/** The coater's setting at each second, asked for in ascending order. */
export function settingsOf(schedule: Schedule, scenario: Scenario): (second: number) => Segment {
  const recorded = [...scenario.coater.web_speeds].sort((a, b) => a[0] - b[0]);
  let segment = 0;
  let speed = -1;
  return (second) => {
    while (second >= (schedule.segments[segment]?.to_s ?? Number.POSITIVE_INFINITY)) segment++;
    while (second >= (recorded[speed + 1]?.[0] ?? Number.POSITIVE_INFINITY)) speed++;
    const set = schedule.segments[Math.min(segment, schedule.segments.length - 1)] as Segment;
    const webSpeed_m_min = recorded[speed]?.[1];
    return webSpeed_m_min === undefined ? set : { ...set, webSpeed_m_min };
  };
}

function orderOfRuns(scenario: Scenario, random: Random): ScenarioRun[] {
  const once = scenario.runs.flatMap((run) => Array.from({ length: run.repeat }, () => run));
  const all = Array.from({ length: scenario.cycles }, () => once).flat();
  if (!scenario.shuffle) return all;
  for (let i = all.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    const held = all[i] as ScenarioRun;
    all[i] = all[j] as ScenarioRun;
    all[j] = held;
  }
  return all;
}

/** Time for the last film to pass the gauge at standby speed, and a minute more. */
const drainTime_s = (scenario: Scenario, line: LineParameters) =>
  60 + (60 * line.web_length_m) / Math.max(0.1, scenario.coater.standby_speed_m_min);
