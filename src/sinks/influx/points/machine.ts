import type { MachineSample } from '../../../core/messages.ts';
import type { CoatingRun, GapReading } from '../../../core/observation.ts';
import { type Instant, instantOf } from '../instant.ts';
import { flag, type PointParts, whole } from '../point.ts';

/** The coater's side: its parameters under their own names, the gap made of them, its runs. */

export function machinePoints({ line, values, bad = [] }: MachineSample, at: Instant): PointParts[] {
  const fields = {
    ...values,
    bad_count: whole(bad.length),
    ...(bad.length > 0 && { bad: bad.join(' ') }),
  };
  return [{ measurement: 'machine', tags: { line }, fields, at }];
}

export function gapPoints({ line, gap_um, operator_um, gear_um }: GapReading, at: Instant): PointParts[] {
  return [{ measurement: 'gap', tags: { line }, fields: { gap_um, operator_um, gear_um }, at }];
}

/** One point for each run, at its start: a run whose end moves is the same point with newer figures. */
export function runPoints({ line, run, gap_um, start_ms, end_ms }: CoatingRun): PointParts[] {
  const fields = {
    run: whole(run),
    gap_um,
    ended: flag(end_ms !== undefined),
    duration_s: end_ms === undefined ? undefined : (end_ms - start_ms) / 1000,
  };
  return [{ measurement: 'run', tags: { line }, fields, at: instantOf(start_ms, run) }];
}
