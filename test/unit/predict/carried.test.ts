import { describe, expect, it } from 'vitest';
import type { Evidence } from '../../../src/core/prediction.ts';
import { carriedBy } from '../../../src/predict/carried.ts';
import { hierarchicalPredictor } from '../../../src/predict/hierarchical/predictor.ts';
import { labGroup, lineRun } from './evidence.ts';

const level = (gap_um: number) => 1 + 0.125 * gap_um;
const evidence: Evidence = {
  lab: [50, 100, 200, 300].map((gap) => labGroup(gap, 0.5 + 0.13 * gap)),
  line: [110, 110, 110, 150, 150, 190].map((gap, i) => lineRun(i + 1, gap, level(gap))),
};
const model = hierarchicalPredictor().fit(evidence);

describe('data that carried a prediction', () => {
  it('are first of all the runs at the gap asked, weightiest first, few in number', () => {
    const carriers = carriedBy(model, { gap_um: 110 }, evidence, 3);
    expect(carriers[0]).toMatchObject({ source: 'line', name: 'a', gap_um: 110, n: 3 });
    expect(carriers.length).toBeLessThanOrEqual(3);
    const weights = carriers.map(({ weight }) => Math.abs(weight));
    expect(weights).toEqual([...weights].sort((a, b) => b - a));
  });

  it('are the lab series for a coating in the lab', () => {
    const [first] = carriedBy(
      model,
      { gap_um: 300, target: 'lab', slurry: labGroup(300, 0).slurry },
      evidence,
    );
    expect(first).toMatchObject({ source: 'lab', gap_um: 300, n: 8 });
  });

  it('tell how far the prediction moves with them, as a model of moved data finds', () => {
    const query = { gap_um: 150 };
    const carriers = carriedBy(model, query, evidence);
    const before = model.predict(query).mean_mg_cm2;
    for (const gap_um of [110, 150, 190]) {
      const line = evidence.line.map((run) =>
        run.gap_um === gap_um ? { ...run, level_mg_cm2: run.level_mg_cm2 + 0.1 } : run,
      );
      const moved =
        hierarchicalPredictor()
          .fit({ ...evidence, line })
          .predict(query).mean_mg_cm2 - before;
      const { weight } = carriers.find((c) => c.source === 'line' && c.gap_um === gap_um)!;
      // The formula takes the hyperparameters and the drift of single runs as known.
      expect(Math.abs(weight - moved / 0.1)).toBeLessThan(0.1);
      expect(weight).toBeGreaterThan(0.05);
    }
  });
});
