import { labCoater } from '../../../simulators/physics/parameters.ts';
import { drawLine, runLevel, simulateRuns } from '../../../simulators/physics/runs.ts';
import type { LabGroup, LineRun } from '../../../src/core/prediction.ts';
import { type Random, seededRandom } from '../../../src/core/random.ts';
import { advise } from '../../../src/predict/advice/advise.ts';
import { hierarchicalPredictor } from '../../../src/predict/hierarchical/predictor.ts';
import { lineRunOf, type RunFigures, runFigures } from '../../../src/predict/runs.ts';

/** How often the truth lay inside a 90 % interval, and how far off the centre was. */
export interface Tally {
  readonly coverage: number;
  readonly rmse: number;
  readonly n: number;
}

export interface Coverage {
  readonly all: Tally;
  readonly repeated: Tally;
  readonly between: Tally;
  readonly extrapolated: Tally;
  /** The gap whose long-run mean is the wanted loading (µm). */
  readonly advice: Tally;
}

const ASKED_UM = [60, 80, 100, 110, 120, 130, 140, 150, 160, 180, 200, 220, 260, 300];
const WANTED_AT_UM = [90, 130, 170, 210];

/**
 * Lines drawn from the simulator's prior. Each runs 4 to 23 times at 3 to 5 gaps between 100 and 190 µm; a lab has
 * coated five slurries at six gaps. Then the next run at gaps run and never run is predicted, and advice asked.
 */
export function coverageOverLines(lines: number, seed = 1): Coverage {
  const tallies = { none: tally(), within: tally(), outside: tally(), all: tally(), advice: tally() };
  for (let i = 0; i < lines; i++) {
    const random = seededRandom(seed).fork(`line ${i}`);
    const line = drawLine(random.fork('line'));
    const model = hierarchicalPredictor().fit({
      lab: labTable(random.fork('lab')),
      line: campaign(line, random.fork('plan'), random.fork('runs')),
    });
    const next = simulateRuns(
      line,
      ASKED_UM.map((gap_um) => ({ gap_um, scans: 20 })),
      random.fork('next'),
    );
    for (const { gap_um, level_mg_cm2 } of next) {
      const { mean_mg_cm2, interval90_mg_cm2, extrapolation } = model.predict({ gap_um });
      for (const counted of [tallies[extrapolation], tallies.all]) {
        counted.add(level_mg_cm2, mean_mg_cm2, interval90_mg_cm2);
      }
    }
    for (const gap_um of WANTED_AT_UM) {
      const advice = advise(model, { wanted_mg_cm2: runLevel(line, gap_um) });
      tallies.advice.add(gap_um, advice.gap_um, advice.interval90_um);
    }
  }
  return {
    all: tallies.all.result(),
    repeated: tallies.none.result(),
    between: tallies.within.result(),
    extrapolated: tallies.outside.result(),
    advice: tallies.advice.result(),
  };
}

function tally() {
  let [n, inside, squares] = [0, 0, 0];
  return {
    add(truth: number, centre: number, [low, high]: readonly [number, number]) {
      n++;
      if (truth >= low && truth <= high) inside++;
      squares += (truth - centre) ** 2;
    },
    result: (): Tally => ({ coverage: inside / n, rmse: Math.sqrt(squares / n), n }),
  };
}

function campaign(line: ReturnType<typeof drawLine>, plan: Random, runs: Random): LineRun[] {
  const gaps = Array.from({ length: 3 + plan.integer(3) }, () => 100 + 10 * plan.integer(10));
  const schedule = Array.from({ length: 4 + plan.integer(20) }, () => ({
    gap_um: gaps[plan.integer(gaps.length)] as number,
    scans: 3 + plan.integer(30),
  }));
  return simulateRuns(line, schedule, runs).map(({ gap_um, scans_mg_cm2 }, i) => {
    let figures: RunFigures | undefined;
    for (const mean_mg_cm2 of scans_mg_cm2) {
      figures = runFigures(figures, {
        line: 'simulated',
        run: i + 1,
        gap_um,
        mean_mg_cm2,
        lanes_mg_cm2: [mean_mg_cm2],
        head_ms: i * 1e6,
        aggregated: false,
      });
    }
    return lineRunOf(figures as RunFigures);
  });
}

const LAB_GAPS_UM = [50, 75, 100, 200, 300, 400];
const LAB_SOLIDS_PERCENT = [67, 68.5, 70, 71.5, 73];
/** Between series, and within one (mg/cm²), as LRCS has them at 200 µm. */
const SERIES_SD = 0.8;
const ROW_SD = 0.5;
const COATINGS = 8;

function labTable(random: Random): LabGroup[] {
  return LAB_SOLIDS_PERCENT.flatMap((solids) => {
    const coater = { ...labCoater, solids_fraction: solids / 100 };
    return LAB_GAPS_UM.map((gap_um): LabGroup => {
      const scatter = Math.sqrt(gap_um / 200);
      const mean = runLevel(coater, gap_um) + SERIES_SD * scatter * random.normal();
      return {
        table: 'simulated',
        gap_um,
        slurry: { am_percent: 96, solid_to_liquid_percent: solids },
        n: COATINGS,
        mean_mg_cm2: mean + (ROW_SD * scatter * random.normal()) / Math.sqrt(COATINGS),
        sd_mg_cm2: ROW_SD * scatter,
      };
    });
  });
}
