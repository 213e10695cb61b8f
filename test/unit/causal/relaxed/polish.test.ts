import fc from 'fast-check';
import { expect, it } from 'vitest';
import { consistencyErrors } from '../../../../src/causal/problem.ts';
import { polish } from '../../../../src/causal/relaxed/polish.ts';
import { randomProblem } from './problems.ts';

it('ends where no single change helps, with α_G onto and the fixed map as it was', () => {
  fc.assert(
    fc.property(fc.integer(), fc.boolean(), (seed, fixed) => {
      const problem = randomProblem(seed, { labGaps: 2, lineGaps: 4, labBins: 3, outcomes: 5 });
      const sumOf = (maps: readonly (readonly number[])[]) =>
        consistencyErrors(problem, { alphaGap: maps[0]!, alphaLoading: maps[1]! }).reduce((x, y) => x + y, 0);
      const start = [
        [0, 1, 0, 0],
        [0, 1, 2, 0, 1],
      ];
      const choices = [
        { start: start[0]!, images: 2, onto: true, fixed },
        { start: start[1]!, images: 3, onto: false },
      ];
      const errorsOf = (maps: readonly (readonly number[])[]) =>
        consistencyErrors(problem, { alphaGap: maps[0]!, alphaLoading: maps[1]! });
      const maps = polish(choices, errorsOf, 'sum');

      expect(sumOf(maps)).toBeLessThanOrEqual(sumOf(start));
      expect(new Set(maps[0]).size).toBe(2);
      if (fixed) expect(maps[0]).toEqual(start[0]);
      expect(start).toEqual([
        [0, 1, 0, 0],
        [0, 1, 2, 0, 1],
      ]);
      for (const [m, { images, fixed: stays }] of choices.entries()) {
        if (stays) continue;
        maps[m]!.forEach((_, i) => {
          for (let image = 0; image < images; image++) {
            const changed = maps.map((map, n) => (n === m ? map.with(i, image) : map));
            if (new Set(changed[0]).size < 2) continue;
            expect(sumOf(changed)).toBeGreaterThan(sumOf(maps) - 1e-9);
          }
        });
      }
    }),
    { numRuns: 60 },
  );
});
