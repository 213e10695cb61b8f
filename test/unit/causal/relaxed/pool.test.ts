import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { MessageChannel, Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { WorkerThread } from '../../../../src/causal/relaxed/fused/pool.ts';
import { serve } from '../../../../src/causal/relaxed/fused/serve.ts';
import { solveRelaxed, solveRelaxedSync } from '../../../../src/causal/relaxed/index.ts';
import { FatalError } from '../../../../src/core/errors.ts';
import { randomProblem } from './problems.ts';

const problem = randomProblem(11, { labGaps: 2, lineGaps: 4, labBins: 3, outcomes: 5 });
const settings = { restarts: 7, steps: 200, seed: 5 };

describe('the search in threads', () => {
  it.each([1, 2, 3, 16])('gives the same in %i threads as in none', async (threads) => {
    const { engine: _, ...alone } = solveRelaxedSync(problem, settings);
    const { engine, ...shared } = await solveRelaxed(problem, { ...settings, threads }, channel);
    expect(shared).toEqual(alone);
    expect(engine).toMatch(new RegExp(`^fused, ${threads} thread`));
  });

  it.each([-1, 1.5, Number.NaN])('refuses %d threads', async (threads) => {
    await expect(solveRelaxed(problem, { ...settings, threads }, channel)).rejects.toThrow(/^threads: /);
  });

  it('fails when a thread fails', async () => {
    const cause = new Error('out of memory');
    const failing = scripted((on) => on.error(cause));
    await expect(solveRelaxed(problem, { ...settings, threads: 2 }, failing)).rejects.toThrow(FatalError);
  });

  it('fails when a thread ends before its work', async () => {
    const leaving = scripted((on) => on.exit(1));
    await expect(solveRelaxed(problem, { ...settings, threads: 2 }, leaving)).rejects.toThrow(/ended before/);
  });

  it('ends with what is done when it is stopped, and ends its threads', async () => {
    const stop = new AbortController();
    let terminated = 0;
    const counting = () => {
      const worker = channel();
      return Object.assign(Object.create(worker) as WorkerThread, {
        on: worker.on.bind(worker),
        postMessage: worker.postMessage.bind(worker),
        terminate: () => {
          terminated++;
          worker.terminate();
        },
      });
    };
    const solution = await solveRelaxed(
      problem,
      { ...settings, threads: 2, signal: stop.signal, onProgress: () => stop.abort() },
      counting,
    );
    expect(solution.restarts).toHaveLength(1);
    expect(terminated).toBe(2);
  });

  // Node 20 runs no TypeScript: the real thread is that of the compiled product.
  const compiled = resolve('dist/src/causal/relaxed/fused/worker.js');
  it.skipIf(!existsSync(compiled))(
    `runs in real threads of the compiled product${existsSync(compiled) ? '' : ' [skipped: not built]'}`,
    async () => {
      const { engine: _, ...alone } = solveRelaxedSync(problem, settings);
      const spawn = () => new Worker(compiled);
      const { engine: __, ...shared } = await solveRelaxed(problem, { ...settings, threads: 2 }, spawn);
      expect(shared).toEqual(alone);
    },
  );
});

/** A worker in this thread, at the other end of a channel: same protocol, same cloning of messages. */
function channel(): WorkerThread {
  const { port1, port2 } = new MessageChannel();
  serve(port2);
  return Object.assign(port1, { terminate: () => port1.close() }) as unknown as WorkerThread;
}

interface Listeners {
  error(error: Error): void;
  exit(code: number): void;
}

/** A worker that answers its task by an event. */
function scripted(answer: (on: Listeners) => void): () => WorkerThread {
  return () => {
    const listeners: Partial<Listeners> = {};
    return {
      on: (event: string, listener: never) => Object.assign(listeners, { [event]: listener }),
      postMessage: () => queueMicrotask(() => answer(listeners as Listeners)),
      terminate: () => {},
    };
  };
}
