import type { InfluxSinkSettings } from '../../config/sinks.ts';
import type { Report } from '../../core/report.ts';
import { instantOf } from './instant.ts';
import type { PointParts } from './point.ts';
import { adapterPoints, alarmPoints, deadLetterPoints, outagePoints } from './points/events.ts';
import { gapPoints, machinePoints, runPoints } from './points/machine.ts';
import { abstractionPoints, forecastPoints, predictionPoints } from './points/model.ts';
import { droppedPoints, observationPoints, profilePoints } from './points/scans.ts';

export type PointOptions = Pick<InfluxSinkSettings, 'profile' | 'profile_zones' | 'curve_every_scans'>;

/**
 * Points for a report (schema in README.md beside this file). Pure and without memory: a report that is told again
 * gives the same points, so the database has each of them once.
 *
 * @param ordinal names the report among those of its millisecond where its own content does not.
 */
export function pointsOf(report: Report, ordinal: number, options: PointOptions): PointParts[] {
  switch (report.kind) {
    case 'profile':
      return profilePoints(report, { profile: options.profile, zones: options.profile_zones });
    case 'observation':
      return observationPoints(report);
    case 'run':
      return runPoints(report.run);
    case 'forecast':
      return forecastPoints(report);
    default:
      break;
  }
  const at = instantOf(report.time_ms, ordinal);
  switch (report.kind) {
    case 'machine':
      return machinePoints(report, at);
    case 'gap':
      return gapPoints(report, at);
    case 'dropped':
      return droppedPoints(report, at);
    case 'prediction':
      return predictionPoints(report, at, options.curve_every_scans);
    case 'abstraction':
      return abstractionPoints(report, at);
    case 'alarm':
      return alarmPoints(report, at);
    case 'outage':
      return outagePoints(report, at);
    case 'adapter':
      return adapterPoints(report, at);
    case 'dead-letter':
      return deadLetterPoints(report, at);
  }
}
