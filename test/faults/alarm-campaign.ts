import { drawLine, simulateRuns } from '../../simulators/physics/runs.ts';
import { ProcessAlarms } from '../../src/agent/alarms/process-alarms.ts';
import { Forecaster } from '../../src/agent/forecaster.ts';
import { type AlarmsConfig, alarmsSchema } from '../../src/config/alarms.ts';
import { type Random, seededRandom } from '../../src/core/random.ts';
import { hierarchicalPredictor } from '../../src/predict/hierarchical/predictor.ts';
import { readLabTable } from '../../src/sources/tables/lab.ts';

/** What happens to a line from one of its runs on; the loading that it then has instead of the calm one. */
export type Upset = (level: { readonly calm_mg_cm2: number; readonly gap_um: number }) => number;

export interface DayPlan {
  readonly runs: number;
  readonly gaps_um: readonly number[];
  readonly scans: number;
  /** Run (from 1) at which the upset begins; the line has learnt from those before. */
  readonly upsetAt?: number;
  readonly upset?: Upset;
}

export interface DayResult {
  /** Alarm to the run at which it was first raised. */
  readonly raisedAt: ReadonlyMap<string, number>;
}

const lab = readLabTable('config/lab/lrcs-cunha-2020.csv').groups;
const predictor = hierarchicalPredictor();
const SCAN_MS = 8_000;
const DRAWN = ['prediction-drift', 'coverage-low'];

/**
 * A day of a line drawn from the simulator's prior, run by run and without its 800 locations: predicts, learns, and
 * lets the alarms look, as the agent does.
 */
export function alarmDay(
  seed: number,
  plan: DayPlan,
  config: AlarmsConfig = alarmsSchema.parse({}),
): DayResult {
  const random = seededRandom(seed);
  const line = drawLine(random.fork('line'));
  const schedule = order(plan, random.fork('order')).map((gap_um) => ({ gap_um, scans: plan.scans }));
  const forecaster = new Forecaster(predictor, {
    line: 'line-1',
    lab,
    slurry: { am_percent: 96 },
    curve_um: [],
  });
  const failed = (watch: string, why: string) => {
    throw new Error(`${watch}: ${why}`);
  };
  const alarms = new ProcessAlarms('line-1', { alarms: config }, failed);
  const raisedAt = new Map<string, number>();
  let time_ms = Date.UTC(2024, 2, 4, 6);
  for (const [i, { gap_um, scans_mg_cm2 }] of simulateRuns(line, schedule, random.fork('runs')).entries()) {
    const run = i + 1;
    for (const [j, calm_mg_cm2] of scans_mg_cm2.entries()) {
      const upset = plan.upset && run >= (plan.upsetAt ?? 1);
      const mean_mg_cm2 = upset ? (plan.upset as Upset)({ calm_mg_cm2, gap_um }) : calm_mg_cm2;
      forecaster.learn({
        kind: 'observation',
        line: 'line-1',
        gauge: 'gauge-1',
        scan: i * plan.scans + j,
        time_ms,
        run,
        gap_um,
        lanes_mg_cm2: [mean_mg_cm2],
        mean_mg_cm2,
        crossWeb2Sigma_mg_cm2: Number.NaN,
        head_ms: time_ms,
        confidence: 1,
        aggregated: false,
      });
      alarms.see({ kind: 'learnt', time_ms, run: forecaster.run(run)! });
      for (const { alarm, active } of alarms.settle(time_ms)) {
        if (active && !raisedAt.has(alarm)) raisedAt.set(alarm, run);
      }
      time_ms += SCAN_MS;
    }
  }
  return { raisedAt };
}

function order({ runs, gaps_um }: DayPlan, random: Random): number[] {
  return Array.from({ length: runs }, () => gaps_um[random.integer(gaps_um.length)] as number);
}

export interface Figures {
  readonly days: number;
  readonly runs: number;
  /** Days on which it was raised at all (before the upset, where there is one), by alarm. */
  readonly false: Readonly<Record<string, number>>;
  /** Runs from the upset until one of the alarms was raised, ascending; Infinity where none was. */
  readonly delays: readonly number[];
}

/** So many days, each of another line. */
export function campaign(days: number, plan: DayPlan, firstSeed = 1, config?: AlarmsConfig): Figures {
  const wrong: Record<string, number> = {};
  const delays: number[] = [];
  for (let day = 0; day < days; day++) {
    const { raisedAt } = alarmDay(firstSeed + day, plan, config);
    const from = plan.upsetAt ?? Number.POSITIVE_INFINITY;
    for (const [alarm, run] of raisedAt) if (run < from) wrong[alarm] = (wrong[alarm] ?? 0) + 1;
    const right = DRAWN.map((alarm) => raisedAt.get(alarm) ?? Number.POSITIVE_INFINITY).filter(
      (run) => run >= from,
    );
    delays.push(Math.min(...right, Number.POSITIVE_INFINITY) - from + 1);
  }
  return { days, runs: days * plan.runs, false: wrong, delays: delays.sort((a, b) => a - b) };
}
