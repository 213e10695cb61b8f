import { describe, expect, it } from 'vitest';
import { pipelineSchema } from '../../../src/config/pipeline.ts';
import { explainScan } from '../../../src/pipeline/explain.ts';
import { day, inOrder, LINE } from './support/day.ts';
import { drops, expectedLoading, observations, play } from './support/run.ts';

const config = pipelineSchema.parse({ lanes: { edge_margin_locations: 2 }, pairing: { web_length_m: 12 } });
const data = day(
  [
    { s: 150, gap_um: 0, speed_m_min: 3 },
    { s: 300, gap_um: 150, speed_m_min: 3 },
    { s: 400, gap_um: 0, speed_m_min: 3 },
  ],
  { webLength_m: 12 },
);
const messages = inOrder(data);
const explain = (scan: number, of = messages) =>
  explainScan(
    config,
    { line: LINE, expectedLoading },
    of,
    { scan, edges_mg_cm2: [0, 10, 30] },
    undefined,
    true,
  );

describe('the explanation of a scan', () => {
  const { outputs } = play(config, messages);

  it('says for each scan of the day what became of it', () => {
    for (const seen of observations(outputs).slice(0, 5)) {
      const [one] = explain(seen.scan);
      expect(one).toMatchObject({ verdict: 'accepted', observation: seen, bins: [1, 1] });
      expect(one!.stages.map(({ stage }) => stage)).toEqual([
        'arrival',
        'order-scans',
        'lanes',
        'pairing-web-length',
        'bins',
      ]);
      expect(one!.stages[3]!.decided).toMatch(/^run 1 \(steady since .*\) at 150\.00 µm, under the bar at/);
    }
    const reasons = new Map(drops(outputs).map((drop) => [drop.reason, drop]));
    expect(reasons.size).toBeGreaterThanOrEqual(3);
    for (const [reason, drop] of reasons) {
      const [one] = explain(drop.scan);
      expect(one!.verdict).toBe(reason);
      expect(one!.stages.at(-1)!.decided).toContain(drop.detail);
    }
  });

  it('tells a duplicate from the scan itself, and a stage that threw', () => {
    const { scan: number } = observations(outputs)[5]!;
    const scan = data.scans.find((one) => one.scan === number)!;
    const at = messages.indexOf(scan);
    const twice = explain(scan.scan, messages.toSpliced(at, 0, scan));
    expect(twice.map(({ verdict }) => verdict).sort()).toEqual(['accepted', 'duplicate']);
    const broken = { ...scan, loading_mg_cm2: null } as unknown as typeof scan;
    expect(explain(scan.scan, messages.with(at, broken))[0]!.verdict).toBe('failed');
  });

  it('knows nothing of a scan that never came', () => {
    expect(explain(9999)).toEqual([]);
  });
});
