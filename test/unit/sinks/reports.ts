import type { Observation } from '../../../src/core/observation.ts';
import type { Prediction } from '../../../src/core/prediction.ts';
import type { AbstractionReport, AdapterReport, PredictionReport } from '../../../src/core/report.ts';

export const t0 = Date.UTC(2020, 10, 4, 10, 0);

export const observation = (scan: number, replaced: Partial<Observation> = {}): Observation => ({
  kind: 'observation',
  line: 'a',
  gauge: 'dry',
  scan,
  time_ms: t0 + 8000 * scan,
  run: 3,
  gap_um: 150,
  lanes_mg_cm2: [22, 22.5],
  mean_mg_cm2: 22.25,
  crossWeb2Sigma_mg_cm2: Number.NaN,
  head_ms: t0,
  confidence: 0.9,
  aggregated: false,
  ...replaced,
});

const predictionAt = (gap_um: number): Prediction => ({
  gap_um,
  mean_mg_cm2: gap_um / 7,
  sd_mg_cm2: 0.5,
  interval50_mg_cm2: [20, 22],
  interval90_mg_cm2: [19, 23],
  interval95_mg_cm2: [18, 24],
  lanes: [],
  distanceToLine_um: 0,
  extrapolation: 'none',
});

export const prediction = (time_ms: number): PredictionReport => ({
  kind: 'prediction',
  line: 'a',
  time_ms,
  version: 'v1',
  curve: [140, 147].map(predictionAt),
  current: { run: 3, before: predictionAt(154), now: predictionAt(147) },
});

export const abstraction: AbstractionReport = {
  kind: 'abstraction',
  line: 'a',
  time_ms: t0,
  version: 4,
  reason: 'a "better" map',
  solver: 'exact',
  error: 0.35,
  lowerBound: 0.35,
  errors: [0.1, 0.35],
  lineGaps_um: [110, 150],
  labGaps_um: [100, 200],
  alphaGap: [0, 1],
  alphaLoading: { '2,2': 1 },
  edges_mg_cm2: [4, 14, 24],
  ties: 2,
  observations: 77,
};

export const adapter = (state: AdapterReport['state']): AdapterReport => ({
  kind: 'adapter',
  line: 'a',
  adapter: 'mqtt',
  time_ms: t0,
  state,
  detail: '',
});
