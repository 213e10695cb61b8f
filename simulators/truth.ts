import type { Random } from '../src/core/random.ts';
import type { LineParameters } from './physics/parameters.ts';
import { drawRunOffset, runLevel } from './physics/runs.ts';

/** What a scan really saw. Never part of the data; compare with it afterwards. */
export interface ScanTruth {
  readonly gauge: string;
  readonly scan: number;
  /** End of the traverse in true time; the scan itself has the gauge's own clock. */
  readonly time_ms: number;
  /** The run that made the film under the gauge, index into `runs`; -1 where it is bare, or of two runs. */
  readonly run: number;
  /** Comma gap of that run (µm); NaN without one. */
  readonly gap_um: number;
  /** The gap as it truly was (µm), a fault of its calibration included; the mean over the film seen, NaN if none. */
  readonly trueGap_um: number;
  /** Every location lies on film of this one run, laid down after the head had settled. */
  readonly steady: boolean;
  /** Mean film (mg/cm²) that passed under the gauge, before the gauge's own errors. */
  readonly level_mg_cm2: number;
}

export interface RunTruth {
  /** Counts from 0, in order of time. */
  readonly run: number;
  readonly gap_um: number;
  readonly rollRatio_percent: number;
  readonly webSpeed_m_min: number;
  readonly start_ms: number;
  readonly end_ms: number;
  /** Level without the run's own offset (mg/cm²), fresh slurry. */
  readonly expected_mg_cm2: number;
  readonly runOffset_mg_cm2: number;
  /** Steady loading of the run (mg/cm²): expected plus offset. */
  readonly level_mg_cm2: number;
}

export interface LineTruth {
  readonly parameters: LineParameters;
  /** All runs of the scenario, those to come as well. */
  readonly runs: readonly RunTruth[];
  /** Mean loading (mg/cm²) over all runs that this line could ever make at a gap. */
  expectedAt(gap_um: number): number;
  /** Loading (mg/cm²) that the next run at a gap would have: expectation plus an offset drawn from the seed. */
  levelAt(gap_um: number): number;
  /** Undefined for a scan that hasn't been made yet; a number is one of the gauge behind the dryer. */
  truthOf(scan: number | { readonly scan: number; readonly gauge?: string }): ScanTruth | undefined;
  /** All scans made so far, lost ones as well, in the order in which they were made; from the given place on. */
  scans(from?: number): Iterable<ScanTruth>;
}

/** Takes down what each scan saw. A scan that is made once more, in another pass through the model, is the same. */
export class ScanBook {
  readonly #mainGauge: string;
  readonly #all: ScanTruth[] = [];
  readonly #places = new Map<string, number>();

  constructor(mainGauge: string) {
    this.#mainGauge = mainGauge;
  }

  add(truth: ScanTruth): void {
    const key = `${truth.gauge} ${truth.scan}`;
    const place = this.#places.get(key) ?? this.#all.length;
    this.#places.set(key, place);
    this.#all[place] = truth;
  }

  of(scan: number, gauge = this.#mainGauge): ScanTruth | undefined {
    return this.#all[this.#places.get(`${gauge} ${scan}`) ?? -1];
  }

  *from(place: number): Iterable<ScanTruth> {
    for (let i = place; i < this.#all.length; i++) yield this.#all[i] as ScanTruth;
  }
}

export function createTruth(
  parameters: LineParameters,
  runs: readonly RunTruth[],
  scans: ScanBook,
  random: Random,
): LineTruth {
  return {
    parameters,
    runs,
    expectedAt: (gap_um) => runLevel(parameters, gap_um),
    levelAt: (gap_um) =>
      runLevel(parameters, gap_um, drawRunOffset(parameters, random.fork(`next run at ${gap_um}`))),
    truthOf: (scan) => (typeof scan === 'number' ? scans.of(scan) : scans.of(scan.scan, scan.gauge)),
    scans: (from = 0) => scans.from(from),
  };
}
