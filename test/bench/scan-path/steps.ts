import { encodeScan } from '../../../simulators/gauge/payload.ts';
import { generate } from '../../../simulators/generate.ts';
import { loadScenario } from '../../../simulators/scenario/load.ts';
import type { MachineSample, Scan } from '../../../src/core/messages.ts';

/** What a line sends from one scan to the next: about eight seconds of the coater, then a scan of 800 locations. */
export interface Step {
  readonly samples: readonly MachineSample[];
  readonly scan: Scan;
}

export type Format = 'json' | 'float32';

export const LINE = 'line-1';
const SEED = 11;

/** The first `count` of an eight-hour shift at two gaps; the same in every process. */
export function simulatedSteps(count: number): Step[] {
  const steps: Step[] = [];
  let samples: MachineSample[] = [];
  for (const message of generate(loadScenario('config/scenarios/calm-shift.yaml'), SEED, LINE)) {
    if (message.kind === 'machine') samples.push(message);
    if (message.kind !== 'scan') continue;
    steps.push({ samples, scan: message });
    samples = [];
    if (steps.length === count) break;
  }
  return steps;
}

/** As the gauge sends it; float32 begins with the header of `simulators/gauge/payload.ts`. */
export const payloadOf = (scan: Scan, format: Format): Buffer =>
  encodeScan(scan, { format: format === 'json' ? 'json' : 'float32-le', header: true });
