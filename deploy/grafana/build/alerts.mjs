/**
 * Alert rules. The agent itself judges the process (alarms after ISA-18.2, with delays and hysteresis), so a rule asks
 * for the state of its alarm, and needs no threshold of its own; what only the database can see, that nothing comes
 * any more, has rules of its own. Times are written out: they hold whatever a dashboard shows.
 */
import { datasource } from './query.mjs';

/** What people still have to do something about: 3 seen and 4 not seen, but neither shelved nor gone. */
const standing = (alarms) =>
  `SELECT last("state_code") FROM "alarm" WHERE "alarm" =~ /^(${alarms.join('|')})$/ AND time > now() - 30d ` +
  'GROUP BY "line", "alarm", "subject"';

const above = (limit) => ({ type: 'gt', params: [limit] });
const below = (limit) => ({ type: 'lt', params: [limit] });

const rules = [
  {
    uid: 'gapwise-loading',
    title: 'Loading out of tolerance',
    query: standing(['loading-out-of-tolerance']),
    range_s: 30 * 86_400,
    is: above(2),
    severity: 'critical',
    summary: 'The loading of {{ .Labels.line }} is out of tolerance.',
  },
  {
    uid: 'gapwise-abstraction',
    title: 'Line and lab no longer agree',
    query: standing(['abstraction-error']),
    range_s: 30 * 86_400,
    is: above(2),
    severity: 'warning',
    summary: 'On {{ .Labels.line }} the abstraction is off at {{ .Labels.subject }}.',
  },
  {
    uid: 'gapwise-drift',
    title: 'Predictions drift',
    query: standing(['prediction-drift', 'coverage-low']),
    range_s: 30 * 86_400,
    is: above(2),
    severity: 'warning',
    summary: 'On {{ .Labels.line }} runs no longer turn out as predicted.',
  },
  {
    uid: 'gapwise-source',
    title: 'A source is stale',
    query: standing(['source-stale', 'no-scans', 'gauge-frozen', 'adapter-disconnected']),
    range_s: 30 * 86_400,
    is: above(2),
    severity: 'warning',
    summary: 'On {{ .Labels.line }}: {{ .Labels.alarm }} {{ .Labels.subject }}.',
  },
  {
    uid: 'gapwise-silent',
    title: 'Nothing comes from the agent',
    query: 'SELECT count("process_uptime_seconds") FROM "agent" WHERE time > now() - 5m GROUP BY "host"',
    range_s: 300,
    is: below(1),
    // An agent that is gone has no rows; so has a database that it can't reach.
    noData: 'Alerting',
    severity: 'critical',
    summary: 'Nothing has come from the agent for five minutes: it, the network or the database is down.',
  },
  {
    uid: 'gapwise-spool-age',
    title: 'Points wait too long',
    query:
      'SELECT last("gapwise_spool_oldest_seconds") FROM "agent" WHERE time > now() - 15m GROUP BY "host", "of"',
    range_s: 900,
    is: above(600),
    severity: 'warning',
    summary: 'On {{ .Labels.host }} points have waited for more than ten minutes ({{ .Labels.of }}).',
  },
  {
    uid: 'gapwise-spool-growth',
    title: 'A spool grows',
    query:
      'SELECT last("gapwise_spool_bytes") - first("gapwise_spool_bytes") FROM "agent" WHERE time > now() - 30m ' +
      'GROUP BY "host", "of"',
    range_s: 1_800,
    // A line tells about two megabytes in half an hour.
    is: above(1_000_000),
    severity: 'warning',
    summary: 'On {{ .Labels.host }} a spool has grown by a megabyte in half an hour ({{ .Labels.of }}).',
  },
];

const expression = (refId, type, of, more) => ({
  refId,
  relativeTimeRange: { from: 0, to: 0 },
  datasourceUid: '__expr__',
  model: { refId, type, expression: of, datasource: { type: '__expr__', uid: '__expr__' }, ...more },
});

/** Query, its latest value, and whether that is beyond the limit. */
const rule = ({ uid, title, query, range_s, is, noData = 'OK', severity, summary }) => ({
  uid,
  title,
  condition: 'C',
  for: '1m',
  noDataState: noData,
  execErrState: 'Error',
  labels: { severity, agent: 'gapwise' },
  annotations: { summary },
  data: [
    {
      refId: 'A',
      relativeTimeRange: { from: range_s, to: 0 },
      datasourceUid: datasource.uid,
      model: { refId: 'A', datasource, rawQuery: true, resultFormat: 'time_series', query },
    },
    expression('B', 'reduce', 'A', { reducer: 'last' }),
    expression('C', 'threshold', 'B', { conditions: [{ evaluator: is }] }),
  ],
});

/** Where the alarms go is the plant's own: add a contact point and a policy for `agent = gapwise`. */
export const alerting = {
  apiVersion: 1,
  groups: [{ orgId: 1, name: 'gapwise', folder: 'gapwise', interval: '1m', rules: rules.map(rule) }],
};
