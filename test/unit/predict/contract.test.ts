import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BadInputError } from '../../../src/core/errors.ts';
import type { Evidence, Prediction } from '../../../src/core/prediction.ts';
import { allPredictors } from '../../../src/predict/predictors.ts';
import { labGroup, lineRun, ordinaryEvidence } from './evidence.ts';

const GAPS = [40, 75, 120, 133.3, 180, 260];

const figures = (prediction: Prediction): number[] => [
  prediction.mean_mg_cm2,
  prediction.sd_mg_cm2,
  ...prediction.interval50_mg_cm2,
  ...prediction.interval90_mg_cm2,
  ...prediction.interval95_mg_cm2,
  ...prediction.lanes.flatMap((lane) => [lane.mean_mg_cm2, ...lane.interval90_mg_cm2]),
];

function frozen<T>(value: T): T {
  if (value && typeof value === 'object' && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(frozen);
  }
  return value;
}

/** What every predictor owes, whatever its method. */
describe.each(allPredictors().map((predictor) => [predictor.name, predictor] as const))(
  '%s',
  (_name, predictor) => {
    it('leaves evidence, queries and runs as they are', () => {
      const evidence = frozen(ordinaryEvidence(1));
      const run = frozen(lineRun(99, 150, 20));
      const model = predictor.fit(evidence).withRun(run);
      expect(model.predict(frozen({ gap_um: 120, run })).mean_mg_cm2).toBeGreaterThan(0);
    });

    it('gives equal predictions for equal evidence', () => {
      const [a, b] = [predictor.fit(ordinaryEvidence(2)), predictor.fit(ordinaryEvidence(2))];
      for (const gap_um of GAPS) expect(a.predict({ gap_um })).toEqual(b.predict({ gap_um }));
    });

    it('gives finite figures, nested intervals and a positive sd for any ordinary evidence', () => {
      fc.assert(
        fc.property(
          fc.integer({ min: 1, max: 1e6 }),
          fc.integer({ min: 0, max: 8 }),
          fc.constantFrom('line', 'lab'),
          fc.double({ min: 20, max: 500, noNaN: true }),
          (seed, runs, target, gap_um) => {
            const model = predictor.fit(ordinaryEvidence(seed, runs));
            const prediction = model.predict({ gap_um, target: target as 'line' | 'lab' });
            for (const figure of figures(prediction)) expect(figure).toSatisfy(Number.isFinite);
            expect(prediction.sd_mg_cm2).toBeGreaterThan(0);
            const [i50, i90, i95] = [
              prediction.interval50_mg_cm2,
              prediction.interval90_mg_cm2,
              prediction.interval95_mg_cm2,
            ];
            const nested = [i95[0], i90[0], i50[0], prediction.mean_mg_cm2, i50[1], i90[1], i95[1]];
            expect([...nested].sort((a, b) => a - b)).toEqual(nested);
          },
        ),
        { numRuns: 25, seed: 1 },
      );
    });

    it('restores from what it saved, through JSON, to equal predictions', () => {
      const model = predictor
        .fit(ordinaryEvidence(3))
        .withRun(lineRun(50, 170, 22, { spread_mg_cm2: Number.NaN }));
      const restored = predictor.restore(JSON.parse(JSON.stringify(model.save())));
      for (const gap_um of GAPS) expect(restored.predict({ gap_um })).toEqual(model.predict({ gap_um }));
    });

    it('refuses to restore what another one saved', () => {
      expect(() => predictor.restore({ predictor: 'other', lab: [], line: [] })).toThrow(BadInputError);
      expect(() => predictor.restore(undefined)).toThrow(BadInputError);
    });

    it('does without slurry figures, scatter and lanes', () => {
      const evidence: Evidence = {
        lab: [
          labGroup(100, 13, { slurry: {}, n: 1, sd_mg_cm2: Number.NaN }),
          labGroup(200, 26, { slurry: {} }),
        ],
        line: [lineRun(1, 150, 20, { lanes_mg_cm2: [], spread_mg_cm2: Number.NaN, scans: 1 })],
      };
      const prediction = predictor.fit(evidence).predict({ gap_um: 150, slurry: { am_percent: 96 } });
      for (const figure of figures(prediction)) expect(figure).toSatisfy(Number.isFinite);
    });

    it.each([
      ['lab alone', { lab: [labGroup(100, 13)], line: [] }],
      ['one run', { lab: [], line: [lineRun(1, 150, 20)] }],
    ])('learns from %s', (_what, evidence) => {
      const model = predictor.fit(evidence);
      for (const gap_um of GAPS) {
        for (const figure of figures(model.predict({ gap_um }))) expect(figure).toSatisfy(Number.isFinite);
      }
    });

    it('learns a run only once, with its newest figures', () => {
      const evidence = ordinaryEvidence(4);
      const first = evidence.line[0]!;
      const newer = { ...first, level_mg_cm2: first.level_mg_cm2 + 1, scans: 40 };
      const learnt = predictor.fit(evidence).withRun(newer);
      const afresh = predictor.fit({ ...evidence, line: [newer, ...evidence.line.slice(1)] });
      for (const gap_um of GAPS) expect(learnt.predict({ gap_um })).toEqual(afresh.predict({ gap_um }));
    });

    it('tells where a gap lies to those that the line has run', () => {
      const model = predictor.fit({ lab: [], line: [lineRun(1, 120, 16), lineRun(2, 180, 23)] });
      expect(model.predict({ gap_um: 121 })).toMatchObject({ extrapolation: 'none', distanceToLine_um: 1 });
      expect(model.predict({ gap_um: 150 })).toMatchObject({
        extrapolation: 'within',
        distanceToLine_um: 30,
      });
      expect(model.predict({ gap_um: 200 })).toMatchObject({
        extrapolation: 'outside',
        distanceToLine_um: 20,
      });
    });

    it.each([
      ['nothing', { lab: [], line: [] }],
      ['a level that is not finite', { lab: [], line: [lineRun(1, 150, Number.NaN)] }],
      ['a gap of 0', { lab: [labGroup(0, 3)], line: [] }],
      ['a lab mean that is not finite', { lab: [labGroup(100, Number.POSITIVE_INFINITY)], line: [] }],
      ['a run without scans', { lab: [], line: [lineRun(1, 150, 20, { scans: 0 })] }],
    ])('refuses %s', (_what, evidence) => {
      expect(() => predictor.fit(evidence)).toThrow(BadInputError);
    });
  },
);
