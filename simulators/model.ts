import { type Random, seededRandom } from '../src/core/random.ts';
import { type CoaterState, createCoater } from './coater/machine.ts';
import type { Emission, MachineEmission } from './emission.ts';
import { withMessageFaults } from './faults/messages.ts';
import { withNetworkFaults } from './faults/network.ts';
import { clockWithJumps, physicalFaults } from './faults/physical.ts';
import { createGauge, type GaugeSetting } from './gauge/gauge.ts';
import { createHead } from './physics/head.ts';
import { type LineParameters, wmgLine } from './physics/parameters.ts';
import { drawLine, drawRunOffset, runLevel } from './physics/runs.ts';
import { layOut, type Schedule, type Segment, settingsOf } from './scenario/schedule.ts';
import type { Scenario } from './scenario/schema.ts';
import { deviceClock } from './transport/clock.ts';
import { createWeb } from './transport/web.ts';
import { createTruth, type LineTruth, type RunTruth, type ScanTruth } from './truth.ts';

/** One simulated line in one scenario: everything that it will send, in order, and the truth behind it. */
export interface LineModel {
  readonly line: string;
  readonly gauge: string;
  readonly parameters: LineParameters;
  readonly schedule: Schedule;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly truth: LineTruth;
  /** Each call starts the scenario anew; made as they are asked for, ascending in their due time. */
  emissions(): Iterable<Emission>;
}

const STEP_MS = 1000;
/** A head counts as settled after so many of its time constants: e^-5 is 0.15 mg/cm² of 22. */
const SETTLED_TIME_CONSTANTS = 5;

/** @param line takes the place of the scenario's own name for the line, for many lines of one scenario. */
export function createModel(scenario: Scenario, seed: number, line: string = scenario.line): LineModel {
  const random = seededRandom(seed);
  const start_ms = Date.parse(scenario.start);
  const drawn = scenario.draw_line ? drawLine(random.fork('line')) : wmgLine;
  const set = Object.entries(scenario.parameters).filter(([, value]) => value !== undefined);
  const parameters = { ...drawn, ...Object.fromEntries(set) } as LineParameters;
  const schedule = layOut(scenario, parameters, random.fork('schedule'));
  const scans = new Map<number, ScanTruth>();
  const runs = runTruths(schedule, parameters, random.fork('runs'), start_ms);
  const truth = createTruth(parameters, runs, scans, random.fork('truth'));
  const setting = { scenario, line, parameters, schedule, start_ms, runs, random };

  return {
    line,
    gauge: scenario.gauge.name,
    parameters,
    schedule,
    start_ms,
    end_ms: start_ms + schedule.end_s * 1000,
    truth,
    emissions: () =>
      withNetworkFaults(
        withMessageFaults(undisturbed(setting, scans), scenario.faults, start_ms, random.fork('faults')),
        scenario.faults,
        start_ms,
      ),
  };
}

function runTruths(
  schedule: Schedule,
  parameters: LineParameters,
  random: Random,
  start_ms: number,
): RunTruth[] {
  return schedule.runs.map((scheduled) => {
    const { run, gap_um, rollRatio_percent, webSpeed_m_min, from_s, to_s, level_mg_cm2 } = scheduled;
    const conditions = { rollRatio_percent, webSpeed_m_min };
    const expected_mg_cm2 = runLevel(parameters, gap_um, 0, conditions);
    const runOffset_mg_cm2 =
      level_mg_cm2 === undefined
        ? drawRunOffset(parameters, random.fork(`run ${run}`))
        : level_mg_cm2 - expected_mg_cm2;
    return {
      run,
      gap_um,
      rollRatio_percent,
      webSpeed_m_min,
      start_ms: start_ms + from_s * 1000,
      end_ms: start_ms + to_s * 1000,
      expected_mg_cm2,
      runOffset_mg_cm2,
      level_mg_cm2: Math.max(0, expected_mg_cm2 + runOffset_mg_cm2),
    };
  });
}

interface Setting extends GaugeSetting {
  readonly schedule: Schedule;
  readonly runs: readonly RunTruth[];
}

/** Second by second: the coater reports, the web moves on under head and gauge, the gauge measures. */
function* undisturbed(setting: Setting, scans: Map<number, ScanTruth>): Iterable<Emission> {
  const { scenario, line, parameters, schedule, start_ms, runs, random } = setting;
  const physical = physicalFaults(scenario.faults);
  const coaterClock = deviceClock(clockWithJumps(scenario.coater.clock, scenario.faults, 'coater'), start_ms);
  const coater = createCoater(parameters, random.fork('coater'));
  const head = createHead(parameters, random.fork('head'));
  const settings = settingsOf(schedule, scenario);
  const web = createWeb();
  const gauge = createGauge(setting, web.reader(), physical);
  const settling_s = SETTLED_TIME_CONSTANTS * parameters.head_time_constant_s;
  const bare = { level_mg_cm2: 0, tilt_mg_cm2: 0 };

  let state: CoaterState | undefined;
  let unsettled_s = -1;
  for (let second = 0; second < schedule.end_s; second++) {
    const due_ms = start_ms + second * STEP_MS;
    const segment = settings(second);
    const before = state;
    state = coater(segment);

    // The film of the second that has just ended, laid down under the settings it began with.
    if (before) {
      const changed = !before.settled || !before.coating || before.run !== state.run;
      if (changed) unsettled_s = second;
      const film = head(
        {
          ...before,
          gap_um: before.gap_um + physical.gapError_um(second),
          runOffset_mg_cm2: runs[before.run]?.runOffset_mg_cm2 ?? 0,
        },
        1,
      );
      const slurry = physical.slurryFactor(second);
      const skip = inSkip(segment, state.web_m);
      if (state.web_m > before.web_m) {
        web.append({
          level_mg_cm2: skip ? 0 : film.level_mg_cm2 * slurry,
          tilt_mg_cm2: skip ? 0 : film.tilt_mg_cm2 * slurry,
          web_m: state.web_m,
          run: film.level_mg_cm2 > 0 ? before.run : -1,
          steady: before.coating && before.run >= 0 && second - unsettled_s >= settling_s && !skip,
        });
      }
      const measured = gauge(second - 1, before.web_m, state.web_m);
      if (measured) {
        const { emission, traverse } = measured;
        scans.set(emission.scan.scan, {
          scan: emission.scan.scan,
          time_ms: emission.due_ms,
          run: traverse.run,
          gap_um: runs[traverse.run]?.gap_um ?? Number.NaN,
          steady: traverse.steady,
          level_mg_cm2: traverse.level_mg_cm2,
        });
        yield emission;
      }
    } else {
      web.append({ ...bare, web_m: 0, run: -1, steady: false });
    }
    yield {
      kind: 'machine',
      due_ms,
      sample: { kind: 'machine', line, time_ms: coaterClock(due_ms), values: state.values },
      held: state.values,
      status: 'bad',
    } satisfies MachineEmission;
  }
}

function inSkip(segment: Segment, web_m: number): boolean {
  const patch = segment.patch;
  return patch !== undefined && web_m % (patch.coat_m + patch.skip_m) > patch.coat_m;
}
