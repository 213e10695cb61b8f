import type { RelaxedProgress, ResolvedSettings } from './options.ts';
import type { RestartOutcome } from './restarts.ts';

/** Counts the steps of all restarts for a progress bar. */
export class ProgressMeter {
  readonly #total: number;
  readonly #steps: number;
  readonly #report: ((progress: RelaxedProgress) => void) | undefined;
  #done = 0;
  #distance = Number.POSITIVE_INFINITY;

  constructor(settings: ResolvedSettings, report: ((progress: RelaxedProgress) => void) | undefined) {
    this.#steps = settings.steps;
    this.#total = settings.steps * settings.restarts;
    this.#report = report;
  }

  /** One restart is done, early or not. */
  readonly restart = (outcome: RestartOutcome): void => {
    this.#tell(this.#done + this.#steps, outcome.distance);
  };

  /** All restarts have done so many steps. */
  readonly steps = (steps: number, distance: number): void => {
    this.#tell((this.#total / this.#steps) * steps, distance);
  };

  #tell(stepsDone: number, distance: number): void {
    this.#done = stepsDone;
    this.#distance = Math.min(this.#distance, distance);
    this.#report?.({ stepsDone, stepsTotal: this.#total, distance: this.#distance });
  }
}
