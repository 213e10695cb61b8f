import { from } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { generate } from '../../../simulators/generate.ts';
import { faultSchema } from '../../../simulators/scenario/fault-schema.ts';
import { scenarioOf } from '../../../simulators/scenario/load.ts';
import { pipelineSchema } from '../../../src/config/pipeline.ts';
import type { Observation } from '../../../src/core/observation.ts';
import { linePipeline, type PipelineOutput } from '../../../src/pipeline/line.ts';

const HOUR_S = 3600;
const throughout = { at_s: 500, for_s: 24 * HOUR_S };

/** Every kind of fault that the simulator has, over a day: messages all day long, devices each at its hour. */
const faults = [
  { fault: 'drop', device: 'gauge', ...throughout, probability: 0.02 },
  { fault: 'drop', device: 'coater', ...throughout, probability: 0.02 },
  { fault: 'duplicate', device: 'gauge', ...throughout, probability: 0.02 },
  { fault: 'duplicate', device: 'coater', ...throughout, probability: 0.02 },
  { fault: 'delay', device: 'gauge', ...throughout, probability: 0.02, by_s: 12 },
  { fault: 'delay', device: 'coater', ...throughout, probability: 0.02, by_s: 2 },
  { fault: 'delay', device: 'gauge', at_s: 7200, for_s: 80, by_s: 60 },
  { fault: 'delay', device: 'coater', at_s: 7600, for_s: 2, by_s: 30 },
  { fault: 'reorder', device: 'gauge', ...throughout, probability: 0.02 },
  { fault: 'reorder', device: 'coater', ...throughout, probability: 0.02 },
  { fault: 'corrupt', ...throughout, probability: 0.005 },
  { fault: 'freeze', device: 'coater', at_s: 9000, for_s: 30, tags: ['slurry_temperature_c'] },
  { fault: 'freeze', device: 'gauge', at_s: 2.6 * HOUR_S, for_s: 40 },
  { fault: 'stuck', at_s: 3 * HOUR_S, for_s: 5, tags: ['line_state'], value: 3 },
  { fault: 'bad-quality', at_s: 4 * HOUR_S, for_s: 1, tags: ['bar_operator_mm'] },
  { fault: 'bad-quality', at_s: 4.3 * HOUR_S, for_s: 5, status: 'uncertain' },
  { fault: 'dead-locations', at_s: 5 * HOUR_S, for_s: 1200, from: 300, to: 330 },
  { fault: 'clock-jump', device: 'gauge', at_s: 6 * HOUR_S, by_s: -1000 },
  { fault: 'clock-jump', device: 'coater', at_s: 8 * HOUR_S, by_s: -900 },
  { fault: 'clock-jump', device: 'gauge', at_s: 10 * HOUR_S, by_s: 1500 },
  { fault: 'clock-jump', device: 'coater', at_s: 12 * HOUR_S, by_s: 700 },
  { fault: 'clock-jump', device: 'gauge', at_s: 14 * HOUR_S, by_s: 47 },
  { fault: 'clock-jump', device: 'coater', at_s: 15 * HOUR_S, by_s: -33 },
  { fault: 'level-shift', at_s: 16 * HOUR_S, for_s: HOUR_S, by_mg_cm2: 1 },
  { fault: 'gap-error', at_s: 17 * HOUR_S, for_s: HOUR_S, by_um: 6 },
  { fault: 'slurry-change', at_s: 18 * HOUR_S, loading_percent: -4 },
  { fault: 'restart', device: 'coater', at_s: 20 * HOUR_S, down_s: 20, shift_namespace: true },
  { fault: 'certificate-change', at_s: 21 * HOUR_S, down_s: 10 },
  { fault: 'restart', device: 'gauge', at_s: 22 * HOUR_S, down_s: 60 },
];

const day = {
  name: 'every fault',
  gauge: { standardise: { every_s: 3600, pause_s: 40 } },
  defaults: { duration_s: [1200, 2400], downtime_s: [180, 420], web_speed_m_min: 2 },
  runs: [
    { gap_um: 150 },
    { gap_um: 130, stops: [{ at_s: 600, for_s: 90 }] },
    { gap_um: 110 },
    { gap_um: 170 },
  ],
  cycles: 10,
  faults,
};

function shift(seed: number) {
  const line = generate(scenarioOf(day), seed);
  const config = pipelineSchema.parse({ pairing: { web_length_m: line.truth.parameters.web_length_m } });
  const pipeline = linePipeline(config, {
    line: line.line,
    expectedLoading: () => ({ mean_mg_cm2: 20, sd_mg_cm2: 5 }),
  });
  const cell = { state: pipeline.initial() };
  const letters = { take: () => {} };
  const accepted = new Map<number, Observation>();
  const arrived = new Set<number>();
  const take = (output: PipelineOutput) => {
    if (output.kind === 'observation') accepted.set(output.scan, output);
  };
  const watched = function* () {
    for (const message of line) {
      if (message.kind === 'scan') arrived.add(message.scan);
      yield message;
    }
  };
  from(watched()).pipe(pipeline.through(cell, letters)).subscribe(take);
  for (const output of pipeline.finish(cell, letters)) take(output);
  const scans = [...line.truth.scans()].filter(({ scan }) => arrived.has(scan));
  const share = (of: typeof scans) => of.filter(({ scan }) => accepted.has(scan)).length / of.length;
  const paired = scans.filter(({ scan }) => accepted.has(scan));
  return {
    scans: scans.length,
    steadyAccepted: share(scans.filter((scan) => scan.steady)),
    transitionalAccepted: share(scans.filter((scan) => !scan.steady)),
    rightGap:
      paired.filter(({ scan, gap_um }) => Math.abs(accepted.get(scan)!.gap_um - gap_um) < 3).length /
      paired.length,
  };
}

describe('a simulated day with every fault of the simulator', () => {
  it('leaves out none of them', () => {
    const kinds = faultSchema.options.map((option) => option.shape.fault.value);
    expect([...new Set(faults.map(({ fault }) => fault))].sort()).toEqual([...kinds].sort());
  });

  it('accepts the steady scans, hardly any other, and pairs them with the right gap', {
    timeout: 120_000,
  }, () => {
    const seen = shift(5);
    expect(seen.scans).toBeGreaterThan(9000);
    expect(seen.steadyAccepted).toBeGreaterThanOrEqual(0.98);
    expect(seen.transitionalAccepted).toBeLessThanOrEqual(0.01);
    expect(seen.rightGap).toBeGreaterThanOrEqual(0.99);
  });
});
