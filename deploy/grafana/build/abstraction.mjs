import { dashboard, line } from './dashboard.mjs';
import { graph, stat, stepped, steps, table, words } from './panel.mjs';
import { overall, plain, points, rows } from './query.mjs';

/** Jensen-Shannon distance: the square root of ln 2, 0.833, is the most. */
const distance = steps('green', [0.5, 'orange'], [0.75, 'red']);

/** The state in force, however long ago it came. */
const inForce = (field) =>
  plain(`SELECT last("${field}") FROM "abstraction" WHERE "line" =~ /^$line$/ AND time > now() - 365d`);

export const abstraction = dashboard({
  uid: 'gapwise-abstraction',
  title: 'gapwise: abstraction between line and lab',
  description: 'How far line and lab differ through the learned maps, and which versions of them there were.',
  variables: [line],
  from: 'now-7d',
  rows: [
    [
      4,
      [
        stat('Error', inForce('error'), {
          unit: 'none',
          decimals: 3,
          min: 0,
          max: 0.833,
          thresholds: distance,
        }),
        5,
      ],
      [stat('Lower bound', inForce('lower_bound'), { unit: 'none', decimals: 3 }), 5],
      [
        stat('Certified', inForce('certified'), {
          mappings: words([0, 'no', 'orange'], [1, 'yes', 'green']),
        }),
        4,
      ],
      [stat('Version', inForce('version'), { unit: 'none' }), 5],
      [stat('Pairs of maps as good', inForce('ties'), { unit: 'none' }), 5],
    ],
    [
      9,
      [
        graph(
          'Error of each version',
          [
            points({ from: 'abstraction', select: '"error"', alias: 'error' }),
            points({ from: 'abstraction', select: '"lower_bound"', alias: 'lower bound' }),
          ],
          {
            style: { ...stepped, thresholdsStyle: { mode: 'line' } },
            unit: 'none',
            decimals: 3,
            min: 0,
            thresholds: distance,
          },
        ),
        12,
      ],
      [
        graph(
          'Error at each comma gap of the line (µm)',
          [
            plain(
              'SELECT "error" FROM "intervention" WHERE "line" =~ /^$line$/ AND $timeFilter GROUP BY "gap_um"',
              'time_series',
              '$tag_gap_um µm',
            ),
          ],
          { style: stepped, unit: 'none', decimals: 3, min: 0, thresholds: distance },
        ),
        12,
      ],
    ],
    [
      9,
      [
        table(
          'Which lab gap stands for which of the line',
          rows({
            from: 'intervention',
            select: 'last("lab_gap_um") AS "lab_gap_um", last("error") AS "error"',
            by: ['gap_um'],
          }),
        ),
        8,
      ],
      [
        table(
          'Versions',
          rows({
            from: 'abstraction',
            select: '"version", "error", "ties", "observations", "reason", "solver"',
          }),
        ),
        16,
      ],
    ],
    [
      8,
      [
        graph(
          'Observations behind each version',
          [points({ from: 'abstraction', select: '"observations"', alias: 'observations' })],
          {
            style: stepped,
            unit: 'none',
            min: 0,
          },
        ),
        12,
      ],
      [
        stat('Versions in this time', overall({ from: 'abstraction', select: 'count("version")' }), {
          unit: 'none',
        }),
        12,
      ],
    ],
  ],
});
