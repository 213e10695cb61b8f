import { describe, expect, it } from 'vitest';
import { streamedRuns } from '../../../src/predict/evaluate/stream.ts';
import { hierarchicalPredictor } from '../../../src/predict/hierarchical/predictor.ts';
import { curvePlot } from '../../../src/predict/plots/curve.ts';
import { calibrationPlot, errorByDistancePlot } from '../../../src/predict/plots/scores.ts';
import { streamPlot } from '../../../src/predict/plots/stream.ts';
import { svgColumn } from '../../../src/predict/plots/svg.ts';
import { ordinaryEvidence } from './evidence.ts';

const evidence = ordinaryEvidence(31);
const model = hierarchicalPredictor().fit(evidence);
const curve = [80, 120, 160, 200].map((gap_um) => model.predict({ gap_um }));

/** Every tag that opens also closes, in order. */
function wellFormed(svg: string): boolean {
  const open: string[] = [];
  for (const [, closing, name, selfClosing] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
    if (selfClosing) continue;
    if (!closing) open.push(name as string);
    else if (open.pop() !== name) return false;
  }
  return open.length === 0;
}

describe('plots', () => {
  it('draw a dot for each run and a ring for each lab series, and no figure that is not a number', () => {
    const svg = curvePlot(curve, evidence);
    expect(svg.match(/<circle/g)).toHaveLength(evidence.line.length + evidence.lab.length);
    expect(svg).not.toContain('NaN');
    expect(wellFormed(svg)).toBe(true);
  });

  it('show each run of a stream but the first: interval, prediction and what came', () => {
    const streamed = streamedRuns(hierarchicalPredictor(), evidence.lab, [...evidence.line].reverse());
    expect(streamed.map(({ run }) => run)).toEqual(evidence.line.slice(1).map(({ run }) => run));
    const svg = streamPlot(streamed);
    expect(svg.match(/<circle/g)).toHaveLength(2 * streamed.length);
    expect(wellFormed(svg)).toBe(true);
  });

  it('are the same for the same data', () => {
    expect(curvePlot([...curve].reverse(), evidence)).toBe(curvePlot(curve, evidence));
  });

  it('show a calibrated method on the diagonal', () => {
    // Measured values at the quantiles 1/40, 3/40 … of their own predictions.
    const z = [0.063, 0.189, 0.319, 0.454, 0.598, 0.755, 0.935, 1.15, 1.44, 1.96].flatMap((v) => [v, -v]);
    const [prediction] = curve as [(typeof curve)[0]];
    const scored = z.map((v) => ({
      prediction,
      measured_mg_cm2: prediction.mean_mg_cm2 + v * prediction.sd_mg_cm2,
    }));
    const svg = calibrationPlot([{ method: 'honest & "plain"', scored }]);
    expect(svg).toContain('honest &amp; &quot;plain&quot;: 90 % in 95 %');
    expect(wellFormed(svg)).toBe(true);
  });

  it('leave out errors whose distance to data is unknown', () => {
    const svg = errorByDistancePlot([
      { distance_um: 10, error_mg_cm2: -1, sd_mg_cm2: 1 },
      { distance_um: Number.POSITIVE_INFINITY, error_mg_cm2: 3, sd_mg_cm2: 2 },
    ]);
    expect(svg.match(/<circle/g)).toHaveLength(1);
    expect(wellFormed(svgColumn([svg, svg]))).toBe(true);
  });
});
