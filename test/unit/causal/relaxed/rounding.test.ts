import { expect, it } from 'vitest';
import { round } from '../../../../src/causal/relaxed/rounding.ts';

const columns = [Float64Array.of(0.6, 0.4, 0), Float64Array.of(0.5, 0.2, 0.3), Float64Array.of(0.9, 0, 0.1)];

it('takes the most probable row of each column', () => {
  expect(round(columns, false)).toEqual({ choice: [0, 0, 0], missing: 2 });
});

it('gives each missing row the column that loses least', () => {
  expect(round(columns, true)).toEqual({ choice: [1, 2, 0], missing: 2 });
});

it('never takes the last column of a row that has one', () => {
  const { choice } = round([Float64Array.of(0.9, 0.1, 0), Float64Array.of(0.1, 0.9, 0)], true);
  expect(choice).toEqual([0, 1]);
});

it('breaks ties by the first row', () => {
  expect(round([Float64Array.of(0.5, 0.5)], false).choice).toEqual([0]);
});
