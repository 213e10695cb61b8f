import { from, tap } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { generate } from '../../../simulators/generate.ts';
import { scenarioOf } from '../../../simulators/scenario/load.ts';
import { pipelineSchema } from '../../../src/config/pipeline.ts';
import { linePipeline, type PipelineOutput } from '../../../src/pipeline/line.ts';
import { observations } from './support/run.ts';

const plan = {
  start: '2024-03-04T06:00:00Z',
  gauge: { standardise: { every_s: 3600, pause_s: 40 } },
  defaults: { duration_s: [1200, 1800], downtime_s: [180, 420], web_speed_m_min: 2 },
  runs: [{ gap_um: 150 }, { gap_um: 130, stops: [{ at_s: 600, for_s: 90 }] }, { gap_um: 110 }],
};
const always = { at_s: 500, for_s: 20_000 };
const faults = [
  { fault: 'drop', device: 'gauge', ...always, probability: 0.02 },
  { fault: 'drop', device: 'coater', ...always, probability: 0.02 },
  { fault: 'duplicate', device: 'gauge', ...always, probability: 0.05 },
  { fault: 'duplicate', device: 'coater', ...always, probability: 0.05 },
  { fault: 'delay', device: 'gauge', ...always, probability: 0.05, by_s: 12 },
  { fault: 'delay', device: 'coater', ...always, probability: 0.05, by_s: 2 },
  { fault: 'reorder', device: 'gauge', ...always, probability: 0.03 },
  { fault: 'reorder', device: 'coater', ...always, probability: 0.03 },
  { fault: 'dead-locations', at_s: 1000, for_s: 2000, from: 300, to: 330 },
  { fault: 'bad-quality', at_s: 2500, for_s: 1, tags: ['bar_operator_mm'] },
  { fault: 'restart', device: 'gauge', at_s: 3000, down_s: 60 },
  { fault: 'corrupt', ...always, probability: 0.01 },
];

/** What became of the scans against what the simulator knows of them. */
function judge(method: 'web-length' | 'sequence', scenario: object) {
  const line = generate(scenarioOf(scenario), 5);
  const config = pipelineSchema.parse({
    pairing: { method, web_length_m: line.truth.parameters.web_length_m },
  });
  const expectedLoading = (gap_um: number) => ({ mean_mg_cm2: line.truth.expectedAt(gap_um), sd_mg_cm2: 1 });
  const pipeline = linePipeline(config, { line: line.line, expectedLoading });
  const cell = { state: pipeline.initial() };
  const letters = { take: () => {} };
  const outputs: PipelineOutput[] = [];
  const arrived = new Set<number>();
  from(line)
    .pipe(
      tap((message) => message.kind === 'scan' && arrived.add(message.scan)),
      pipeline.through(cell, letters),
    )
    .subscribe((output) => output.kind === 'observation' && outputs.push(output));
  outputs.push(...pipeline.finish(cell, letters));
  const accepted = new Map(observations(outputs).map((o) => [o.scan, o]));
  const scans = [...line.truth.scans()].filter(({ scan }) => arrived.has(scan));
  const steady = scans.filter((scan) => scan.steady);
  const unsteady = scans.filter((scan) => !scan.steady);
  const share = (of: typeof scans) => of.filter(({ scan }) => accepted.has(scan)).length / of.length;
  const right = scans.filter(({ scan, gap_um }) => {
    const found = accepted.get(scan);
    return found && Math.abs(found.gap_um - gap_um) < 3;
  }).length;
  return {
    steadyAccepted: share(steady),
    unsteadyAccepted: share(unsteady),
    right: right / accepted.size,
  };
}

describe('a simulated shift', () => {
  it('without faults: accepts the steady scans, and pairs them right', () => {
    const result = judge('web-length', { name: 'calm', ...plan });
    console.log('calm', result);
    expect(result.steadyAccepted).toBeGreaterThan(0.98);
    expect(result.unsteadyAccepted).toBeLessThan(0.01);
    expect(result.right).toBe(1);
  });

  it('with messages lost, doubled, late, swapped, spoilt: accepts what arrived, and pairs it right', () => {
    const result = judge('web-length', { name: 'faulty', ...plan, faults });
    console.log('faulty', result);
    expect(result.steadyAccepted).toBeGreaterThan(0.98);
    expect(result.unsteadyAccepted).toBeLessThan(0.01);
    expect(result.right).toBe(1);
  });

  it('by sequence alone: pairs right; only scans at the ends of runs are less surely told', () => {
    const result = judge('sequence', { name: 'calm', ...plan });
    console.log('sequence', result);
    expect(result.steadyAccepted).toBeGreaterThan(0.95);
    expect(result.unsteadyAccepted).toBeLessThan(0.06);
    expect(result.right).toBeGreaterThan(0.99);
  });
});
