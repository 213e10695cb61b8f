import { BadInputError } from '../../src/core/errors.ts';
import type { Observation } from '../../src/core/observation.ts';
import type { Advice, LabGroup, LineRun, Prediction } from '../../src/core/prediction.ts';
import { type Random, seededRandom } from '../../src/core/random.ts';
import type { AbstractionReport, PredictionReport, Report } from '../../src/core/report.ts';
import type { LineAdvisor, LineDirectory } from '../../src/http/ports.ts';

/**
 * A coating line that never was, for looking at the page: it steps through runs at different gaps and reports what
 * an agent would, with a small Bayesian line through runs and lab as its model. The same seed gives the same
 * reports. It stands in for the agent only where the page and the server are tested, never for the product.
 */
export interface FakeLine {
  readonly directory: LineDirectory;
  readonly advisor: LineAdvisor;
  /** The reports of the next 8 s. */
  step(): Report[];
}

const scan_ms = 8_000;
const webDelay_scans = 12;
const locations = 800;
const plan_um = [150, 110, 170, 135, 182, 122, 160, 143, 205, 108];

/** Figures of Cunha et al. (2020), 96 % active material: gap, n, mean, sd. */
const lab: LabGroup[] = [
  [50, 40, 7.702, 0.791],
  [75, 8, 10.625, 0.601],
  [100, 8, 15.288, 0.215],
  [200, 48, 26.966, 1.283],
  [300, 56, 39.614, 2.907],
  [400, 48, 49.852, 2.852],
].map(([gap_um, n, mean_mg_cm2, sd_mg_cm2]) => ({
  table: 'lrcs',
  slurry: { am_percent: 96 },
  gap_um: gap_um!,
  n: n!,
  mean_mg_cm2: mean_mg_cm2!,
  sd_mg_cm2: sd_mg_cm2!,
}));

interface Segment {
  readonly run: number | undefined;
  readonly gap_um: number;
  readonly offset_mg_cm2: number;
  readonly from: number;
  readonly until: number;
}

export function fakeLine(seed: number, line = 'coater-1', start_ms = Date.UTC(2026, 4, 11, 6, 0)): FakeLine {
  const random = seededRandom(seed);
  const noise = random.fork('noise');
  const segments: Segment[] = planSegments(random.fork('plan'));
  const runs = new Map<number, LineRun>();
  const levels = new Map<number, number[]>();
  const before = new Map<number, Prediction>();
  let step = 0;
  let versions = 0;
  let deadLetters = 0;

  const segmentAt = (at: number) => segments.find((segment) => at >= segment.from && at < segment.until)!;
  const evidence = () => [...runs.values()];
  const version = () => `h${evidence().reduce((sum, run) => sum + run.scans, 0)}`;

  const advisor: LineAdvisor = {
    predict: (_line, gaps_um) => ({
      version: version(),
      answer: gaps_um.map((gap) => ({
        ...predict(evidence(), gap),
        labBins: [0.02, 0.11, 0.52, 0.3, 0.05],
        carriedBy: [
          { source: 'line', name: line, gap_um: 150, n: 3, weight: 0.41 },
          { source: 'lab', name: 'lrcs', gap_um: 200, n: 48, weight: 0.18 },
        ],
      })),
    }),
    advise: (_line, wanted, tolerance) => ({
      version: version(),
      answer: advise(evidence(), wanted, tolerance),
    }),
    nextGap: (_line, at_um) => {
      const { sd_mg_cm2 } = predict(evidence(), at_um);
      const gap_um = 5 * Math.round(at_um / 5);
      return {
        version: version(),
        answer: { gap_um, sdNow_mg_cm2: sd_mg_cm2 / 2, sdAfter_mg_cm2: sd_mg_cm2 / 3, worthwhile: true },
      };
    },
  };

  function next(): Report[] {
    const reports: Report[] = [];
    const time_ms = start_ms + step * scan_ms;
    const head = segmentAt(step);
    const web = segmentAt(Math.max(0, step - webDelay_scans));
    if (step === 0) reports.push(...greeting(line, time_ms));

    for (let second = 1; second <= 8; second++) {
      const operator_um = head.gap_um + noise.normal() * 0.12;
      const gear_um = head.gap_um + 0.6 + noise.normal() * 0.12;
      const gap_um = (operator_um + gear_um) / 2;
      reports.push({ kind: 'gap', line, time_ms: time_ms + second * 1000, gap_um, operator_um, gear_um });
    }
    if (head.run !== undefined && step === head.from) {
      const run = { line, run: head.run, gap_um: head.gap_um, start_ms: time_ms };
      reports.push({ kind: 'run', run });
      before.set(head.run, predict(evidence(), head.gap_um));
    }
    if (head.run !== undefined && step === head.until - 1) {
      const from_ms = start_ms + head.from * scan_ms;
      const run = { line, run: head.run, gap_um: head.gap_um, start_ms: from_ms, end_ms: time_ms + scan_ms };
      reports.push({ kind: 'run', run });
    }
    reports.push(...scanReports(web, time_ms + scan_ms));
    step++;
    return reports;
  }

  function scanReports(web: Segment, time_ms: number): Report[] {
    const id = { line, gauge: 'after-dryer', scan: step, time_ms };
    const since = step - webDelay_scans - web.from;
    const settling = web.run !== undefined && since < 5;
    const level =
      web.run === undefined
        ? 0
        : truth(web.gap_um) + web.offset_mg_cm2 - (settling ? 2.5 * Math.exp(-since / 1.8) : 0);
    const loading_mg_cm2 = profile(level, web.run ?? 0, step, noise);
    const startedAt = step % 2 === 0 ? 'operator' : 'gear';
    const out: Report[] = [{ kind: 'profile', ...id, startedAt, loading_mg_cm2 }];
    if (web.run === undefined) return [...out, dropped(id, 'not-coated', 'mean 0.0 mg/cm²')];
    if (settling) return [...out, dropped(id, 'settling', `${since * 8} s after the gap change`)];
    if (step % 97 === 0) {
      deadLetters++;
      const detail = '799 values where 800 are configured';
      const where = 'plant/gauge/scan';
      const letter = { source: 'mqtt', line, where, reason: 'wrong-length', detail, time_ms } as const;
      out.push({ kind: 'dead-letter', ...letter, count: deadLetters });
    }

    const lanes_mg_cm2 = [0, 1].map((lane) => robustMean(loading_mg_cm2, 352 + 50 * lane));
    const mean_mg_cm2 = (lanes_mg_cm2[0]! + lanes_mg_cm2[1]!) / 2;
    const observation: Observation = {
      kind: 'observation',
      ...id,
      run: web.run,
      gap_um: web.gap_um,
      lanes_mg_cm2,
      mean_mg_cm2,
      crossWeb2Sigma_mg_cm2: 0.3 + 0.05 * Math.abs(noise.normal()),
      head_ms: time_ms - webDelay_scans * scan_ms,
      confidence: 0.97,
      aggregated: false,
    };
    learn(observation);
    const forecast = before.get(web.run);
    if (forecast && levels.get(web.run)!.length === 1)
      out.push({ kind: 'forecast', line, time_ms, run: web.run, prediction: forecast, version: version() });
    out.push(observation, predictionReport(web, time_ms));
    if (levels.get(web.run)!.length === 3) out.push(abstractionReport(time_ms));
    return out;
  }

  function learn(observation: Observation): void {
    const seen = levels.get(observation.run) ?? [];
    seen.push(observation.mean_mg_cm2);
    levels.set(observation.run, seen);
    const sorted = [...seen].sort((a, b) => a - b);
    const level_mg_cm2 = sorted[Math.floor(sorted.length / 2)]!;
    const start = segments.find((segment) => segment.run === observation.run)!.from;
    runs.set(observation.run, {
      line,
      run: observation.run,
      gap_um: observation.gap_um,
      scans: seen.length,
      level_mg_cm2,
      spread_mg_cm2: seen.length < 2 ? Number.NaN : 0.18,
      lanes_mg_cm2: observation.lanes_mg_cm2,
      start_ms: start_ms + start * scan_ms,
    });
  }

  function predictionReport(web: Segment, time_ms: number): PredictionReport {
    const gaps = Array.from({ length: 75 }, (_, i) => 40 + i * 5);
    return {
      kind: 'prediction',
      line,
      time_ms,
      version: version(),
      curve: gaps.map((gap) => predict(evidence(), gap)),
      current: {
        run: web.run!,
        before: before.get(web.run!) ?? predict([], web.gap_um),
        now: narrowed(predict(evidence(), web.gap_um), runs.get(web.run!)!),
      },
    };
  }

  function abstractionReport(time_ms: number): AbstractionReport {
    versions++;
    const wobble = 0.03 * Math.abs(random.normal());
    const errors = [0.21, 0.427, 0.315, 0.284, 0.362, 0.19].map((error) => error + wobble * error);
    return {
      kind: 'abstraction',
      line,
      time_ms,
      version: versions,
      reason:
        versions === 1
          ? 'first map with data at every lab gap'
          : `run at a new gap: error fell by ${wobble.toFixed(3)}`,
      solver: 'exact',
      error: Math.max(...errors),
      lowerBound: Math.max(...errors),
      errors,
      lineGaps_um: [75, 110, 150, 170, 180, 200],
      labGaps_um: [75, 100, 200],
      alphaGap: [0, 0, 1, 1, 1, 2],
      alphaLoading: { '2,0': 3, '2,2': 1, '3,0': 2, '3,2': 2, '3,3': 2, '3,4': 2, '4,3': 2, '4,4': 4 },
      edges_mg_cm2: [4.797, 9.872, 14.847, 19.822, 24.797, 29.872],
      ties: 10,
      observations: [...levels.values()].reduce((sum, seen) => sum + seen.length, 0),
    };
  }

  return {
    directory: {
      lines: () => [line],
      describe: (name) =>
        name === line
          ? {
              title: 'Coater 1',
              lab,
              runs: evidence(),
              target_mg_cm2: 20,
              tolerance_mg_cm2: 6,
            }
          : undefined,
    },
    advisor,
    step: next,
  };
}

/** Runs of 6 to 13 minutes with a short stop between most of them. */
function planSegments(random: Random): Segment[] {
  const segments: Segment[] = [];
  let from = 0;
  for (let run = 1; run <= 2_000; run++) {
    const gap_um = plan_um[(run - 1) % plan_um.length]!;
    const offset_mg_cm2 = random.normal() * 0.45;
    const stop = run % 3 === 0 ? 0 : 6 + random.integer(8);
    segments.push({ run: undefined, gap_um: 5, offset_mg_cm2: 0, from, until: from + stop });
    from += stop;
    const length = 45 + random.integer(55);
    segments.push({ run, gap_um, offset_mg_cm2, from, until: from + length });
    from += length;
  }
  return segments;
}

const truth = (gap_um: number) => 0.6 + 0.1315 * gap_um;

function profile(level: number, run: number, step: number, random: Random): Float64Array {
  return Float64Array.from({ length: locations }, (_, i) => {
    const x = i / (locations - 1);
    if (level === 0 || x < 0.045 || x > 0.955) return 0.02 + 0.02 * random.normal();
    const toEdge = Math.min(x - 0.045, 0.955 - x);
    const bead = 1.1 * Math.exp(-toEdge / 0.008) - 1.6 * Math.exp(-toEdge / 0.003);
    const wave = 0.22 * Math.sin(7 * x + run) + 0.16 * Math.sin(19 * x + step / 40) + 0.5 * (x - 0.5);
    const streak = run % 2 === 0 && Math.abs(x - 0.64) < 0.006 ? -1.4 : 0;
    if (run % 4 === 1 && Math.abs(x - 0.3) < 0.002) return Number.NaN;
    return level + bead + wave + streak + 0.14 * random.normal();
  });
}

function robustMean(values: Float64Array, from: number): number {
  const lane = [...values.slice(from, from + 50)].filter(Number.isFinite);
  return lane.reduce((sum, value) => sum + value, 0) / lane.length;
}

/** Bayesian straight line (prior from the lab's figures, run-to-run sd 0.55 mg/cm²), in closed form. */
function predict(runs: readonly LineRun[], gap_um: number): Prediction {
  const runSd = 0.55;
  // Precision and precision-weighted mean of intercept at 150 µm and slope.
  let [p00, p01, p11] = [1 / 1.4 ** 2, 0, 1 / 0.018 ** 2];
  let [b0, b1] = [p00 * 20.1, p11 * 0.127];
  for (const run of runs) {
    const x = run.gap_um - 150;
    p00 += 1 / runSd ** 2;
    p01 += x / runSd ** 2;
    p11 += x ** 2 / runSd ** 2;
    b0 += run.level_mg_cm2 / runSd ** 2;
    b1 += (x * run.level_mg_cm2) / runSd ** 2;
  }
  const determinant = p00 * p11 - p01 ** 2;
  const intercept = (p11 * b0 - p01 * b1) / determinant;
  const slope = (p00 * b1 - p01 * b0) / determinant;
  const x = gap_um - 150;
  const variance = (p11 - 2 * p01 * x + p00 * x ** 2) / determinant;
  const gaps = runs.map((run) => run.gap_um);
  const distance = Math.min(...gaps.map((gap) => Math.abs(gap - gap_um)));
  const beyond = Math.max(0, gap_um - Math.max(...gaps), Math.min(...gaps) - gap_um);
  return distribution(
    gap_um,
    intercept + slope * x,
    Math.sqrt(variance + runSd ** 2 + (0.012 * Math.min(beyond, 200)) ** 2),
    distance,
    beyond > 0 ? 'outside' : distance < 1 ? 'none' : 'within',
  );
}

function distribution(
  gap_um: number,
  mean_mg_cm2: number,
  sd_mg_cm2: number,
  distanceToLine_um: number,
  extrapolation: Prediction['extrapolation'],
): Prediction {
  const within = (z: number) => [mean_mg_cm2 - z * sd_mg_cm2, mean_mg_cm2 + z * sd_mg_cm2] as const;
  return {
    gap_um,
    mean_mg_cm2,
    sd_mg_cm2,
    interval50_mg_cm2: within(0.67449),
    interval90_mg_cm2: within(1.64485),
    interval95_mg_cm2: within(1.95996),
    lanes: [-0.06, 0.06].map((shift) => ({
      mean_mg_cm2: mean_mg_cm2 + shift,
      interval90_mg_cm2: [within(1.64485)[0] + shift, within(1.64485)[1] + shift],
    })),
    distanceToLine_um,
    extrapolation,
  };
}

function narrowed(prior: Prediction, run: LineRun): Prediction {
  const own = 0.2 ** 2 / run.scans + 0.05 ** 2;
  const variance = prior.sd_mg_cm2 ** 2;
  const mean = (prior.mean_mg_cm2 * own + run.level_mg_cm2 * variance) / (own + variance);
  const sd = Math.sqrt((own * variance) / (own + variance));
  return distribution(prior.gap_um, mean, sd, prior.distanceToLine_um, prior.extrapolation);
}

function advise(runs: readonly LineRun[], wanted_mg_cm2: number, tolerance?: number): Advice {
  if (wanted_mg_cm2 > 60)
    throw new BadInputError('no gap gives so heavy a coating', { where: 'query.loading' });
  let [low, high] = [20, 500];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (predict(runs, middle).mean_mg_cm2 < wanted_mg_cm2) low = middle;
    else high = middle;
  }
  const { sd_mg_cm2, extrapolation } = predict(runs, low);
  const half_um = (1.64485 * sd_mg_cm2) / 0.13;
  const z = (tolerance ?? Number.NaN) / sd_mg_cm2;
  return {
    wanted_mg_cm2,
    tolerance_mg_cm2: tolerance,
    reachable: true,
    gap_um: low,
    interval90_um: [low - half_um, low + half_um],
    // Logistic approximation to the normal distribution; good to 0.01, and NaN stays NaN.
    inTolerance: 2 / (1 + Math.exp(-1.702 * z)) - 1,
    extrapolation,
    remarks: extrapolation === 'outside' ? ['The line has never run near this gap.'] : [],
  };
}

type ScanId = { line: string; gauge: string; scan: number; time_ms: number };

const dropped = (id: ScanId, reason: 'not-coated' | 'settling', detail: string): Report => ({
  kind: 'dropped',
  ...id,
  reason,
  detail,
});

const greeting = (line: string, time_ms: number): Report[] => [
  {
    kind: 'adapter',
    line,
    adapter: 'opcua',
    time_ms,
    state: 'connected',
    detail: 'opc.tcp://127.0.0.1:4840, 17 tags',
  },
  { kind: 'adapter', line, adapter: 'mqtt', time_ms, state: 'connected', detail: 'mqtt://127.0.0.1:1883' },
  {
    kind: 'adapter',
    line,
    adapter: 'influx',
    time_ms,
    state: 'degraded',
    detail: '412 points wait on the disk',
  },
];
