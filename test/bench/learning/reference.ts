import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import type { AbstractionProblem } from '../../../src/causal/problem.ts';

export interface ReferenceRun {
  readonly version: string;
  /** Processor time, one per restart. */
  readonly seconds: readonly number[];
  readonly losses: readonly number[];
}

/** Debian's Python first, as it is the one that python3-torch installs for. */
const INTERPRETERS = ['/usr/bin/python3', 'python3'];

/** Runs the PyTorch implementation beside this file, or says undefined where there is no PyTorch. */
export function runReference(
  problem: AbstractionProblem,
  task: {
    readonly restarts: number;
    readonly steps: number;
    readonly temperature: number;
    readonly lambda: number;
    readonly learningRate: number;
    readonly threads: number;
    readonly seed: number;
  },
): ReferenceRun | undefined {
  const python = INTERPRETERS.find(
    (name) => spawnSync(name, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0,
  );
  if (!python) return undefined;
  const input = JSON.stringify({ ...task, mu: rows(problem.mu), nu: rows(problem.nu) });
  const script = resolve('test/bench/learning/reference.py');
  const child = spawnSync(python, [script], { input, encoding: 'utf8' });
  if (child.status !== 0) throw new Error(`${script} failed: ${child.stderr}`);
  return JSON.parse(child.stdout) as ReferenceRun;
}

const rows = (matrix: readonly Float64Array[]): number[][] => matrix.map((row) => [...row]);
