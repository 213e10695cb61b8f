import { dashboard, line } from './dashboard.mjs';
import { band, byName, dots, graph, histogram, LOADING, stat, steps, table, trend } from './panel.mjs';
import { ofLine, overall, overTime, plain, points, rows } from './query.mjs';

/** Share of the runs inside an interval; good is what the interval says, give or take what few runs allow. */
const coverage = (percent, low, good) =>
  stat(`Runs inside ${percent} %`, overall({ from: 'outcome', select: `mean("inside${percent}")` }), {
    unit: 'percentunit',
    decimals: 0,
    min: 0,
    max: 1,
    thresholds: steps('red', [low, 'orange'], [good, 'green']),
  });

export const prediction = dashboard({
  uid: 'gapwise-prediction',
  title: 'gapwise: prediction and calibration',
  description: 'What was predicted for each run before its first scan, beside what the gauge then saw.',
  variables: [line],
  from: 'now-7d',
  rows: [
    [
      4,
      [coverage(50, 0.25, 0.35), 4],
      [coverage(90, 0.7, 0.8), 4],
      [coverage(95, 0.8, 0.88), 4],
      [
        stat(
          'Root mean square error',
          plain(
            `SELECT sqrt(mean("square")) FROM (SELECT "residual_mg_cm2" * "residual_mg_cm2" AS "square" FROM "outcome" WHERE ${ofLine} AND $timeFilter)`,
          ),
          { unit: LOADING, decimals: 2 },
        ),
        4,
      ],
      [
        stat('Mean residual', overall({ from: 'outcome', select: 'mean("residual_mg_cm2")' }), {
          unit: LOADING,
          decimals: 2,
        }),
        4,
      ],
      [stat('Runs', overall({ from: 'outcome', select: 'count("run")' }), { unit: 'none' }), 4],
    ],
    [
      10,
      [
        graph(
          'Runs: predicted before the first scan, and measured',
          [
            points({
              from: 'outcome',
              select:
                '"measured_mg_cm2" AS "measured", "mean_mg_cm2" AS "predicted", "low90_mg_cm2" AS "low 90 %", "high90_mg_cm2" AS "high 90 %"',
              alias: '$col',
            }),
          ],
          {
            style: dots,
            unit: LOADING,
            decimals: 2,
            overrides: [
              byName('low 90 %', { pointSize: 3 }, 'semi-dark-blue'),
              byName('high 90 %', { pointSize: 3 }, 'semi-dark-blue'),
              byName('predicted', {}, 'blue'),
              byName('measured', {}, 'orange'),
            ],
          },
        ),
        12,
      ],
      [
        trend(
          'Prediction over comma gap, as it now stands (µm)',
          rows({
            from: 'curve',
            select:
              'last("mean_mg_cm2") AS "predicted", last("low90_mg_cm2") AS "low", last("high90_mg_cm2") AS "high"',
            by: ['gap_um'],
          }),
          'gap_um',
          { unit: LOADING, decimals: 1, overrides: band('low', 'high', 'blue') },
        ),
        12,
      ],
    ],
    [
      8,
      [
        graph(
          'Residuals in standard deviations of the prediction',
          [points({ from: 'outcome', select: '"z"', alias: 'z' })],
          {
            style: { ...dots, thresholdsStyle: { mode: 'line' } },
            unit: 'none',
            decimals: 1,
            thresholds: steps('red', [-1.645, 'green'], [1.645, 'red']),
          },
        ),
        12,
      ],
      [
        histogram('How they are spread', points({ from: 'outcome', select: '"z"', alias: 'z' }), {
          bucketSize: 0.5,
        }),
        6,
      ],
      [
        graph(
          'Width of the 90 % interval of the run under way',
          [
            overTime({
              from: 'prediction',
              select: 'mean("high90_mg_cm2") - mean("low90_mg_cm2") AS "now"',
              alias: '$col',
            }),
            overTime({
              from: 'prediction',
              select: 'mean("before_high90_mg_cm2") - mean("before_low90_mg_cm2") AS "before the first scan"',
              alias: '$col',
            }),
          ],
          { unit: LOADING, decimals: 2, min: 0 },
        ),
        6,
      ],
    ],
    [
      9,
      [
        table(
          'Runs',
          rows({
            from: 'outcome',
            select:
              '"run", "gap_um", "scans", "mean_mg_cm2", "low90_mg_cm2", "high90_mg_cm2", "measured_mg_cm2", "residual_mg_cm2", "z", "inside90"',
          }),
          {
            decimals: 2,
            overrides: [
              {
                matcher: { id: 'byName', options: 'inside90' },
                properties: [
                  {
                    id: 'mappings',
                    value: [
                      {
                        type: 'value',
                        options: {
                          0: { text: 'outside', color: 'red', index: 0 },
                          1: { text: 'inside', color: 'green', index: 1 },
                        },
                      },
                    ],
                  },
                  { id: 'custom.cellOptions', value: { type: 'color-text' } },
                ],
              },
            ],
          },
        ),
        16,
      ],
      [
        table(
          'Forecasts',
          rows({
            from: 'forecast',
            select: '"run", "gap_um", "distance_um", "extrapolation", "sd_mg_cm2", "model_version"',
          }),
        ),
        8,
      ],
    ],
  ],
});
