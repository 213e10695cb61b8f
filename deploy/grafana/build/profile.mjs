import { dashboard, line, variable } from './dashboard.mjs';
import { barGauge, graph, heatmap, LOADING } from './panel.mjs';
import { ofLine, overTime } from './query.mjs';

const gauge = variable(
  'gauge',
  'Gauge',
  'SHOW TAG VALUES FROM "profile" WITH KEY = "gauge" WHERE "line" =~ /^$line$/',
);
const where = `${ofLine} AND "gauge" =~ /^$gauge$/`;

/** All zones at once, whatever their number; the names become numbers, operator side first. */
const zones = (every) =>
  overTime({ from: 'profile', select: 'mean(/^z[0-9]+_mg_cm2/)', where, every, alias: '$col' });
const numbered = [{ id: 'renameByRegex', options: { regex: '.*z([0-9]+)_mg_cm2', renamePattern: '$1' } }];

export const profile = dashboard({
  uid: 'gapwise-profile',
  title: 'gapwise: profile across the web',
  description: 'Every scan as a column of zones, operator side at the bottom.',
  variables: [line, gauge],
  from: 'now-2h',
  rows: [
    [
      14,
      [
        heatmap('Loading across the web (zones, operator side first)', zones('$__interval'), {
          unit: LOADING,
          decimals: 1,
          transformations: numbered,
        }),
        24,
      ],
    ],
    [
      8,
      [
        barGauge('Latest profile', zones('1m'), {
          unit: LOADING,
          decimals: 1,
          min: 0,
          transformations: numbered,
        }),
        24,
      ],
    ],
    [
      8,
      [
        graph(
          'Scatter across the web (2σ)',
          [overTime({ from: 'observation', select: 'mean("cross_web_2sigma_mg_cm2")', where, alias: '2σ' })],
          { unit: LOADING, decimals: 2, min: 0 },
        ),
        8,
      ],
      [
        graph(
          'Lanes',
          [
            overTime({
              from: 'lane',
              select: 'mean("loading_mg_cm2")',
              where,
              by: ['lane'],
              alias: 'lane $tag_lane',
            }),
          ],
          { unit: LOADING, decimals: 2 },
        ),
        8,
      ],
      [
        graph(
          'Valid locations',
          [overTime({ from: 'profile', select: 'min("valid")', where, alias: 'valid' })],
          {
            unit: 'none',
            min: 0,
          },
        ),
        8,
      ],
    ],
  ],
});
