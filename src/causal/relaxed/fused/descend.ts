import type { ResolvedSettings } from '../options.ts';
import { GAIN, type Restart, type RestartOutcome, startLogits } from '../restarts.ts';
import { FusedKernel } from './kernel.ts';
import { LogitAdam } from './logit-adam.ts';
import type { FusedTables } from './tables.ts';

export type Descend = (restart: Restart) => RestartOutcome;

/** Whatever of the settings a descent reads; plain data, so that it may cross to another thread. */
export type DescentSettings = Pick<
  ResolvedSettings,
  'loss' | 'objective' | 'surjectiveLoading' | 'steps' | 'patience_steps' | 'goal'
>;

/** Makes the function that runs restarts one after the other on the same buffers. */
export function makeDescend(tables: FusedTables, settings: DescentSettings): Descend {
  const kernel = new FusedKernel(tables, settings.loss, settings);
  const adam = new LogitAdam(tables);
  const a = new Float64Array(tables.entries);
  const gradient = new Float64Array(tables.entries);
  const best = new Float64Array(tables.entries);

  return (restart) => {
    const { lambda, temperature, learningRate } = restart;
    softmax(tables, startLogits(restart, tables.entries), temperature, a);
    adam.reset();
    let lowest = Number.POSITIVE_INFINITY;
    let lastGain = lowest;
    let gainedAt = 0;
    let distance = lowest;
    let penalty = lowest;
    let step = 0;
    while (step < settings.steps) {
      kernel.evaluate(a, lambda, temperature, gradient);
      const loss = lambda * kernel.distance + kernel.penalty;
      if (loss < lowest) {
        lowest = loss;
        distance = kernel.distance;
        penalty = kernel.penalty;
        best.set(a);
        if (loss < lastGain * GAIN) {
          lastGain = loss;
          gainedAt = step;
        }
      }
      step++;
      if (distance <= settings.goal || step - gainedAt > settings.patience_steps) break;
      adam.step(a, gradient, learningRate, temperature);
    }
    return { index: restart.index, entries: best.slice(), distance, penalty, steps: step };
  };
}

/** Column by column softmax of logits/temperature, into `a`. */
function softmax(tables: FusedTables, logits: Float64Array, temperature: number, a: Float64Array): void {
  const { gapEntries, labGaps, labBins, entries } = tables;
  for (let first = 0; first < entries; ) {
    const end = first + (first < gapEntries ? labGaps : labBins);
    const largest = Math.max(...logits.subarray(first, end));
    let sum = 0;
    for (let i = first; i < end; i++) sum += Math.exp((logits[i]! - largest) / temperature);
    for (let i = first; i < end; i++) a[i] = Math.exp((logits[i]! - largest) / temperature) / sum;
    first = end;
  }
}
