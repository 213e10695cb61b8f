import { from } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { pipelineSchema } from '../../../../src/config/pipeline.ts';
import { linePipeline, type PipelineOutput } from '../../../../src/pipeline/line.ts';
import { hasSharedData, publishedData } from '../../../support/shared-data.ts';
import { day, inOrder } from '../support/day.ts';
import { assignedGaps_um, coaterDay, gaugeDay, labCurve, runOfScan } from '../support/published.ts';
import { drops, observations, play } from '../support/run.ts';

describe.skipIf(!hasSharedData)(`pairing by sequence on the published day, online${publishedData}`, () => {
  const config = pipelineSchema.parse({
    transitions: { minimum_dwell_s: 3, settling_s: 0, merge_interruption_s: 2 },
    pairing: { method: 'sequence', sequence: { coated_above_mg_cm2: 10, merge_missing_scans: 0 } },
  });
  const pipeline = linePipeline(config, { line: 'wmg', expectedLoading: labCurve() });
  const cell = { state: pipeline.initial() };
  const live: PipelineOutput[] = [];
  const messages = [...coaterDay('wmg'), ...gaugeDay('wmg')].sort((a, b) => a.time_ms - b.time_ms);
  from(messages)
    .pipe(pipeline.through(cell, { take: () => {} }))
    .subscribe((output) => live.push(output));
  const outputs = [...live, ...pipeline.finish(cell, { take: () => {} })];

  it('gives every coated scan of the day the gap that the study assigned to its run by hand', () => {
    const runs = runOfScan();
    const found = observations(outputs).map(({ scan, gap_um }) => [scan, gap_um]);
    expect(found).toEqual([...runs].map(([scan, run]) => [scan, assignedGaps_um[run - 1]]));
    expect(drops(outputs).every(({ reason }) => reason === 'not-coated')).toBe(true);
  });

  it('has decided all but the last runs before the recording ends', () => {
    expect(observations(live).length).toBeGreaterThan(0.9 * observations(outputs).length);
  });

  it('is sure of its pairs', () => {
    expect(Math.min(...observations(outputs).map(({ confidence }) => confidence))).toBeGreaterThan(0.95);
  });
});

describe('pairing by sequence', () => {
  const config = pipelineSchema.parse({
    lanes: { edge_margin_locations: 2 },
    pairing: { method: 'sequence' },
  });
  const coated = (gap_um: number, s: number) => ({ s, gap_um, speed_m_min: 3 });
  const bare = (s: number) => coated(0, s);

  it('places scans within a stretch in which the gap changed, and drops those near the change', () => {
    const plan = [bare(60), coated(120, 400), coated(180, 500), bare(300), coated(150, 200), bare(700)];
    const data = day(plan, { webLength_m: 12, clockOffset_ms: 4_000_000 });
    const { outputs } = play(config, inOrder(data));
    const accepted = observations(outputs);
    expect(accepted.length).toBeGreaterThan(90);
    for (const { scan, gap_um } of accepted) expect(data.truth.get(scan)).toContain(gap_um);
    expect(
      drops(outputs).some(({ reason, detail }) => reason === 'transition' && /change from run/.test(detail)),
    ).toBe(true);
  });

  it('drops first and last scans that show a patch edge', () => {
    const plan = [bare(60), coated(120, 300), bare(300), coated(180, 301), bare(500)];
    const data = day(plan, { webLength_m: 12.2 });
    const lanesOnly = data.scans.map((scan) => {
      const half = Math.floor(scan.loading_mg_cm2.length / 2);
      const side = (from: number, to: number) => {
        const values = scan.loading_mg_cm2.slice(from, to);
        return values.reduce((a, b) => a + b, 0) / values.length;
      };
      return { ...scan, loading_mg_cm2: Float64Array.of(side(6, half), side(half, -6 + 2 * half)) };
    });
    const { outputs } = play(config, inOrder({ ...data, scans: lanesOnly }));
    const edges = drops(outputs).filter(({ reason }) => reason === 'patch-edge');
    expect(edges.length).toBeGreaterThan(0);
    for (const { scan } of edges) expect(data.truth.get(scan)).toContain(0);
    for (const { scan } of observations(outputs)) expect(data.truth.get(scan)).toHaveLength(1);
  });

  it('lets scans of a long run pass while it goes on', () => {
    const plan = [bare(60), coated(120, 300), bare(200), coated(180, 300), bare(200), coated(150, 3000)];
    const data = day(plan, { webLength_m: 12 });
    const quick = pipelineSchema.parse({
      lanes: { edge_margin_locations: 2 },
      pairing: { method: 'sequence', sequence: { clock_lead_s: 60 } },
    });
    const pipeline = linePipeline(quick, {
      line: 'a',
      expectedLoading: (gap_um) => ({ mean_mg_cm2: 2 + 0.13 * gap_um, sd_mg_cm2: 1 }),
    });
    const cell = { state: pipeline.initial() };
    const live: PipelineOutput[] = [];
    from(inOrder(data))
      .pipe(pipeline.through(cell, { take: () => {} }))
      .subscribe((output) => live.push(output));
    const last = observations(live).at(-1)!;
    expect(last.gap_um).toBe(150);
    expect(data.scans.at(-1)!.scan - last.scan).toBeLessThan(30);
    for (const { scan, gap_um } of observations(live)) expect(data.truth.get(scan)).toContain(gap_um);
  });

  it('drops what has no counterpart instead of guessing', () => {
    const data = day([bare(60), coated(120, 300), bare(500)], { webLength_m: 12 });
    const { outputs } = play(config, data.scans);
    expect(observations(outputs)).toEqual([]);
    expect(new Set(drops(outputs).map(({ reason }) => reason))).toEqual(new Set(['not-coated', 'no-run']));
  });
});
