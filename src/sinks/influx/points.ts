import { Point } from '@influxdata/influxdb-client';
import type { Prediction } from '../../core/prediction.ts';
import type { PredictionReport, Report } from '../../core/report.ts';

/**
 * Points for a report (schema in README.md beside this file). Pure. The time of a point is event time in ms, and
 * its tags name it for good, so that a point which is written twice is still one point.
 */
export function pointsOf(report: Report, options: { readonly curve: boolean }): Point[] {
  switch (report.kind) {
    case 'observation': {
      const point = new Point('observation')
        .tag('line', report.line)
        .tag('gauge', report.gauge)
        .intField('scan', report.scan)
        .intField('run', report.run)
        .booleanField('aggregated', report.aggregated)
        .timestamp(report.time_ms);
      floats(point, {
        gap_um: report.gap_um,
        mean_mg_cm2: report.mean_mg_cm2,
        cross_web_2sigma_mg_cm2: report.crossWeb2Sigma_mg_cm2,
        confidence: report.confidence,
      });
      report.lanes_mg_cm2.forEach((lane, i) => {
        floats(point, { [`lane${i}_mg_cm2`]: lane });
      });
      return [point];
    }
    case 'gap': {
      const point = new Point('gap').tag('line', report.line).timestamp(report.time_ms);
      return floats(point, {
        gap_um: report.gap_um,
        operator_um: report.operator_um,
        gear_um: report.gear_um,
      });
    }
    case 'prediction':
      return [...(options.curve ? curvePoints(report) : []), ...currentPoints(report)];
    case 'abstraction': {
      const point = new Point('abstraction')
        .tag('line', report.line)
        .tag('solver', report.solver)
        .intField('version', report.version)
        .intField('observations', report.observations)
        .stringField('reason', report.reason)
        .timestamp(report.time_ms);
      return floats(point, { error: report.error, lower_bound: report.lowerBound, ties: report.ties });
    }
    case 'dropped':
      return [
        new Point('dropped')
          .tag('line', report.line)
          .tag('gauge', report.gauge)
          .tag('reason', report.reason)
          .intField('scan', report.scan)
          .stringField('detail', report.detail)
          .timestamp(report.time_ms),
      ];
    case 'outage': {
      const point = new Point('outage')
        .tag('line', report.line)
        .tag('source', report.source)
        .tag('reason', report.reason)
        .stringField('detail', report.detail)
        .timestamp(report.time_ms);
      return floats(point, report.until_ms === undefined ? {} : { until_ms: report.until_ms }, true);
    }
    default:
      return [];
  }
}

function curvePoints({ line, time_ms, curve }: PredictionReport): Point[] {
  return curve.flatMap((prediction) => {
    const point = new Point('curve').tag('line', line).tag('gap_um', String(prediction.gap_um));
    return floats(point.timestamp(time_ms), figures(prediction));
  });
}

/** What was predicted for the run under way, before its first scan and now. */
function currentPoints({ line, time_ms, version, current }: PredictionReport): Point[] {
  if (!current) return [];
  const point = new Point('prediction')
    .tag('line', line)
    .intField('run', current.run)
    .stringField('version', version)
    .timestamp(time_ms);
  const before = Object.entries(figures(current.before)).map(([name, value]) => [`before_${name}`, value]);
  return floats(point, {
    gap_um: current.now.gap_um,
    ...figures(current.now),
    ...Object.fromEntries(before),
  });
}

const figures = ({ mean_mg_cm2, sd_mg_cm2, interval90_mg_cm2: [low, high] }: Prediction) => ({
  mean_mg_cm2,
  sd_mg_cm2,
  low90_mg_cm2: low,
  high90_mg_cm2: high,
});

/** Line protocol has no NaN: a figure that is not known is a field that is not there; without any, no point. */
function floats(point: Point, fields: Readonly<Record<string, number>>, otherFields = false): Point[] {
  const known = Object.entries(fields).filter(([, value]) => Number.isFinite(value));
  for (const [name, value] of known) point.floatField(name, value);
  return known.length > 0 || otherFields ? [point] : [];
}
