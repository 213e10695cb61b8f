import { checkSome, report } from './assemble.ts';
import { checkDiagrams, type DiagramProblem, diagramErrors } from './diagram.ts';
import { harden } from './harden.ts';
import { type RelaxedOptions, resolveSettings } from './options.ts';
import { ProgressMeter } from './progress.ts';
import { planRestarts } from './restarts.ts';
import type { RestartReport } from './solution.ts';

export type DiagramOptions = Omit<RelaxedOptions, 'engine' | 'threads' | 'warmStart' | 'surjectiveLoading'>;

/** The answer for any pair of models; see `RelaxedSolution` for what it is worth. */
export interface DiagramSolution {
  /** For each map the high value of each low value. */
  readonly maps: readonly (readonly number[])[];
  readonly error: number;
  /** Of every intervention of every square, square by square. */
  readonly errors: readonly number[];
  /** Always 0: a relaxed search proves nothing. */
  readonly lowerBound: number;
  readonly engine: string;
  /** Smallest relaxed distance, and its maps after rounding alone. */
  readonly relaxed: {
    readonly restart: number;
    readonly distance: number;
    readonly roundedError: number;
    readonly roundedMaps: readonly (readonly number[])[];
  };
  readonly restarts: readonly RestartReport[];
  readonly seconds?: number;
}

/**
 * The relaxed search for any pair of finite models, always on the tensor engine. Learning jointly takes all squares
 * at once; learning independently or in sequence is this with fewer squares, and maps frozen that are known.
 *
 * @throws BadInputError for sizes that don't fit, or stopped before its first step.
 */
export async function solveDiagrams(
  problem: DiagramProblem,
  options: DiagramOptions = {},
): Promise<DiagramSolution> {
  checkDiagrams(problem);
  const settings = resolveSettings(options);
  const { clock } = settings;
  const began_ms = clock?.now_ms();
  const restarts = planRestarts(settings);
  const { descendDiagrams } = await import('./tensor/index.ts');
  const { outcomes, backend } = await descendDiagrams(problem, settings, restarts, {
    onSteps: new ProgressMeter(settings, options.onProgress).steps,
    signal: options.signal,
  });
  checkSome(outcomes);
  const errorsOf = (maps: readonly (readonly number[])[]) => diagramErrors(problem, maps);
  const { best, closest, outcomes: rounded } = harden(problem.maps, errorsOf, settings, outcomes);
  return {
    ...best,
    lowerBound: 0,
    engine: `tensor (${backend})`,
    relaxed: {
      restart: closest.outcome.index,
      distance: closest.outcome.distance,
      roundedError: closest.error,
      roundedMaps: closest.maps,
    },
    restarts: rounded.map(({ outcome, error, missing }) => report(restarts, outcome, error, missing)),
    ...(clock && began_ms !== undefined && { seconds: (clock.now_ms() - began_ms) / 1000 }),
  };
}
