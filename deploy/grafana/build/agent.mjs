import { dashboard, host, line } from './dashboard.mjs';
import { bars, graph, stat, stateTimeline, steps, words } from './panel.mjs';
import { ofHost, overall, overTime, points } from './query.mjs';

const adapterStates = words(
  [0, 'stopped', 'gray'],
  [1, 'disconnected', 'red'],
  [2, 'connecting', 'yellow'],
  [3, 'degraded', 'orange'],
  [4, 'connected', 'green'],
);
const ofProcess = `${ofHost} AND "of" = '-'`;
const figure = (name, where = ofProcess) => overall({ from: 'agent', select: `last("${name}")`, where });

export const agent = dashboard({
  uid: 'gapwise-agent',
  title: 'gapwise: agent',
  description: 'How the agent itself fares: connections, spools, memory, what could not be used.',
  variables: [line, host],
  rows: [
    [
      4,
      [stat('Running for', figure('process_uptime_seconds'), { unit: 's' }), 6],
      [
        stat(
          'Oldest point that waits',
          overall({ from: 'agent', select: 'max("gapwise_spool_oldest_seconds")', where: ofHost }),
          {
            unit: 's',
            thresholds: steps('green', [300, 'orange'], [3600, 'red']),
          },
        ),
        6,
      ],
      [stat('Resident memory', figure('process_resident_memory_bytes'), { unit: 'bytes' }), 6],
      [
        stat(
          'Points refused for good',
          overall({
            from: 'agent',
            select: 'max("gapwise_sink_points_total")',
            where: `${ofHost} AND "of" =~ /outcome=refused/`,
          }),
          {
            unit: 'none',
            thresholds: steps('green', [1, 'red']),
          },
        ),
        6,
      ],
    ],
    [
      7,
      [
        stateTimeline(
          'Connections',
          points({ from: 'adapter', select: '"state_code"', alias: '$tag_adapter' }),
          {
            mappings: adapterStates,
          },
        ),
        24,
      ],
    ],
    [
      8,
      [
        graph(
          'Waiting for the database',
          [
            overTime({
              from: 'agent',
              select: 'max("gapwise_spool_bytes")',
              where: ofHost,
              by: ['of'],
              fill: 'none',
              alias: '$tag_of',
            }),
          ],
          { unit: 'bytes', min: 0 },
        ),
        12,
      ],
      [
        graph(
          'Points delivered',
          [
            overTime({
              from: 'agent',
              select: 'non_negative_derivative(last("gapwise_sink_points_total"), 1s)',
              where: `${ofHost} AND "of" =~ /outcome=delivered/`,
              by: ['of'],
              fill: 'none',
              alias: '$tag_of',
            }),
          ],
          { unit: 'suffix: /s', min: 0 },
        ),
        12,
      ],
    ],
    [
      8,
      [
        graph(
          'Memory',
          [
            overTime({
              from: 'agent',
              select:
                'max("process_resident_memory_bytes") AS "resident", max("nodejs_heap_size_used_bytes") AS "heap"',
              where: ofProcess,
              alias: '$col',
            }),
          ],
          { unit: 'bytes', min: 0 },
        ),
        8,
      ],
      [
        graph(
          'Processor',
          [
            overTime({
              from: 'agent',
              select: 'non_negative_derivative(last("process_cpu_seconds_total"), 1s)',
              where: ofProcess,
              fill: 'none',
              alias: 'cores',
            }),
          ],
          { unit: 'none', decimals: 2, min: 0 },
        ),
        8,
      ],
      [
        graph(
          'What could not be used, by reason',
          [
            overTime({
              from: 'dead_letter',
              select: 'count("count")',
              by: ['reason'],
              fill: '0',
              alias: '$tag_reason',
            }),
          ],
          { style: bars, unit: 'none' },
        ),
        8,
      ],
    ],
    [
      8,
      [
        graph(
          'Outages, by source and reason',
          [
            overTime({
              from: 'outage',
              select: 'count("detail")',
              by: ['source', 'reason'],
              fill: '0',
              alias: '$tag_source: $tag_reason',
            }),
          ],
          { style: bars, unit: 'none' },
        ),
        12,
      ],
      [
        graph(
          'Messages of the coater and the gauge, per minute',
          [
            overTime({
              from: 'machine',
              select: 'count("bad_count")',
              every: '1m',
              fill: '0',
              alias: 'machine samples',
            }),
            overTime({ from: 'profile', select: 'count("scan")', every: '1m', fill: '0', alias: 'scans' }),
          ],
          { unit: 'none', min: 0 },
        ),
        12,
      ],
    ],
  ],
});
