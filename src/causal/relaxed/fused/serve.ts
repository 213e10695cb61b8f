import type { RestartOutcome } from '../restarts.ts';
import { makeDescend } from './descend.ts';
import type { WorkerTask } from './pool.ts';
import { fusedTables } from './tables.ts';

/** The thread's end of its line to the pool. */
export interface ServePort {
  on(event: 'message', listener: (task: WorkerTask) => void): unknown;
  postMessage(outcome: RestartOutcome): void;
}

/** Answers each task with the outcomes of its restarts, one by one. */
export function serve(port: ServePort): void {
  port.on('message', ({ problem, settings, restarts }) => {
    const descend = makeDescend(fusedTables(problem), settings);
    for (const restart of restarts) port.postMessage(descend(restart));
  });
}
