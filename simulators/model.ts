import { type Random, seededRandom } from '../src/core/random.ts';
import { courseOf } from './course.ts';
import type { Emission } from './emission.ts';
import { createFaultBoard } from './faults/board.ts';
import { withMessageFaults } from './faults/messages.ts';
import { withNetworkFaults } from './faults/network.ts';
import { type LineParameters, wmgLine } from './physics/parameters.ts';
import { drawLine, drawRunOffset, runLevel } from './physics/runs.ts';
import type { Fault } from './scenario/fault-schema.ts';
import { layOut, type Schedule } from './scenario/schedule.ts';
import type { Scenario } from './scenario/schema.ts';
import { createTruth, type LineTruth, type RunTruth, ScanBook } from './truth.ts';

/** One simulated line in one scenario: everything that it will send, in order, and the truth behind it. */
export interface LineModel {
  readonly line: string;
  /** The gauge behind the dryer. */
  readonly gauge: string;
  readonly parameters: LineParameters;
  readonly schedule: Schedule;
  readonly start_ms: number;
  readonly end_ms: number;
  readonly truth: LineTruth;
  /** Those of the scenario and those ordered since. */
  readonly faults: readonly Fault[];
  /**
   * A fault that begins with the first second that has not been computed yet, a second or two after the one sent last.
   *
   * @throws BadInputError naming what is wrong with it.
   */
  order(fault: unknown): Fault;
  /** Each call starts the scenario anew; made as they are asked for, ascending in their due time. */
  emissions(): Iterable<Emission>;
}

/** @param line takes the place of the scenario's own name for the line, for many lines of one scenario. */
export function createModel(scenario: Scenario, seed: number, line: string = scenario.line): LineModel {
  const random = seededRandom(seed);
  const start_ms = Date.parse(scenario.start);
  const drawn = scenario.draw_line ? drawLine(random.fork('line')) : wmgLine;
  const set = Object.entries(scenario.parameters).filter(([, value]) => value !== undefined);
  const parameters = { ...drawn, ...Object.fromEntries(set) } as LineParameters;
  const schedule = layOut(scenario, parameters, random.fork('schedule'));
  const scans = new ScanBook(scenario.gauge.name);
  const runs = runTruths(schedule, parameters, random.fork('runs'), start_ms);
  const truth = createTruth(parameters, runs, scans, random.fork('truth'));
  let computed_s = 0;
  const board = createFaultBoard(scenario.faults, () => computed_s);
  const { faults } = board;
  const setting = { scenario, line, parameters, schedule, start_ms, runs, faults, random };
  const began = (second: number) => {
    computed_s = second + 1;
  };

  return {
    line,
    gauge: scenario.gauge.name,
    parameters,
    schedule,
    start_ms,
    end_ms: start_ms + schedule.end_s * 1000,
    truth,
    faults,
    order: board.order,
    emissions: () =>
      withNetworkFaults(
        withMessageFaults(courseOf(setting, scans, began), faults, start_ms, random.fork('faults')),
        faults,
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
