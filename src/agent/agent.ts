import { merge, type Observable } from 'rxjs';
import type { AlarmAction, AlarmReport } from '../core/alarm.ts';
import { BadInputError, GapwiseError, messageOf } from '../core/errors.ts';
import type { Figure } from '../core/figure.ts';
import type { Logger } from '../core/logger.ts';
import type { Advice, Interval, LabGroup, LineRun } from '../core/prediction.ts';
import type { Report } from '../core/report.ts';
import type { Dispatch } from '../core/report-id.ts';
import type { AdapterStatus } from '../core/source.ts';
import { advise } from '../predict/advice/advise.ts';
import { type NextGap, nextGapWorthRunning } from '../predict/advice/next-gap.ts';
import type { ExplainedPrediction } from '../predict/explained.ts';
import { checkGap } from '../predict/gap-range.ts';
import { hasCurve } from '../predict/predictor.ts';
import type { ProcessAlarmSettings } from './alarms/process-alarms.ts';
import type { LineAgent } from './line-agent.ts';
import { AdapterStopsAgent } from './supervisor.ts';

export interface AgentLine {
  readonly agent: LineAgent;
  readonly lab: readonly LabGroup[];
  /** What the line is to make (mg/cm²), and half the width of what is still good. */
  readonly target_mg_cm2?: number | undefined;
  readonly tolerance_mg_cm2?: number | undefined;
}

/** How the agent fares as a whole. */
export interface AgentHealth {
  /** Every line that could be restored takes messages. */
  readonly ready: boolean;
  /** Sentences for people; empty where nothing is amiss. The state of adapters is told by their own reports. */
  readonly troubles: readonly string[];
}

/** Several lines in one process, none of which feels another's trouble; and what is asked of them. */
export class Agent {
  readonly #lines: Map<string, AgentLine>;
  readonly #log: Logger;
  readonly #broken = new Map<string, string>();
  #started = false;
  readonly reports: Observable<Report>;
  /** The reports with their ids, for sinks. */
  readonly dispatches: Observable<Dispatch<Report>>;

  constructor(lines: readonly AgentLine[], log: Logger) {
    this.#lines = new Map(lines.map((line) => [line.agent.line, line]));
    this.#log = log;
    this.reports = merge(...lines.map(({ agent }) => agent.reports));
    this.dispatches = merge(...lines.map(({ agent }) => agent.dispatches));
  }

  lines(): readonly string[] {
    return [...this.#lines.keys()];
  }

  line(name: string): LineAgent {
    return this.#line(name).agent;
  }

  describe(name: string):
    | (Omit<AgentLine, 'agent'> & {
        readonly runs: readonly LineRun[];
        readonly gapRange_um: Interval;
      })
    | undefined {
    const line = this.#lines.get(name);
    if (!line) return undefined;
    const { agent, ...rest } = line;
    const { runs, gapRange_um } = agent.learner.forecaster;
    return { ...rest, gapRange_um, runs: runs.map(({ measured }) => measured) };
  }

  /** @throws BadInputError for a line that does not exist or a gap that can't be set on it. */
  predict(
    name: string,
    gaps_um: readonly number[],
  ): { version: string; answer: readonly ExplainedPrediction[] } {
    const { learner } = this.#line(name).agent;
    return {
      version: learner.version,
      answer: learner.forecaster.explain(gaps_um, learner.abstraction.current),
    };
  }

  /** @throws BadInputError for a line that does not exist or a loading that no gap gives. */
  advise(
    name: string,
    wanted_mg_cm2: number,
    tolerance_mg_cm2?: number,
  ): { version: string; answer: Advice } {
    const line = this.#line(name);
    const { learner } = line.agent;
    const tolerance = tolerance_mg_cm2 ?? line.tolerance_mg_cm2;
    return {
      version: learner.version,
      answer: advise(learner.forecaster.model, {
        wanted_mg_cm2,
        ...(tolerance !== undefined && { tolerance_mg_cm2: tolerance }),
        line: name,
        slurry: learner.forecaster.slurry,
        range_um: learner.forecaster.gapRange_um,
      }),
    };
  }

  /**
   * The gap worth running next so as to know the loading at `at_um` better, of those between the gaps that lab or
   * line have coated; `undefined` where the line's model can't tell.
   *
   * @throws BadInputError for a line that does not exist or a gap that can't be set on it.
   */
  nextGap(name: string, at_um: number): { version: string; answer: NextGap | undefined } {
    const { agent, lab } = this.#line(name);
    const { model, runs, slurry, gapRange_um } = agent.learner.forecaster;
    checkGap(at_um, gapRange_um, 'at');
    const gaps = [...lab.map(({ gap_um }) => gap_um), ...runs.map(({ measured }) => measured.gap_um)];
    const [lowest, highest] = gapRange_um;
    const candidates_um = roundGaps(
      Math.max(lowest, Math.min(...gaps)),
      Math.min(highest, Math.max(...gaps)),
    );
    const answer =
      hasCurve(model) && candidates_um.length > 0
        ? nextGapWorthRunning(model, { at_um, candidates_um, line: name, slurry })
        : undefined;
    return { version: agent.learner.version, answer };
  }

  /** Those alarms of a line that are not normal. @throws BadInputError for a line that does not exist. */
  alarms(name: string): readonly AlarmReport[] {
    return this.#line(name).agent.alarms();
  }

  /** See {@link LineAgent.act}. @throws BadInputError also for a line that does not exist. */
  async act(action: AlarmAction): Promise<AlarmReport> {
    return this.#line(action.line).agent.act(action);
  }

  /** Has every line tell the state of a sink that serves them all. */
  watch(adapter: string, status: Observable<AdapterStatus>): void {
    for (const { agent } of this.#lines.values()) agent.watch(adapter, status);
  }

  /** See {@link LineAgent.noteSpool}. */
  noteSpool(sink: string, share: number): void {
    for (const { agent } of this.#lines.values()) agent.noteSpool(sink, share);
  }

  /** Other orders and alarm limits for a line from now on. @throws BadInputError for one that does not exist. */
  async apply(name: string, settings: ProcessAlarmSettings): Promise<void> {
    const line = this.#line(name);
    const { target_mg_cm2, tolerance_mg_cm2 } = settings;
    this.#lines.set(name, { ...line, target_mg_cm2, tolerance_mg_cm2 });
    await line.agent.apply(settings);
  }

  /** Of all lines. */
  *figures(): Iterable<Figure> {
    for (const { agent } of this.#lines.values()) yield* agent.figures();
  }

  health(): AgentHealth {
    const running = [...this.#lines].filter(([name]) => !this.#broken.has(name));
    return {
      ready: this.#started && running.every(([, { agent }]) => agent.ready),
      troubles: this.troubles(),
    };
  }

  /** What is amiss, in sentences. */
  troubles(): readonly string[] {
    const broken = [...this.#broken].map(([line, why]) => `${line} does not run: ${why}`);
    return [...broken, ...[...this.#lines.values()].flatMap(({ agent }) => agent.troubles())];
  }

  /**
   * A line that can't start is reported and left out; only when none can, the whole fails.
   *
   * @throws what a source threw without which the agent is not to run.
   */
  async start(): Promise<void> {
    const failures: unknown[] = [];
    for (const [name, { agent }] of this.#lines) {
      try {
        await agent.start();
      } catch (error) {
        if (error instanceof AdapterStopsAgent)
          throw error.cause instanceof GapwiseError ? error.cause : error;
        failures.push(error);
        this.#broken.set(name, messageOf(error));
        this.#log.error({ event: 'line-not-started', line: name }, messageOf(error));
      }
    }
    if (failures.length === this.#lines.size) throw failures[0];
    this.#started = true;
  }

  /** Every line by itself: one that fails to stop in good order leaves the others to do so. */
  async stop(): Promise<void> {
    this.#started = false;
    const stops = [...this.#lines].map(async ([name, { agent }]) => {
      try {
        await agent.stop();
      } catch (error) {
        this.#log.error({ event: 'line-not-stopped', line: name }, messageOf(error));
      }
    });
    await Promise.all(stops);
  }

  #line(name: string): AgentLine {
    const line = this.#lines.get(name);
    if (line) return line;
    throw new BadInputError(`there is no line "${name}"`, { allowed: this.lines().join(', ') });
  }
}

const CANDIDATE_STEP_UM = 5;

/** Gaps that are easily set: every 5 µm within the two ends. */
function roundGaps(low_um: number, high_um: number): number[] {
  const first = Math.ceil(low_um / CANDIDATE_STEP_UM);
  const count = Math.max(0, Math.floor(high_um / CANDIDATE_STEP_UM) - first + 1);
  return Array.from(
    { length: Number.isFinite(count) ? count : 0 },
    (_, i) => (first + i) * CANDIDATE_STEP_UM,
  );
}
