import { expect, test } from 'vitest';
import { type LineState, publicationsOf } from '../../../src/sinks/mqtt/topics.ts';
import { abstraction, adapter, observation, prediction, t0 } from './reports.ts';

test('predictions and abstractions are retained below the line', () => {
  const [predicted] = publicationsOf('plant', prediction(t0), undefined).publications;
  expect(predicted).toMatchObject({ topic: 'plant/a/prediction', retain: true });
  const curve = JSON.parse(predicted?.payload ?? '').curve;
  expect(curve).toHaveLength(2);
  expect(curve[1]).toEqual({
    gap_um: 147,
    mean_mg_cm2: 21,
    sd_mg_cm2: 0.5,
    interval90_mg_cm2: [19, 23],
    extrapolation: 'none',
  });
  const [mapped] = publicationsOf('plant', abstraction, undefined).publications;
  expect(mapped).toMatchObject({ topic: 'plant/a/abstraction', retain: true });
  expect(JSON.parse(mapped?.payload ?? '')).toMatchObject({ version: 4, alphaLoading: { '2,2': 1 } });
});

test('the state of a line gathers what the reports tell, and never goes back in time', () => {
  let state: LineState | undefined;
  for (const report of [observation(5), adapter('connected'), adapter('degraded')]) {
    state = publicationsOf('gapwise', report, state).state;
  }
  expect(state).toEqual({
    line: 'a',
    time_ms: t0 + 40_000,
    run: 3,
    gap_um: 150,
    loading_mg_cm2: 22.25,
    adapters: { mqtt: 'degraded' },
  });
});

test('what only the page has use for is not published', () => {
  const gap = { kind: 'gap', line: 'a', time_ms: t0, gap_um: 1, operator_um: 1, gear_um: 1 } as const;
  expect(publicationsOf('gapwise', gap, undefined)).toEqual({ publications: [], state: undefined });
  const observed = publicationsOf('gapwise', observation(1), undefined).publications;
  expect(observed.map(({ topic, retain }) => [topic, retain])).toEqual([
    ['gapwise/a/observation', false],
    ['gapwise/a/state', true],
  ]);
});
