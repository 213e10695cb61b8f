import { FatalError } from '../../../core/errors.ts';
import type { AbstractionProblem } from '../../problem.ts';
import type { Restart, RestartOutcome } from '../restarts.ts';
import type { DescentSettings } from './descend.ts';

/** What the pool needs of a worker thread; `Worker` of node:worker_threads has it. */
export interface WorkerThread {
  postMessage(message: WorkerTask): void;
  on(event: 'message', listener: (outcome: RestartOutcome) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'exit', listener: (code: number) => void): unknown;
  terminate(): unknown;
}

/** One message starts a worker; it answers with one outcome per restart. */
export interface WorkerTask {
  readonly problem: AbstractionProblem;
  readonly settings: DescentSettings;
  readonly restarts: readonly Restart[];
}

export interface PoolWatch {
  readonly onOutcome: (outcome: RestartOutcome) => void;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Shares the restarts out among threads, each a fixed part, and gathers their outcomes. Every restart is the same
 * wherever it runs, so the outcomes don't depend on the number of threads. Resolves early when the signal aborts.
 *
 * @throws FatalError when a thread fails or ends before its part is done.
 */
export function runInThreads(
  task: WorkerTask,
  threads: number,
  spawn: () => WorkerThread,
  watch: PoolWatch,
): Promise<void> {
  const shares = Array.from({ length: Math.min(threads, task.restarts.length) }, (_, n) =>
    task.restarts.filter((_, i) => i % threads === n),
  );
  return new Promise((resolve, reject) => {
    const workers: WorkerThread[] = [];
    let left = task.restarts.length;
    const end = (error?: unknown) => {
      left = 0;
      watch.signal?.removeEventListener('abort', abort);
      for (const worker of workers) void worker.terminate();
      if (error === undefined) resolve();
      else reject(error);
    };
    const abort = () => end();
    for (const restarts of shares) {
      const worker = spawn();
      workers.push(worker);
      worker.on('message', (outcome) => {
        if (left === 0) return;
        watch.onOutcome(outcome);
        if (--left === 0) end();
      });
      worker.on('error', (cause) => end(new FatalError('a solver thread failed', { cause })));
      worker.on('exit', () => {
        if (left > 0) end(new FatalError('a solver thread ended before its restarts were done'));
      });
      worker.postMessage({ ...task, restarts });
    }
    if (watch.signal?.aborted) end();
    else watch.signal?.addEventListener('abort', abort, { once: true });
  });
}
