import type { Observation } from '../core/observation.ts';
import type { Report } from '../core/report.ts';
import type { AbstractionKeeper, AbstractionKeeperState } from './abstraction-keeper.ts';
import type { Forecaster, ForecasterState } from './forecaster.ts';

/** Plain data, fit for a snapshot. */
export interface LearnerState {
  readonly forecaster: ForecasterState;
  readonly abstraction: AbstractionKeeperState;
}

/** What a line has learnt: its predictor and its abstraction, both up to date with every observation. */
export class Learner {
  readonly forecaster: Forecaster;
  readonly abstraction: AbstractionKeeper;

  constructor(forecaster: Forecaster, abstraction: AbstractionKeeper) {
    this.forecaster = forecaster;
    this.abstraction = abstraction;
  }

  get state(): LearnerState {
    return { forecaster: this.forecaster.state, abstraction: this.abstraction.state };
  }

  /** Abstraction version and number of observations: equal versions of a line give equal predictions. */
  get version(): string {
    return `${this.abstraction.version}.${this.forecaster.observations}`;
  }

  learn(observation: Observation): readonly Report[] {
    const { line, run, time_ms } = observation;
    const { version } = this;
    const prediction = this.forecaster.learn(observation);
    const replaced = this.abstraction.learn(observation);
    return [
      ...(prediction ? [{ kind: 'forecast' as const, line, time_ms, run, prediction, version }] : []),
      ...(replaced ? [replaced] : []),
      this.forecaster.report(time_ms, this.version),
    ];
  }

  /** How things stand, for those who have just come. */
  reports(time_ms: number): readonly Report[] {
    const { current } = this.abstraction;
    return [...(current ? [current] : []), this.forecaster.report(time_ms, this.version)];
  }
}
