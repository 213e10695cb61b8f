import type { Clock } from '../../core/clock.ts';
import { BadInputError } from '../../core/errors.ts';
import type { Objective } from '../problem.ts';
import type { RelaxedLoss } from './loss.ts';
import type { RelaxedMaps } from './maps.ts';

/** What every way of running the relaxed search takes; all may be left out. */
export interface RelaxedSettings {
  /** Default `column`, the definition. */
  readonly loss?: RelaxedLoss;
  /** Maximum (default) or sum over the interventions; `published` has no choice but the maximum. */
  readonly objective?: Objective;
  /** Whether the penalty asks that every lab bin be the image of some outcome. Default false. */
  readonly surjectiveLoading?: boolean;
  /** Default 50. */
  readonly restarts?: number;
  /** Steps of Adam for each restart. Default 10,000. */
  readonly steps?: number;
  /** The grid over which the restarts go round; the defaults are those of the published study. */
  readonly temperatures?: readonly number[];
  /** Weights λ of the distance against the penalty. */
  readonly lambdas?: readonly number[];
  readonly learningRates?: readonly number[];
  /** Default 0. */
  readonly seed?: number;
  /** Ends a restart whose loss has not fallen by a thousandth for so many steps. Default: never. */
  readonly patience_steps?: number;
  /** Ends a restart whose distance is not above this. Default 0. */
  readonly goal?: number;
  /** Whether rounded maps descend further by single changes, see `polish`. Default true. */
  readonly polish?: boolean;
  /** Where the first restart begins, e.g. the maps before the newest scan; the others begin at random. */
  readonly warmStart?: RelaxedMaps;
  /** For the `seconds` of the solution, which are left out without it. */
  readonly clock?: Clock;
}

export interface RelaxedOptions extends RelaxedSettings {
  /**
   * `fused` (default): hand-derived gradient on typed arrays. `tensor`: TensorFlow.js, all restarts in one batch.
   */
  readonly engine?: 'fused' | 'tensor';
  /** Worker threads for `fused`; 0 (default) runs in the calling thread. The result does not depend on it. */
  readonly threads?: number;
  readonly onProgress?: (progress: RelaxedProgress) => void;
  /** Ends the search; the solution is then that of the restarts done so far. */
  readonly signal?: AbortSignal;
}

export interface RelaxedProgress {
  readonly stepsDone: number;
  readonly stepsTotal: number;
  /** Smallest distance so far. */
  readonly distance: number;
}

export type ResolvedSettings = Required<Omit<RelaxedSettings, 'warmStart' | 'clock'>> &
  Pick<RelaxedSettings, 'warmStart' | 'clock'>;

/** @throws BadInputError for a setting out of its range. */
export function resolveSettings(settings: RelaxedSettings): ResolvedSettings {
  const resolved: ResolvedSettings = {
    loss: settings.loss ?? 'column',
    objective: settings.objective ?? 'max',
    surjectiveLoading: settings.surjectiveLoading ?? false,
    restarts: positiveInteger('restarts', settings.restarts ?? 50),
    steps: positiveInteger('steps', settings.steps ?? 10_000),
    temperatures: positive('temperatures', settings.temperatures ?? [0.1, 0.2]),
    lambdas: positive('lambdas', settings.lambdas ?? [5, 10]),
    learningRates: positive('learningRates', settings.learningRates ?? [0.001, 0.002, 0.005]),
    seed: settings.seed ?? 0,
    patience_steps: settings.patience_steps ?? Number.POSITIVE_INFINITY,
    goal: settings.goal ?? 0,
    polish: settings.polish ?? true,
    ...(settings.warmStart && { warmStart: settings.warmStart }),
    ...(settings.clock && { clock: settings.clock }),
  };
  if (resolved.loss === 'published' && resolved.objective === 'sum') {
    throw new BadInputError('the published loss has no sum over the interventions', {
      where: 'objective',
      allowed: 'max; or loss column',
    });
  }
  return resolved;
}

function positiveInteger(where: string, value: number): number {
  if (Number.isInteger(value) && value >= 1) return value;
  throw new BadInputError(`${value} is out of range`, { where, allowed: 'an integer from 1' });
}

function positive(where: string, values: readonly number[]): readonly number[] {
  if (values.length > 0 && values.every((value) => value > 0 && Number.isFinite(value))) return values;
  throw new BadInputError(`[${values.join(', ')}] is not usable`, {
    where,
    allowed: 'one or more finite numbers above 0',
  });
}
