import { Worker } from 'node:worker_threads';
import { BadInputError } from '../../core/errors.ts';
import { type AbstractionProblem, checkProblem } from '../problem.ts';
import { assemble } from './assemble.ts';
import { diagramOf } from './diagram.ts';
import { makeDescend } from './fused/descend.ts';
import { runInThreads, type WorkerThread } from './fused/pool.ts';
import { fusedTables } from './fused/tables.ts';
import { flatten } from './maps.ts';
import {
  type RelaxedOptions,
  type RelaxedSettings,
  type ResolvedSettings,
  resolveSettings,
} from './options.ts';
import { ProgressMeter } from './progress.ts';
import { planRestarts, type Restart, type RestartOutcome } from './restarts.ts';
import type { RelaxedSolution } from './solution.ts';

export type { Diagram, DiagramMap, DiagramProblem } from './diagram.ts';
export { type DiagramOptions, type DiagramSolution, solveDiagrams } from './diagrams.ts';
export type { RelaxedLoss } from './loss.ts';
export { type RelaxedMaps, softened } from './maps.ts';
export { learnRelaxed, type ModelOptions, type ModelSolution } from './models.ts';
export type { RelaxedOptions, RelaxedProgress, RelaxedSettings } from './options.ts';
export type { RelaxedOptimum, RelaxedSolution, RestartReport } from './solution.ts';

/**
 * The relaxed search in the calling thread, at once: the online path. With a warm start, one restart of some
 * hundred steps follows a new scan.
 *
 * @throws BadInputError for a problem or setting that is not well formed.
 */
export function solveRelaxedSync(
  problem: AbstractionProblem,
  settings: RelaxedSettings = {},
): RelaxedSolution {
  const search = prepare(problem, settings);
  const descend = makeDescend(fusedTables(problem), search.settings);
  return search.finish(search.restarts.map(descend), 'fused');
}

/**
 * The relaxed search with a choice of engine, in threads on request, with progress and a way to stop it.
 *
 * @param spawn makes a worker thread that runs `fused/worker`
 * @throws BadInputError for a problem or setting that is not well formed, or stopped before its first restart.
 * @throws FatalError when a thread fails.
 */
export async function solveRelaxed(
  problem: AbstractionProblem,
  options: RelaxedOptions = {},
  spawn: () => WorkerThread = spawnWorker,
): Promise<RelaxedSolution> {
  const search = prepare(problem, options);
  const { settings, restarts } = search;
  const progress = new ProgressMeter(settings, options.onProgress);
  const { threads = 0, signal } = options;
  if (!Number.isInteger(threads) || threads < 0) {
    throw new BadInputError(`${threads} is out of range`, { where: 'threads', allowed: 'an integer from 0' });
  }
  if (options.engine === 'tensor') {
    const { descendDiagrams } = await import('./tensor/index.ts');
    const { outcomes, backend } = await descendDiagrams(diagramOf(problem, settings), settings, restarts, {
      onSteps: progress.steps,
      signal,
    });
    return search.finish(outcomes, `tensor (${backend})`);
  }
  const outcomes: RestartOutcome[] = [];
  const onOutcome = (outcome: RestartOutcome) => {
    outcomes.push(outcome);
    progress.restart(outcome);
  };
  if (threads > 0) {
    await runInThreads({ problem, settings: plain(settings), restarts }, threads, spawn, {
      onOutcome,
      signal,
    });
    return search.finish(outcomes, `fused, ${threads} thread${threads === 1 ? '' : 's'}`);
  }
  const descend = makeDescend(fusedTables(problem), settings);
  for (const restart of restarts) {
    if (signal?.aborted) break;
    onOutcome(descend(restart));
    // A restart takes tens of milliseconds: between two of them others have their turn, and Ctrl-C is heard.
    await new Promise(setImmediate);
  }
  return search.finish(outcomes, 'fused');
}

interface Search {
  readonly settings: ResolvedSettings;
  readonly restarts: readonly Restart[];
  finish(outcomes: readonly RestartOutcome[], engine: string): RelaxedSolution;
}

function prepare(problem: AbstractionProblem, given: RelaxedSettings): Search {
  checkProblem(problem);
  if (problem.mu.length > problem.nu.length) {
    throw new BadInputError(
      `${problem.mu.length} lab gaps can't all be images of ${problem.nu.length} line gaps`,
      {
        where: 'labGaps_um',
        allowed: 'no more lab gaps than line gaps',
      },
    );
  }
  const settings = resolveSettings(given);
  const start = settings.warmStart && flatten(settings.warmStart);
  const entries = problem.mu.length * problem.nu.length + problem.outcomes.length * problem.labBins;
  if (start && start.length !== entries) {
    throw new BadInputError(`has ${start.length} entries`, { where: 'warmStart', allowed: `${entries}` });
  }
  const restarts = planRestarts(settings, start);
  const { clock } = settings;
  const began_ms = clock?.now_ms();
  return {
    settings,
    restarts,
    finish: (outcomes, engine) => ({
      ...assemble(problem, settings, restarts, outcomes, engine),
      ...(clock && began_ms !== undefined && { seconds: (clock.now_ms() - began_ms) / 1000 }),
    }),
  };
}

/** Only what a thread needs: a clock is no plain data. */
function plain(settings: ResolvedSettings): ResolvedSettings {
  const { clock: _clock, warmStart: _warmStart, ...rest } = settings;
  return rest;
}

/** Source and compiled file have the same name but for the ending, and a worker must be of its parent's kind. */
const spawnWorker = (): WorkerThread =>
  new Worker(new URL(`./fused/worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url));
