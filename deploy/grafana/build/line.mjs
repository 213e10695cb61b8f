import { annotation, dashboard, line, variable } from './dashboard.mjs';
import { band, bars, dots, graph, LOADING, MICROMETRE, stat, steps, table, words } from './panel.mjs';
import { ofLine, overall, overTime, points, rows } from './query.mjs';

const parameter = variable('parameter', 'Machine parameters', 'SHOW FIELD KEYS FROM "machine"');

export const lineOverview = dashboard({
  uid: 'gapwise-line',
  title: 'gapwise: line',
  description:
    'What the line does now: gap, loading across the web and over time, what was left out and why.',
  variables: [line, parameter],
  annotations: [
    annotation('Runs', `SELECT "gap_um" FROM "run" WHERE ${ofLine} AND $timeFilter`, 'gap_um', 'blue'),
    annotation('Outages', `SELECT "detail" FROM "outage" WHERE ${ofLine} AND $timeFilter`, 'detail', 'red'),
  ],
  rows: [
    [
      4,
      [
        stat('Comma gap', overall({ from: 'gap', select: 'last("gap_um")' }), {
          unit: MICROMETRE,
          decimals: 1,
        }),
        4,
      ],
      [
        stat('Loading', overall({ from: 'observation', select: 'last("mean_mg_cm2")' }), {
          unit: LOADING,
          decimals: 2,
        }),
        4,
      ],
      [
        stat(
          'Across the web, 2σ',
          overall({ from: 'observation', select: 'last("cross_web_2sigma_mg_cm2")' }),
          {
            unit: LOADING,
            decimals: 2,
            thresholds: steps('green', [1, 'orange'], [2, 'red']),
          },
        ),
        4,
      ],
      [stat('Scans used', overall({ from: 'observation', select: 'count("scan")' }), { unit: 'none' }), 4],
      [stat('Scans left out', overall({ from: 'dropped', select: 'count("scan")' }), { unit: 'none' }), 4],
      [
        stat('Confidence of the pairing', overall({ from: 'observation', select: 'last("confidence")' }), {
          unit: 'percentunit',
          decimals: 0,
          thresholds: steps('red', [0.5, 'orange'], [0.8, 'green']),
        }),
        4,
      ],
    ],
    [
      9,
      [
        graph(
          'Loading of the scans, beside what the model expects of this run',
          [
            points({ from: 'observation', select: '"mean_mg_cm2" AS "scan"', alias: '$col' }),
            overTime({
              from: 'prediction',
              select:
                'last("mean_mg_cm2") AS "expected", last("low90_mg_cm2") AS "low", last("high90_mg_cm2") AS "high"',
              alias: '$col',
            }),
          ],
          {
            unit: LOADING,
            decimals: 2,
            overrides: [
              ...band('low', 'high', 'blue'),
              {
                matcher: { id: 'byName', options: 'scan' },
                properties: Object.entries(dots).map(([key, value]) => ({ id: `custom.${key}`, value })),
              },
            ],
          },
        ),
        16,
      ],
      [
        graph(
          'Lanes, less the mean of the web',
          [
            overTime({
              from: 'lane',
              select: 'mean("deviation_mg_cm2")',
              by: ['lane'],
              alias: 'lane $tag_lane',
            }),
          ],
          { unit: LOADING, decimals: 2 },
        ),
        8,
      ],
    ],
    [
      8,
      [
        graph(
          'Comma gap',
          [
            overTime({
              from: 'gap',
              select:
                'mean("gap_um") AS "mean", mean("operator_um") AS "operator side", mean("gear_um") AS "gear side"',
              alias: '$col',
            }),
          ],
          { unit: MICROMETRE, decimals: 1 },
        ),
        12,
      ],
      [
        graph(
          'Scatter: across the web and along it (2σ of ten minutes)',
          [
            overTime({
              from: 'observation',
              select: 'mean("cross_web_2sigma_mg_cm2") AS "across"',
              alias: '$col',
            }),
            overTime({
              from: 'observation',
              select: '2 * stddev("mean_mg_cm2") AS "along"',
              every: '10m',
              alias: '$col',
            }),
          ],
          { unit: LOADING, decimals: 2, min: 0 },
        ),
        12,
      ],
    ],
    [
      8,
      [
        graph(
          'Scans left out, by reason',
          [
            overTime({
              from: 'dropped',
              select: 'count("scan")',
              by: ['reason'],
              fill: '0',
              alias: '$tag_reason',
            }),
          ],
          { style: bars, unit: 'none' },
        ),
        12,
      ],
      [
        graph(
          'Machine parameter',
          [overTime({ from: 'machine', select: 'mean("$parameter")', alias: '$parameter' })],
          {},
        ),
        12,
      ],
    ],
    [
      8,
      [
        table(
          'Alarms',
          rows({
            from: 'alarm',
            select: '"alarm", "subject", "priority", "state", "state_code", "detail", "by"',
          }),
          {
            overrides: [
              {
                matcher: { id: 'byName', options: 'state_code' },
                properties: [
                  { id: 'displayName', value: 'now' },
                  {
                    id: 'mappings',
                    value: words(
                      [0, 'normal', 'green'],
                      [1, 'shelved', 'gray'],
                      [2, 'gone, not seen', 'yellow'],
                      [3, 'seen', 'orange'],
                      [4, 'not seen', 'red'],
                    ),
                  },
                  { id: 'custom.cellOptions', value: { type: 'color-background' } },
                ],
              },
            ],
          },
        ),
        12,
      ],
      [table('Outages', rows({ from: 'outage', select: '"source", "reason", "duration_s", "detail"' })), 12],
    ],
    [8, [table('Runs', rows({ from: 'run', select: '"run", "gap_um", "duration_s", "ended"' })), 24]],
  ],
});
