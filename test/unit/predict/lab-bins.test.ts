import { describe, expect, it } from 'vitest';
import { hierarchicalPredictor } from '../../../src/predict/hierarchical/predictor.ts';
import { labBins } from '../../../src/predict/lab-bins.ts';
import { abstractionOfScans } from '../../../src/predict/scan-abstraction.ts';
import { labGroup, lineRun } from './evidence.ts';

/** Lab and line follow one law: a gap means the same on both. */
const level = (gap_um: number) => 0.125 * gap_um;
const lab = [75, 100, 200].map((gap) =>
  labGroup(gap, level(gap), { rows_mg_cm2: [-0.3, 0, 0.3].map((off) => level(gap) + off), n: 3 }),
);
const scanned = [75, 100, 150, 200].map((gap, i) => ({
  run: lineRun(i + 1, gap, level(gap)),
  nominalGap_um: gap,
  scans_mg_cm2: [level(gap), level(gap)],
  lanes_mg_cm2: [-0.2, 0.2].map((off) => [level(gap) + off, level(gap) - off]),
}));
const model = hierarchicalPredictor().fit({ lab, line: scanned.map(({ run }) => run) });

describe('lab bins of a prediction', () => {
  it('come through an abstraction that maps equal gaps to each other', () => {
    const abstraction = abstractionOfScans(lab, scanned)!;
    expect(abstraction.lineGaps_um).toEqual([75, 100, 150, 200]);
    const mapped = abstraction.alphaGap.map((index) => abstraction.labGaps_um[index]);
    expect([mapped[0], mapped[1], mapped[3]]).toEqual([75, 100, 200]);
    const { labBins: masses } = labBins(model, { gap_um: 200 }, abstraction);
    expect(masses).toHaveLength(5);
    expect(masses.indexOf(Math.max(...masses))).toBe(4);
    expect(masses.reduce((sum, mass) => sum + mass, 0)).toBeLessThan(1 + 1e-9);
  });

  it('warn where the line and the lab gap that stands for it lie in different bins', () => {
    const abstraction = abstractionOfScans(lab, scanned)!;
    const wrong = { ...abstraction, alphaGap: [2, 2, 2, 0] };
    expect(labBins(model, { gap_um: 200 }, wrong).warning).toContain('disagree');
  });

  it('are left out where the tables have too few gaps for an abstraction', () => {
    expect(abstractionOfScans(lab, scanned.slice(0, 2))).toBeUndefined();
    expect(abstractionOfScans([], scanned)).toBeUndefined();
  });
});
