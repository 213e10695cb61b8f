/** InfluxQL, which 1.x, 2.x and 3.x have in common, and the references of the dashboards to their data source. */

export const datasource = { type: 'influxdb', uid: 'gapwise-influx' };

/** The variables of a dashboard narrow its queries to a line or a host. */
export const ofLine = '"line" =~ /^$line$/';
export const ofHost = '"host" =~ /^$host$/';

const target = (refId, query, resultFormat, alias) => ({
  refId,
  datasource,
  rawQuery: true,
  resultFormat,
  query,
  ...(alias && { alias }),
});

/**
 * Values over time, one for each pixel or so.
 *
 * @param {{ from: string, select: string, where?: string, by?: string[], every?: string, fill?: string, alias?: string }} query
 */
export function overTime({
  from,
  select,
  where = ofLine,
  by = [],
  every = '$__interval',
  fill = 'null',
  alias,
}) {
  const groups = [`time(${every})`, ...by.map((tag) => `"${tag}"`)].join(', ');
  return (refId) =>
    target(
      refId,
      `SELECT ${select} FROM "${from}" WHERE ${where} AND $timeFilter GROUP BY ${groups} fill(${fill})`,
      'time_series',
      alias,
    );
}

/** Every point as it was written. @param {{ from: string, select: string, where?: string, alias?: string }} query */
export function points({ from, select, where = ofLine, alias }) {
  return (refId) =>
    target(refId, `SELECT ${select} FROM "${from}" WHERE ${where} AND $timeFilter`, 'time_series', alias);
}

/** One value over the whole range. @param {{ from: string, select: string, where?: string, by?: string[], alias?: string }} query */
export function overall({ from, select, where = ofLine, by = [], alias }) {
  const groups = by.length > 0 ? ` GROUP BY ${by.map((tag) => `"${tag}"`).join(', ')}` : '';
  return (refId) =>
    target(
      refId,
      `SELECT ${select} FROM "${from}" WHERE ${where} AND $timeFilter${groups}`,
      'time_series',
      alias,
    );
}

/** Rows, newest first unless they are one for each tag. @param {{ from: string, select: string, where?: string, by?: string[], limit?: number }} query */
export function rows({ from, select, where = ofLine, by = [], limit = 200 }) {
  const end =
    by.length > 0
      ? ` GROUP BY ${by.map((tag) => `"${tag}"`).join(', ')}`
      : ` ORDER BY time DESC LIMIT ${limit}`;
  return (refId) =>
    target(refId, `SELECT ${select} FROM "${from}" WHERE ${where} AND $timeFilter${end}`, 'table');
}

/** Any query as it stands. */
export const plain =
  (query, resultFormat = 'time_series', alias) =>
  (refId) =>
    target(refId, query, resultFormat, alias);
