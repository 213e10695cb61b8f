import { merge, type Observable } from 'rxjs';
import { BadInputError, messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { Advice, LabGroup, LineRun, Prediction } from '../core/prediction.ts';
import type { Report } from '../core/report.ts';
import { advise } from '../predict/advice/advise.ts';
import { type NextGap, nextGapWorthRunning } from '../predict/advice/next-gap.ts';
import { hasCurve } from '../predict/predictor.ts';
import type { LineAgent } from './line-agent.ts';

export interface AgentLine {
  readonly agent: LineAgent;
  readonly lab: readonly LabGroup[];
  readonly tolerance_mg_cm2?: number | undefined;
}

/** Several lines in one process, none of which feels another's trouble; and what is asked of them. */
export class Agent {
  readonly #lines: ReadonlyMap<string, AgentLine>;
  readonly #log: Logger;
  readonly reports: Observable<Report>;

  constructor(lines: readonly AgentLine[], log: Logger) {
    this.#lines = new Map(lines.map((line) => [line.agent.line, line]));
    this.#log = log;
    this.reports = merge(...lines.map(({ agent }) => agent.reports));
  }

  lines(): readonly string[] {
    return [...this.#lines.keys()];
  }

  line(name: string): LineAgent {
    return this.#line(name).agent;
  }

  describe(name: string): { lab: readonly LabGroup[]; runs: readonly LineRun[] } | undefined {
    const line = this.#lines.get(name);
    return (
      line && { lab: line.lab, runs: line.agent.learner.forecaster.runs.map(({ measured }) => measured) }
    );
  }

  /** @throws BadInputError for a line that does not exist or a gap that is no gap. */
  predict(name: string, gaps_um: readonly number[]): { version: string; answer: readonly Prediction[] } {
    const { learner } = this.#line(name).agent;
    return { version: learner.version, answer: gaps_um.map((gap_um) => learner.forecaster.predict(gap_um)) };
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
      }),
    };
  }

  /**
   * The gap worth running next so as to know the loading at `at_um` better, of those between the gaps that lab or
   * line have coated; `undefined` where the line's model can't tell.
   *
   * @throws BadInputError for a line that does not exist.
   */
  nextGap(name: string, at_um: number): { version: string; answer: NextGap | undefined } {
    const { agent, lab } = this.#line(name);
    const { model, runs } = agent.learner.forecaster;
    const gaps = [...lab.map(({ gap_um }) => gap_um), ...runs.map(({ measured }) => measured.gap_um)];
    const candidates_um = roundGaps(Math.min(...gaps), Math.max(...gaps));
    const answer =
      hasCurve(model) && candidates_um.length > 0
        ? nextGapWorthRunning(model, { at_um, candidates_um, line: name })
        : undefined;
    return { version: agent.learner.version, answer };
  }

  /** A line that can't start is reported and left out; only when none can, the whole fails. */
  async start(): Promise<void> {
    const failures: unknown[] = [];
    for (const [name, { agent }] of this.#lines) {
      try {
        await agent.start();
      } catch (error) {
        failures.push(error);
        this.#log.error({ event: 'line-not-started', line: name }, messageOf(error));
      }
    }
    if (failures.length === this.#lines.size) throw failures[0];
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#lines.values()].map(({ agent }) => agent.stop()));
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
